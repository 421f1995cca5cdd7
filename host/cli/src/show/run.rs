//! Runs as text.

use segue_model::Timestamp;
use serde_json::Value;

use super::clean::{clean, line};
use super::table::{table, text};
use super::units::{bytes, count, micros};
use super::waiting::waiting_text;
use crate::client::{Attempt, Run, RunItem};

/// Characters of a problem in a table.
const PROBLEM_CHARS: usize = 80;

/// A list of runs.
pub(crate) fn runs_text(runs: &[RunItem]) -> String {
    if runs.is_empty() {
        return "no runs".to_owned();
    }
    let mut rows = table(&["run", "workflow", "status", "created", "updated"]);
    for run in runs {
        // Its runs have the same workflow, and it waits between them.
        let workflow = match run.role.as_str() {
            "schedule" => format!("{} (its schedule)", run.workflow),
            _ => run.workflow.clone(),
        };
        rows.add_row(
            [
                &run.id,
                &workflow,
                &run.status,
                &run.created_at,
                &run.updated_at,
            ]
            .map(|cell| clean(cell)),
        );
    }
    text(&rows)
}

/// One run, whole.
pub(crate) fn run_text(run: &Run) -> String {
    let mut out = format!("run       {}\n", clean(&run.id));
    out += &format!("workflow  {}\n", clean(&run.workflow));
    out += &format!("status    {}\n", clean(&run.status));
    out += &format!("created   {}\n", clean(&run.created_at));
    if let Some(ended) = &run.ended_at {
        out += &format!("ended     {}\n", clean(ended));
    }
    out += &waiting_text(&run.waiting);
    if let Some(problem) = &run.problem {
        out += &format!("problem   {}\n", clean(&problem.to_string()));
        out += &format!("type      {}\n", clean(&problem.kind));
        if let Some(instance) = &problem.instance {
            out += &format!("at        {}\n", clean(instance));
        }
    }
    if !run.attempts.is_empty() {
        out.push('\n');
        out += &attempts_text(&run.attempts);
    }
    if run.attempts_omitted > 0 {
        out += &format!(
            "({} earlier attempts are not listed)\n",
            run.attempts_omitted
        );
    }
    if let Some(output) = &run.output {
        out += &format!("\noutput\n{}\n", pretty(output));
    }
    out
}

fn attempts_text(attempts: &[Attempt]) -> String {
    let head = [
        "task", "step", "attempt", "effect", "outcome", "time", "fuel", "memory", "problem",
    ];
    let mut rows = table(&head);
    for attempt in attempts {
        let problem = attempt
            .problem
            .as_ref()
            .map(|problem| line(&problem.to_string(), PROBLEM_CHARS));
        rows.add_row([
            clean(&attempt.task),
            clean(&attempt.step),
            attempt.attempt.to_string(),
            clean(&attempt.effect),
            clean(&attempt.outcome),
            attempt.wall_us.map(micros).unwrap_or_default(),
            count(attempt.usage.fuel),
            bytes(attempt.usage.memory_bytes),
            problem.unwrap_or_default(),
        ]);
    }
    text(&rows)
}

/// One line on how a run ended.
pub(crate) fn run_summary(run: &Run) -> String {
    let attempts = run.attempts.len() as u64 + run.attempts_omitted;
    let fuel = run.attempts.iter().map(|attempt| attempt.usage.fuel).sum();
    let memory = run
        .attempts
        .iter()
        .map(|attempt| attempt.usage.memory_bytes)
        .max();
    let plural = if attempts == 1 { "" } else { "s" };
    format!(
        "{} {}: {attempts} attempt{plural}, {} fuel, peak memory {}",
        clean(&run.id),
        clean(&run.status),
        count(fuel),
        bytes(memory.unwrap_or(0)),
    )
}

/// A journal: a line for each entry, and one for each thing that followed from it.
pub(crate) fn journal_text(entries: &[Value]) -> String {
    let mut out = String::new();
    for entry in entries {
        let text = |name: &str| entry.get(name).map(plain).unwrap_or_default();
        let kind = entry.get("input").and_then(|input| input.get("kind"));
        out += &format!(
            "{:>6}  {}  {}\n",
            text("seq"),
            text("now"),
            kind.map(plain).unwrap_or_default()
        );
        for note in entry
            .get("events")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            out += &format!("        {}\n", note_line(note));
        }
    }
    if out.is_empty() {
        out.push_str("no entries\n");
    }
    out
}

/// `attempt-started /do/0/charge attempt=1 …`.
fn note_line(note: &Value) -> String {
    let Some(members) = note.as_object() else {
        return plain(note);
    };
    let mut words = Vec::new();
    for name in ["event", "task"] {
        words.extend(members.get(name).map(plain));
    }
    for (name, value) in members
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "event" | "task"))
    {
        let value = match (name.as_str(), value.as_u64()) {
            // Times of the engine, in milliseconds since 1970.
            ("until" | "at", Some(ms)) => Timestamp(ms).rfc3339(),
            ("problem", _) => {
                let told = value.get("detail").or_else(|| value.get("title"));
                plain(told.unwrap_or(value))
            }
            _ => plain(value),
        };
        words.push(format!("{}={value}", clean(name)));
    }
    words.join(" ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => line(text, 200),
        other => line(&other.to_string(), 200),
    }
}

fn pretty(value: &Value) -> String {
    // JSON escapes control characters by itself.
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run() -> Run {
        serde_json::from_value(json!({
            "id": "run-1", "workflow": "a/b:1.0.0", "status": "faulted", "createdAt": "t",
            "problem": { "type": "urn:x", "status": 500, "title": "Bad\u{1b}[2J" },
            "attempts": [{
                "task": "/do/0/a", "step": "p/s:1.0.0", "attempt": 2, "effect": "pure",
                "outcome": "completed", "wallUs": 1500,
                "usage": { "fuel": 1_500_000, "memoryBytes": 1_048_576 },
            }],
        }))
        .unwrap()
    }

    #[test]
    fn a_run_shows_its_attempts_with_what_they_used() {
        let text = run_text(&run());
        for part in [
            "run-1", "faulted", "/do/0/a", "1.5 ms", "1.5 M", "1.0 MiB", "urn:x",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains('\u{1b}'));
        assert!(run_summary(&run()).contains("1 attempt,"));
    }

    #[test]
    fn a_journal_shows_what_followed_from_each_entry() {
        let entries = [json!({
            "seq": 2, "now": "t", "input": { "kind": "timer", "timer": 1 },
            "events": [
                { "event": "attempt-ended", "task": "/do/0/a", "problem": { "title": "T", "detail": "D" } },
                { "event": "waiting", "task": "/do/1/b", "until": 1_700_000_000_000_u64 },
            ],
        })];
        let text = journal_text(&entries);
        assert!(text.contains("2  t  timer"), "{text}");
        assert!(text.contains("until=2023-11-14T22:13:20.000Z"), "{text}");
        assert!(text.contains("attempt-ended /do/0/a problem=D"), "{text}");
    }
}
