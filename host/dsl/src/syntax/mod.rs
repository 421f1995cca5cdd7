//! Typed reading of the spanned tree: objects with known keys, strings, numbers, lists of
//! named entries. Whatever does not fit becomes a finding that names the fix.

mod entries;
mod fields;
mod scalar;

pub(crate) use entries::{Entry, entries};
pub(crate) use fields::{Fields, Shape};
pub(crate) use scalar::{integer, number, text};

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::yaml::Node;

/// Reports that a value has the wrong type. `expected` reads like `an object`.
pub(crate) fn wrong_type(sink: &mut Sink, node: Node<'_>, what: &str, expected: &str) {
    let found = node.type_name();
    let message = format!("{what} must be {expected}, and this is {found}");
    sink.emit(Diagnostic::error(Code::WrongType, node, message));
}
