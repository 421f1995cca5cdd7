//! What a task is, in one line.

use segue_model::Span;
use segue_model::ir::{
    Call, Catch, Duration, ErrorFilter, ExprId, Filter, Listen, Schedule, Strategy, Task, TaskKind,
    Template, Test, Trigger, Workflow, WorkflowRef,
};
use serde_json::Value;

/// The line under a task's name.
pub(super) fn kind(workflow: &Workflow, task: &Task) -> String {
    match &task.kind {
        TaskKind::Do { .. } => "do".to_owned(),
        TaskKind::Call(one) => call(workflow, one),
        TaskKind::Set { .. } => "set".to_owned(),
        TaskKind::Switch { .. } => "switch".to_owned(),
        TaskKind::For(_) => "for".to_owned(),
        TaskKind::Try { .. } => "try".to_owned(),
        TaskKind::Raise { error } => join("raise", &[&template(workflow, &error.kind)]),
        TaskKind::Wait { duration } => join("wait", &[&span(workflow, duration)]),
        TaskKind::Fork { compete, .. } => match compete {
            true => "fork, the first success wins".to_owned(),
            false => "fork".to_owned(),
        },
        TaskKind::Emit(emit) => join("emit", &[&member(workflow, Some(&emit.event), "type")]),
        TaskKind::Listen(one) => listen(one),
        TaskKind::Run(run) => join("run", &[&name_of(&run.workflow)]),
        TaskKind::Map(map) => {
            let items = template(workflow, &map.items);
            join("map", &[&name_of(&map.workflow), "over", &items])
        }
        TaskKind::AwaitCallback(one) => {
            let title = one.title.as_ref().map(|title| template(workflow, title));
            join("await callback", &[&title.unwrap_or_default()])
        }
        TaskKind::Function(call) => join("call", &[&call.name]),
        TaskKind::Schedule(one) => schedule(workflow, one),
    }
}

/// The source of an expression.
pub(super) fn expression(workflow: &Workflow, id: ExprId) -> String {
    let found = workflow.expressions.get(id.index());
    found.map_or_else(String::new, |found| found.source.trim().to_owned())
}

/// Data, as far as it is one value.
pub(super) fn template(workflow: &Workflow, data: &Template) -> String {
    match data {
        Template::Literal(Value::String(text)) | Template::Uri(text) => text.clone(),
        Template::Literal(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        Template::Expr(id) => expression(workflow, *id),
        _ => "…".to_owned(),
    }
}

/// What a `catch` takes, and what it does about it.
pub(super) fn catch(workflow: &Workflow, catch: &Catch) -> Vec<String> {
    let errors = catch.errors.as_ref().map(filter).unwrap_or_default();
    let mut lines = vec![join("catch", &[&errors])];
    let when = |word: &str, id: Option<ExprId>| {
        id.map(|id| format!("{word} {}", expression(workflow, id)))
    };
    lines.extend(when("when", catch.when));
    lines.extend(when("except when", catch.except_when));
    if let Some(retry) = &catch.retry {
        lines.push(match retry.attempts {
            Some(1) => "retry once".to_owned(),
            Some(count) => format!("retry {count} times"),
            None => "retry".to_owned(),
        });
    }
    lines
}

fn filter(errors: &ErrorFilter) -> String {
    let kind = errors.kind.as_deref();
    let kind = kind.map(|uri| uri.rsplit('/').next().unwrap_or(uri).to_owned());
    let status = errors.status.map(|status| status.to_string());
    let parts: Vec<String> = kind.into_iter().chain(status).collect();
    parts.join(" ")
}

fn call(workflow: &Workflow, call: &Call) -> String {
    let Some(step) = workflow.steps.get(call.step.index()) else {
        return "call".to_owned();
    };
    match (step.plugin.as_str(), step.step.as_deref()) {
        ("http", Some("request")) => {
            let method = member(workflow, call.with.as_ref(), "method");
            let endpoint = member(workflow, call.with.as_ref(), "endpoint");
            join("http", &[&method, &endpoint])
        }
        ("openapi", Some("call")) => {
            let operation = member(workflow, call.with.as_ref(), "operationId");
            join("openapi", &[&operation])
        }
        ("javascript" | "python", Some("run")) => format!("script in {}", step.plugin),
        _ => {
            let name = step.step.as_ref().map(|step| format!("/{step}"));
            let name = name.unwrap_or_default();
            format!("call {}{name} {}", step.plugin, step.version)
        }
    }
}

fn member(workflow: &Workflow, data: Option<&Template>, name: &str) -> String {
    match data {
        Some(Template::Literal(Value::Object(members))) => members
            .get(name)
            .map(|value| template(workflow, &Template::Literal(value.clone()))),
        Some(Template::Object(members)) => members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| template(workflow, value)),
        _ => None,
    }
    .unwrap_or_default()
}

