//! Durations and timeouts.

use segue_expr::{Embedding, embedding};
use segue_model::Span;
use segue_model::ir::Duration;

use super::Cx;
use super::expression::{compile, refuse_embedded};
use super::reuse::Library;
use super::scope::Env;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, integer, wrong_type};
use crate::yaml::{Kind, Node};

const DURATION: Shape = Shape {
    what: "a duration",
    keys: &["days", "hours", "minutes", "seconds", "milliseconds"],
    unsupported: &[],
};
const TIMEOUT: Shape = Shape {
    what: "`timeout`",
    keys: &["after"],
    unsupported: &[],
};

/// Milliseconds in each key of a duration object.
const UNITS: [(&str, u64); 5] = [
    ("days", 86_400_000),
    ("hours", 3_600_000),
    ("minutes", 60_000),
    ("seconds", 1000),
    ("milliseconds", 1),
];

/// How a duration is written, for advice.
const FORMS: &str = "write `PT30S`, or `{ seconds: 30 }`, or an expression in `${ }`";

/// A duration: an object, an ISO 8601 text, or an expression in `${ }`.
pub(crate) fn duration(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    what: &str,
    env: Env<'_>,
) -> Option<Duration> {
    match node.kind() {
        Kind::Text(text) => match embedding(text) {
            Embedding::Whole { inner, offset } => {
                compile(cx, node, inner, offset, env).map(Duration::Dynamic)
            }
            Embedding::Embedded => {
                refuse_embedded(cx, node);
                None
            }
            Embedding::None => iso(cx, node, text).map(Duration::Fixed),
        },
        Kind::Object => object(cx, node).map(Duration::Fixed),
        Kind::Number(number) => {
            let message = format!("{what} must be a duration, and this is a number");
            let help = format!("write `{{ seconds: {number} }}` or `{{ milliseconds: {number} }}`");
            cx.emit(Diagnostic::error(Code::WrongType, node, message).help(help));
            None
        }
        _ => {
            wrong_type(&mut cx.sink, node, what, "a duration");
            None
        }
    }
}

fn iso(cx: &mut Cx<'_>, node: Node<'_>, text: &str) -> Option<Span> {
    let parsed = Span::parse_iso(text);
    if parsed.is_err() {
        let message = format!("{} is not an ISO 8601 duration", shown(text));
        let found = Diagnostic::error(Code::InvalidDuration, node, message);
        let help = match text.starts_with(['.', '$']) {
            true => format!("an expression needs `${{ }}` here: `${{ {text} }}`"),
            false => FORMS.to_owned(),
        };
        cx.emit(found.help(help));
    }
    parsed.ok()
}

fn object(cx: &mut Cx<'_>, node: Node<'_>) -> Option<Span> {
    let fields = Fields::read(&mut cx.sink, node, &DURATION)?;
    if node.len() == 0 {
        let found = Diagnostic::error(Code::InvalidDuration, node, "the duration is empty");
        cx.emit(found.help(FORMS));
        return None;
    }
    let mut total = Some(0u64);
    for (key, ms) in UNITS {
        let Some(value) = fields.get(key) else {
            continue;
        };
        let count = integer(&mut cx.sink, value, &format!("`{key}`"), 0, u64::MAX)?;
        total = total.and_then(|sum| sum.checked_add(count.checked_mul(ms)?));
    }
    if total.is_none() {
        let found = Diagnostic::error(Code::InvalidDuration, node, "the duration is too long");
        cx.emit(found);
    }
    total.map(Span::from_ms)
}

/// A `timeout`: `{ after: duration }`, or the name of one of `use.timeouts`.
pub(crate) fn timeout(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Duration> {
    let Some(name) = node.as_str() else {
        return definition(cx, node, env);
    };
    if Span::parse_iso(name).is_ok() || !matches!(embedding(name), Embedding::None) {
        let message = format!(
            "`timeout` as a string names one of `use.timeouts`, and {} is no name",
            shown(name)
        );
        let found = Diagnostic::error(Code::InvalidDuration, node, message);
        cx.emit(found.help(format!("write `timeout: {{ after: {} }}`", node.source())));
        return None;
    }
    cx.named(Library::Timeouts, node, name, |cx, node| {
        definition(cx, node, env)
    })
}

/// A timeout that is written out.
pub(crate) fn definition(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Duration> {
    let fields = Fields::read(&mut cx.sink, node, &TIMEOUT)?;
    let after = fields.require(&mut cx.sink, "after")?;
    duration(cx, after, "`after`", env)
}
