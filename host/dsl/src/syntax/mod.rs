//! Typed reading of the spanned tree: objects with known keys, strings, numbers, lists of
//! named entries. Whatever does not fit becomes a finding that names the fix.

mod entries;
mod fields;
mod scalar;

pub(crate) use entries::{Entry, entries};
pub(crate) use fields::{Fields, Shape};
pub(crate) use scalar::{integer, number, text};

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::yaml::{Node, Style};

/// Reports that a value has the wrong type. `expected` reads like `an object`.
pub(crate) fn wrong_type(sink: &mut Sink, node: Node<'_>, what: &str, expected: &str) {
    let found = node.type_name();
    let message = format!("{what} must be {expected}, and this is {found}");
    let finding = Diagnostic::error(Code::WrongType, node, message);
    sink.emit(match glued(node) {
        Some((key, value)) => {
            let help = format!("is a blank missing behind the colon? `{key}: {value}`");
            finding.help(help)
        }
        None => finding,
    });
}

/// The two halves of a plain `key:value`, which YAML takes for one text.
fn glued(node: Node<'_>) -> Option<(&str, &str)> {
    /// Keys of the language are shorter.
    const LEN_MAX: usize = 40;
    let text = node
        .as_str()
        .filter(|_| node.style() == Some(Style::Plain))?;
    let (key, value) = text.split_once(':')?;
    let is_key = |c: char| c.is_ascii_alphanumeric() || "-_$".contains(c);
    let fits = !key.is_empty() && key.chars().all(is_key) && text.len() <= LEN_MAX;
    let is_address = value.is_empty() || value.starts_with("//");
    (fits && !is_address).then_some((key, value))
}