fn listen(listen: &Listen) -> String {
    format!("listen to {}", strategy(&listen.to))
}

fn strategy(strategy: &Strategy) -> String {
    let list = |filters: &[Filter], word: &str| {
        let types: Vec<String> = filters.iter().map(event_type).collect();
        types.join(word)
    };
    match strategy {
        Strategy::One(filter) => event_type(filter),
        Strategy::Any { filters, .. } if filters.is_empty() => "any event".to_owned(),
        Strategy::Any { filters, until } => {
            let until = until.as_ref().map_or("", |_| " until …");
            format!("{}{until}", list(filters, " or "))
        }
        Strategy::All(filters) => list(filters, " and "),
    }
}

fn event_type(filter: &Filter) -> String {
    let test = filter.with.iter().find(|(name, _)| name == "type");
    match test {
        Some((_, Test::Equals(Value::String(text)) | Test::Matches(text))) => text.clone(),
        _ => "an event".to_owned(),
    }
}

/// When runs start by themselves.
pub(super) fn schedule(workflow: &Workflow, schedule: &Schedule) -> String {
    match &schedule.trigger {
        Trigger::Every(duration) => join("every", &[&span(workflow, duration)]),
        Trigger::Cron {
            expression,
            timezone,
        } => join("cron", &[expression, timezone]),
        Trigger::After(duration) => {
            let span = span(workflow, duration);
            join("again", &[&span, "after the end"])
        }
        Trigger::On { strategy: on, .. } => join("on", &[&strategy(on)]),
    }
}

fn name_of(workflow: &WorkflowRef) -> String {
    let version = workflow
        .version
        .as_ref()
        .map(|version| format!(" {version}"));
    let version = version.unwrap_or_default();
    format!("{}/{}{version}", workflow.namespace, workflow.name)
}

fn span(workflow: &Workflow, duration: &Duration) -> String {
    match duration {
        Duration::Dynamic(id) => expression(workflow, *id),
        Duration::Fixed(span) => iso(*span),
    }
}

/// A span the way ISO 8601 writes it.
fn iso(span: Span) -> String {
    let parts = [
        (u64::from(span.months), "M"),
        (span.ms / 86_400_000, "D"),
        (span.ms / 3_600_000 % 24, "H"),
        (span.ms / 60_000 % 60, "M"),
    ];
    let mut out = String::from("P");
    for (place, (number, unit)) in parts.into_iter().enumerate() {
        if number > 0 {
            let time = place > 1 && !out.contains('T');
            out += &format!("{}{number}{unit}", if time { "T" } else { "" });
        }
    }
    let ms = span.ms % 60_000;
    if ms > 0 || out == "P" {
        let time = if out.contains('T') { "" } else { "T" };
        let fraction = match ms % 1000 {
            0 => String::new(),
            rest => format!(".{rest:03}").trim_end_matches('0').to_owned(),
        };
        out += &format!("{time}{}{fraction}S", ms / 1000);
    }
    out
}

/// Words, without those that are empty.
fn join(first: &str, rest: &[&str]) -> String {
    let words = std::iter::once(first).chain(rest.iter().copied());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_the_way_iso_does() {
        for text in [
            "PT0S",
            "PT1S",
            "PT0.25S",
            "P1DT1H",
            "P14M",
            "PT1H1M1.5S",
            "P1MT1S",
        ] {
            assert_eq!(iso(Span::parse_iso(text).unwrap()), text);
        }
    }
}
