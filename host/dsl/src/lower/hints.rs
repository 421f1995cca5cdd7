//! `metadata.segue`: hints of this host in the one place that the language leaves open.
//!
//! ```yaml
//! metadata:
//!   segue:
//!     limits: { fuel: 5000000000, memory: 64MiB, time: PT10S }   # of a call
//!     retry: { factor: 1.5, cap: PT5M }                           # of a try
//! ```
//! In `document.metadata.segue` they hold for every call and try that does not say otherwise;
//! there is `schedule: { catchUp, overlap, timezone }` too.

use segue_model::ir::Duration;
use segue_model::limits::LimitRequest;

use super::duration::duration;
use super::retry::Growth;
use super::scope::{Env, Slot};
use super::{Cx, schedule};
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, integer, number, wrong_type};
use crate::yaml::Node;

/// What `metadata.segue` of a place may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Document,
    /// A `call`, or a `run` that may be a script.
    Call,
    Try,
    OtherTask,
}

/// The hints of a document or task.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Hints {
    pub(crate) limits: LimitRequest,
    pub(crate) growth: Growth,
    pub(crate) schedule: schedule::Manner,
}

const SEGUE: Shape = Shape {
    what: "`metadata.segue`",
    keys: &["limits", "retry", "schedule"],
    unsupported: &[],
};
const LIMITS: Shape = Shape {
    what: "`limits`",
    keys: &["fuel", "memory", "time"],
    unsupported: &[],
};
const RETRY: Shape = Shape {
    what: "`metadata.segue.retry`",
    keys: &["factor", "cap"],
    unsupported: &[],
};

/// The largest factor of a backoff: a tenth of a second grows past a day in five retries.
const FACTOR_MAX: f64 = 100.0;

/// Reads `metadata`; what it does not say stays as `defaults` has it.
pub(crate) fn read(
    cx: &mut Cx<'_>,
    metadata: Option<Node<'_>>,
    place: Place,
    defaults: Hints,
) -> Hints {
    let Some(node) = metadata else {
        return defaults;
    };
    if !node.is_object() {
        wrong_type(&mut cx.sink, node, "`metadata`", "an object");
        return defaults;
    }
    let mut hints = defaults;
    let segue = node.get("segue");
    let Some(fields) = segue.and_then(|node| Fields::read(&mut cx.sink, node, &SEGUE)) else {
        return hints;
    };
    if let Some(node) = fields.get("limits") {
        match place {
            Place::Document | Place::Call => limits(cx, node, &mut hints.limits),
            _ => misplaced(
                cx,
                node,
                "`limits` belong to a `call`, or to the document for all calls",
            ),
        }
    }
    if let Some(node) = fields.get("retry") {
        match place {
            Place::Document | Place::Try => growth(cx, node, &mut hints.growth),
            _ => misplaced(
                cx,
                node,
                "`retry` belongs to a `try`, or to the document for all of them",
            ),
        }
    }
    if let Some(node) = fields.get("schedule") {
        match place {
            Place::Document => hints.schedule = schedule::manner(cx, node),
            _ => misplaced(cx, node, "`schedule` belongs to the document"),
        }
    }
    hints
}

/// Says that the limits of a task have no step to hold for.
pub(crate) fn refuse_limits(cx: &mut Cx<'_>, metadata: Option<Node<'_>>) {
    let segue = metadata.and_then(|node| node.get("segue"));
    if let Some(node) = segue.and_then(|segue| segue.get("limits")) {
        misplaced(
            cx,
            node,
            "`limits` belong to a step, and this task runs none itself",
        );
    }
}

fn misplaced(cx: &mut Cx<'_>, node: Node<'_>, message: &str) {
    let found = Diagnostic::error(Code::UnknownKey, node, message);
    let span = node.key_span().unwrap_or_else(|| node.mark());
    cx.emit(found.at(span));
}

fn limits(cx: &mut Cx<'_>, node: Node<'_>, limits: &mut LimitRequest) {
    let Some(fields) = Fields::read(&mut cx.sink, node, &LIMITS) else {
        return;
    };
    if let Some(node) = fields.get("fuel") {
        limits.fuel = integer(&mut cx.sink, node, "`fuel`", 1, u64::MAX).or(limits.fuel);
    }
    if let Some(node) = fields.get("memory") {
        limits.memory_bytes = memory(cx, node).or(limits.memory_bytes);
    }
    if let Some(node) = fields.get("time") {
        limits.time_ms = fixed_ms(cx, node, "`time`").or(limits.time_ms);
    }
}

fn growth(cx: &mut Cx<'_>, node: Node<'_>, growth: &mut Growth) {
    let Some(fields) = Fields::read(&mut cx.sink, node, &RETRY) else {
        return;
    };
    if let Some(node) = fields.get("factor") {
        let factor = number(&mut cx.sink, node, "`factor`").and_then(serde_json::Number::as_f64);
        match factor {
            Some(factor) if (1.0..=FACTOR_MAX).contains(&factor) => growth.factor = factor,
            Some(_) => {
                let message = format!("`factor` must be from 1 to {FACTOR_MAX}");
                cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
            }
            None => {}
        }
    }
    if let Some(node) = fields.get("cap") {
        growth.cap_ms = fixed_ms(cx, node, "`cap`").unwrap_or(growth.cap_ms);
    }
}

/// A duration in milliseconds that is known when deployed, and is more than nothing.
fn fixed_ms(cx: &mut Cx<'_>, node: Node<'_>, what: &str) -> Option<u64> {
    match duration(cx, node, what, Env::outside(Slot::WorkflowInput))? {
        Duration::Fixed(span) if span.months == 0 && span.ms > 0 => Some(span.ms),
        _ => {
            let message =
                format!("{what} must be a fixed duration without months, longer than nothing");
            cx.emit(Diagnostic::error(Code::InvalidDuration, node, message));
            None
        }
    }
}

/// Bytes, as a number or as text such as `64MiB`.
fn memory(cx: &mut Cx<'_>, node: Node<'_>) -> Option<u64> {
    let Some(text) = node.as_str() else {
        return integer(&mut cx.sink, node, "`memory`", 1, u64::MAX);
    };
    let bytes = bytes(text);
    if bytes.is_none() {
        let message = format!("{} is no amount of memory", shown(text));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("write bytes, or a whole number with KiB, MiB or GiB: `64MiB`"));
    }
    bytes
}

fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(end)?;
    let unit: u64 = match unit.trim() {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let bytes = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (bytes > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_written_with_a_binary_unit() {
        assert_eq!(bytes("64MiB"), Some(64 << 20));
        assert_eq!(bytes("1 GiB"), Some(1 << 30));
        for text in [
            "",
            "MiB",
            "64",
            "64MB",
            "1.5GiB",
            "99999999999GiB",
            "0KiB",
            "-1KiB",
        ] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
