//! `segue events`: publish events, and follow those of the host.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::args::EventsCommand;
use crate::client::{self, Client};
use crate::config::Settings;
use crate::error::{CliError, Exit};
use crate::files;
use crate::show::{Out, line};

/// One CloudEvent in the JSON format (CloudEvents 1.0.2, HTTP binding, structured mode).
const STRUCTURED: &str = "application/cloudevents+json";
/// Several of them (batched mode).
const BATCH: &str = "application/cloudevents-batch+json";
/// Characters of an event's subject in a line.
const SUBJECT_CHARS: usize = 200;

pub(crate) fn events(settings: &Settings, command: EventsCommand) -> Result<Exit, CliError> {
    let client = client::connect(settings)?;
    match command {
        EventsCommand::Publish { files } => publish(settings, &client, &files),
        EventsCommand::Watch => watch(settings, &client),
    }
}

fn publish(settings: &Settings, client: &Client, paths: &[PathBuf]) -> Result<Exit, CliError> {
    let mut accepted = Vec::new();
    for path in paths {
        let text = files::read_text(path)?;
        let events: Value = serde_json::from_str(&text)
            .map_err(|error| CliError::Usage(format!("{} is not JSON: {error}", path.display())))?;
        let media = if events.is_array() { BATCH } else { STRUCTURED };
        let answer = client.post("/v1/events", media, text.as_bytes())?.json;
        match answer.get("events") {
            Some(Value::Array(some)) => accepted.extend(some.iter().cloned()),
            _ => accepted.push(answer),
        }
    }
    let json = json!({ "events": accepted });
    Out::new(settings).result(&json, || {
        let again = |event: &&Value| event.get("duplicate") == Some(&Value::Bool(true));
        let known = accepted.iter().filter(again).count();
        match known {
            0 => format!("{} accepted", accepted.len()),
            _ => format!("{} accepted, {known} of them known before", accepted.len()),
        }
    })?;
    Ok(Exit::Ok)
}

/// Until the host ends or a signal comes.
fn watch(settings: &Settings, client: &Client) -> Result<Exit, CliError> {
    let out = Out::new(settings);
    for event in client.stream("/v1/events/lifecycle", None)? {
        out.item(&event.data, || story(&event.data))?;
    }
    Ok(Exit::Ok)
}

/// An event in one line.
fn story(event: &Value) -> String {
    let member = |name: &str| {
        let text = event.get(name).and_then(Value::as_str).unwrap_or_default();
        line(text, SUBJECT_CHARS)
    };
    let data = |name: &str| {
        let text = event.pointer(name).and_then(Value::as_str);
        text.map(|text| format!(" {}", line(text, SUBJECT_CHARS)))
            .unwrap_or_default()
    };
    format!(
        "{} {}{}{}",
        member("time"),
        member("type"),
        data("/data/name").as_str().to_owned() + &data("/data/workflow"),
        data("/data/task"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_that_a_terminal_cannot_be_harmed_by() {
        let event = json!({
            "time": "2026-01-01T00:00:00Z",
            "type": "io.serverlessworkflow.task.started.v1",
            "data": {"workflow": "order-1.shop", "task": "/do/0/a\u{1b}[2J\nb"},
        });
        let text = story(&event);
        assert!(text.starts_with("2026-01-01T00:00:00Z io.serverlessworkflow.task.started.v1"));
        assert!(text.contains("order-1.shop"), "{text}");
        assert!(!text.contains(['\u{1b}', '\n']), "{text}");
    }
}
