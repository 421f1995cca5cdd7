//! Strings, numbers and booleans.

use serde_json::Number;

use super::wrong_type;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::yaml::{Kind, Node};

/// A string. Numbers and booleans that lack quotes are refused with that advice: YAML makes
/// `1.0` of a version and `true` of a name.
pub(crate) fn text<'t>(sink: &mut Sink, node: Node<'t>, what: &str) -> Option<&'t str> {
    if let Some(text) = node.as_str() {
        return Some(text);
    }
    match node.kind() {
        Kind::Bool(_) | Kind::Number(_) => {
            let found = node.type_name();
            let message = format!("{what} must be a string, and this is {found}");
            let help = format!("put quotes around it: '{}'", node.source());
            sink.emit(Diagnostic::error(Code::WrongType, node, message).help(help));
        }
        _ => wrong_type(sink, node, what, "a string"),
    }
    None
}

/// A number of any kind.
pub(crate) fn number<'t>(sink: &mut Sink, node: Node<'t>, what: &str) -> Option<&'t Number> {
    match node.kind() {
        Kind::Number(value) => Some(value),
        _ => {
            wrong_type(sink, node, what, "a number");
            None
        }
    }
}

/// A whole number from `least` to `most`. `1e9` is one, `1.5` is none.
pub(crate) fn integer(
    sink: &mut Sink,
    node: Node<'_>,
    what: &str,
    least: u64,
    most: u64,
) -> Option<u64> {
    let Kind::Number(number) = node.kind() else {
        not_a_number(sink, node, what);
        return None;
    };
    let value = number.as_u64().or_else(|| whole(number.as_f64()?));
    let fits = value.filter(|value| (least..=most).contains(value));
    if fits.is_none() {
        let range = match most {
            u64::MAX => format!("a whole number from {least}"),
            most => format!("a whole number from {least} to {most}"),
        };
        let message = format!("{what} must be {range}, and this is {number}");
        sink.emit(Diagnostic::error(Code::InvalidValue, node, message));
    }
    fits
}

fn not_a_number(sink: &mut Sink, node: Node<'_>, what: &str) {
    let Some(text) = node.as_str() else {
        return wrong_type(sink, node, what, "a whole number");
    };
    let message = format!("{what} must be a whole number, and this is a string");
    let found = Diagnostic::error(Code::WrongType, node, message);
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    sink.emit(match digits.parse::<u64>() {
        Ok(number) => found.help(format!("write {number}")),
        Err(_) => found,
    });
}

/// The integer that a float is, up to 2^53, where floats stop telling integers apart.
fn whole(value: f64) -> Option<u64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let exact = value.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&value);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: whole, not negative, within 2^53"
    )]
    exact.then_some(value as u64)
}
