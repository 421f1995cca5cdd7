//! Errors of jq. They hold the values they speak of, and become text only when somebody asks:
//! `.a?` over a long array makes thousands that nobody reads.

use std::fmt::Write;

use super::json::Writer;
use super::{Res, V};
use crate::limits::MESSAGE_BYTES_MAX;
use crate::meter::{Meter, Stop};

/// An error of jq.
#[derive(Debug, Clone)]
pub(crate) enum Fault<'a> {
    /// `error(value)`.
    Raised(V<'a>),
    /// A value is not of the type that is needed.
    Type(V<'a>, &'static str),
    /// Two values that an operator does not join.
    Math(V<'a>, &'static str, V<'a>),
    /// A value that has no such element.
    Index(V<'a>, V<'a>),
    /// Something that is no path where a path is needed.
    NoPath(V<'a>),
    /// Anything else.
    Other(String),
}

impl<'a> Fault<'a> {
    /// The value that `catch` sees.
    pub(crate) fn into_value(self, meter: &mut Meter) -> Res<'a> {
        match self {
            Fault::Raised(value) => Ok(value),
            fault => {
                let text = fault.describe();
                V::text(meter, text).map_err(Stop::from)
            }
        }
    }

    /// The message for people, at most [`MESSAGE_BYTES_MAX`] bytes.
    pub(crate) fn describe(&self) -> String {
        let mut writer = Writer::short(MESSAGE_BYTES_MAX);
        match self {
            Fault::Raised(V::Text(text)) => writer.raw(text),
            Fault::Raised(value) => writer.value(value),
            Fault::Type(value, wanted) => writer
                .raw("cannot use ")
                .value_then(value, " as ")
                .raw(wanted),
            Fault::Math(left, op, right) => writer
                .raw("cannot calculate ")
                .value_then(left, " ")
                .raw(op)
                .raw(" ")
                .value(right),
            Fault::Index(value, index) => writer
                .raw("cannot index ")
                .value_then(value, " with ")
                .value(index),
            Fault::NoPath(value) => writer
                .raw("invalid path expression with input ")
                .value(value),
            Fault::Other(text) => writer.raw(text),
        };
        writer.finish()
    }
}

/// A short description of a value for a message: its type, and the value where it is short.
pub(crate) fn describe(value: &V<'_>) -> String {
    let mut text = Writer::short(MESSAGE_BYTES_MAX / 4).value(value).finish();
    if let V::Null | V::Bool(_) = value {
        return text;
    }
    let _ = write!(text, " ({})", value.kind());
    text
}
