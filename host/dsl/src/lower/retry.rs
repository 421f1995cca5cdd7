//! Retry policies.

use segue_model::ir::{BACKOFF_CAP_MS, BACKOFF_FACTOR, Backoff, Duration, Jitter, RetryPolicy};

use super::Cx;
use super::duration::duration;
use super::expression::condition;
use super::reuse::Library;
use super::scope::Env;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::{Fields, Shape, integer};
use crate::yaml::Node;

const POLICY: Shape = Shape {
    what: "a retry policy",
    keys: &["when", "exceptWhen", "delay", "backoff", "limit", "jitter"],
    unsupported: &[],
};
const BACKOFF: Shape = Shape {
    what: "`backoff`",
    keys: &["constant", "linear", "exponential"],
    unsupported: &[],
};
const LIMIT: Shape = Shape {
    what: "`limit`",
    keys: &["attempt", "duration"],
    unsupported: &[],
};
const ATTEMPT: Shape = Shape {
    what: "`limit.attempt`",
    keys: &["count", "duration"],
    unsupported: &[],
};
const JITTER: Shape = Shape {
    what: "`jitter`",
    keys: &["from", "to"],
    unsupported: &[],
};

/// The parameters that the DSL's backoffs lack, from `metadata.segue.retry`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Growth {
    pub(crate) factor: f64,
    pub(crate) cap_ms: u64,
}

impl Default for Growth {
    fn default() -> Self {
        Growth {
            factor: BACKOFF_FACTOR,
            cap_ms: BACKOFF_CAP_MS,
        }
    }
}

/// `catch.retry`: a policy, or the name of one of `use.retries`.
pub(crate) fn retry(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    env: Env<'_>,
    growth: &Growth,
) -> Option<RetryPolicy> {
    match node.as_str() {
        Some(name) => cx.named(Library::Retries, node, name, |cx, node| {
            definition(cx, node, env, growth)
        }),
        None => definition(cx, node, env, growth),
    }
}

/// A policy that is written out.
pub(crate) fn definition(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    env: Env<'_>,
    growth: &Growth,
) -> Option<RetryPolicy> {
    let fields = Fields::read(&mut cx.sink, node, &POLICY)?;
    let when = optional(fields.get("when"), |node| {
        condition(cx, node, "`retry.when`", env)
    });
    let except_when = optional(fields.get("exceptWhen"), |node| {
        condition(cx, node, "`retry.exceptWhen`", env)
    });
    let delay = optional(fields.get("delay"), |node| {
        duration(cx, node, "`delay`", env)
    });
    let backoff = match fields.get("backoff") {
        Some(node) => backoff(cx, node, growth),
        None => Some(Backoff::Constant),
    };
    let limit = match fields.get("limit") {
        Some(node) => limit(cx, node, env),
        None => Some(Limit::default()),
    };
    let jitter = optional(fields.get("jitter"), |node| jitter(cx, node, env));
    let limit = limit?;
    Some(RetryPolicy {
        when: when?,
        except_when: except_when?,
        delay: delay?,
        backoff: backoff?,
        attempts: limit.attempts,
        attempt_duration: limit.attempt_duration,
        duration: limit.duration,
        jitter: jitter?,
    })
}

/// Lowers what is there. The outer `Option` is whether that worked.
pub(crate) fn optional<'t, T>(
    node: Option<Node<'t>>,
    lower: impl FnOnce(Node<'t>) -> Option<T>,
) -> Option<Option<T>> {
    match node {
        Some(node) => lower(node).map(Some),
        None => Some(None),
    }
}

fn backoff(cx: &mut Cx<'_>, node: Node<'_>, growth: &Growth) -> Option<Backoff> {
    Fields::read(&mut cx.sink, node, &BACKOFF)?;
    let mut fields = node.fields();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        let message = "`backoff` has exactly one of `constant`, `linear`, `exponential`";
        cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
        return None;
    };
    if !field.value.is_object() || field.value.len() > 0 {
        let message = format!(
            "`{}` has no parameters in this language: it is `{{}}`",
            field.key
        );
        let found = Diagnostic::error(Code::InvalidValue, field.value, message);
        let help = "set `factor` and `cap` in the metadata of the try task: \
                    `metadata: { segue: { retry: { factor: 2, cap: PT1H } } }`";
        cx.emit(found.help(help));
        return None;
    }
    let Growth { factor, cap_ms } = *growth;
    match field.key {
        "linear" => Some(Backoff::Linear { cap_ms }),
        "exponential" => Some(Backoff::Exponential { factor, cap_ms }),
        "constant" => Some(Backoff::Constant),
        // An unknown key, and already a finding.
        _ => None,
    }
}

#[derive(Default)]
struct Limit {
    attempts: Option<u32>,
    attempt_duration: Option<Duration>,
    duration: Option<Duration>,
}

fn limit(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Limit> {
    let fields = Fields::read(&mut cx.sink, node, &LIMIT)?;
    let overall = optional(fields.get("duration"), |node| {
        duration(cx, node, "`limit.duration`", env)
    });
    let mut limit = match fields.get("attempt") {
        Some(node) => attempt(cx, node, env)?,
        None => Limit::default(),
    };
    limit.duration = overall?;
    Some(limit)
}

fn attempt(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Limit> {
    let fields = Fields::read(&mut cx.sink, node, &ATTEMPT)?;
    let count = optional(fields.get("count"), |node| {
        integer(
            &mut cx.sink,
            node,
            "`limit.attempt.count`",
            0,
            u64::from(u32::MAX),
        )
    });
    let each = optional(fields.get("duration"), |node| {
        duration(cx, node, "`limit.attempt.duration`", env)
    });
    Some(Limit {
        attempts: count?.and_then(|count| u32::try_from(count).ok()),
        attempt_duration: each?,
        duration: None,
    })
}

fn jitter(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Jitter> {
    let fields = Fields::read(&mut cx.sink, node, &JITTER)?;
    let from = fields.require(&mut cx.sink, "from");
    let to = fields.require(&mut cx.sink, "to");
    let from = duration(cx, from?, "`jitter.from`", env);
    let upper = duration(cx, to?, "`jitter.to`", env);
    let jitter = Jitter {
        from: from?,
        to: upper?,
    };
    if let (Duration::Fixed(least), Duration::Fixed(most)) = (&jitter.from, &jitter.to)
        && (least.months, least.ms) > (most.months, most.ms)
    {
        let message = "`jitter.from` is longer than `jitter.to`";
        cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
        return None;
    }
    Some(jitter)
}
