//! What a run waits for, a line each.

use serde_json::Value;

use super::clean::clean;

/// Lines that begin with `waits`; none where it waits for nothing.
pub(super) fn waiting_text(waiting: &Value) -> String {
    let list = |name: &str| {
        waiting
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let text = |of: &Value, name: &str| {
        let value = of.get(name).and_then(Value::as_str);
        value.map(clean).unwrap_or_default()
    };
    let mut lines = Vec::new();
    if let Some(suspended) = waiting.get("suspended") {
        let reason = text(suspended, "reason");
        let reason = if reason.is_empty() {
            reason
        } else {
            format!(" ({reason})")
        };
        lines.push(format!("for somebody to resume it{reason}"));
    }
    for callback in list("callbacks") {
        let (task, url) = (text(callback, "task"), text(callback, "url"));
        lines.push(format!("for an answer at {url}, in {task}"));
    }
    for listener in list("listeners") {
        lines.push(format!("for events, in {}", text(listener, "task")));
    }
    for timer in list("timers") {
        lines.push(format!(
            "until {}, in {}",
            text(timer, "until"),
            text(timer, "task")
        ));
    }
    for child in list("children") {
        let run = match text(child, "run") {
            run if run.is_empty() => "a run that is being started".to_owned(),
            run => run,
        };
        lines.push(format!("for {run}, in {}", text(child, "task")));
    }
    if let Some(more) = waiting.get("childrenOmitted").and_then(Value::as_u64) {
        lines.push(format!("for {more} more runs"));
    }
    lines
        .iter()
        .map(|line| format!("waits     {line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_that_a_run_waits_for_has_a_line() {
        let text = waiting_text(&json!({
            "suspended": { "reason": "a look" },
            "callbacks": [{ "task": "/do/0/ask", "url": "http://h/v1/callbacks/r/t" }],
            "listeners": [{ "task": "/do/1/hear", "listen": 1 }],
            "timers": [{ "task": "/do/2/nap", "until": "2026-01-01T00:00:00.000Z" }],
            "children": [{ "task": "/do/3/many", "child": 1, "run": "run-1" }, { "task": "/do/3/many", "child": 2 }],
            "childrenOmitted": 7,
        }));
        let expected = "waits     for somebody to resume it (a look)
waits     for an answer at http://h/v1/callbacks/r/t, in /do/0/ask
waits     for events, in /do/1/hear
waits     until 2026-01-01T00:00:00.000Z, in /do/2/nap
waits     for run-1, in /do/3/many
waits     for a run that is being started, in /do/3/many
waits     for 7 more runs
";
        assert_eq!(text, expected);
        assert_eq!(waiting_text(&Value::Null), "");
    }
}
