//! Makes sense of a run's events: which attempts run, how each one ended, what it used.

use std::collections::HashMap;

use segue_model::Problem;
use serde::Deserialize;
use serde_json::Value;

use super::super::clean::line;
use super::super::units::{bytes, count, micros};
use crate::client::{StreamEvent, Usage};

/// Characters of a problem or message on one line.
const MESSAGE_CHARS: usize = 160;

/// An attempt, for as long as it runs.
pub(super) type Key = (String, u32);

/// Something to show.
pub(super) enum Turn {
    /// An attempt runs.
    Began {
        key: Key,
        /// Task, step and attempt.
        text: String,
    },
    /// An attempt says how far it is.
    Progress {
        key: Key,
        fraction: Option<f64>,
        text: String,
    },
    /// An attempt ended.
    Ended {
        key: Key,
        ok: bool,
        /// Task, step, attempt, time, fuel, memory, and the problem.
        text: String,
    },
    /// Something between attempts: a retry, a wait, a handler.
    Told { mark: &'static str, text: String },
    /// A step logged.
    Log { text: String },
}

/// The attempts that run, and when they began.
#[derive(Default)]
pub(super) struct Story {
    running: HashMap<Key, Running>,
}

struct Running {
    step: String,
    began: Option<i64>,
}

/// What is durable (segue_engine::Note as it is sent).
#[derive(Deserialize)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum Note {
    AttemptStarted {
        task: String,
        step: String,
        attempt: u32,
    },
    AttemptEnded {
        task: String,
        attempt: u32,
        problem: Option<Problem>,
        #[serde(default)]
        fate_unknown: bool,
        #[serde(default)]
        usage: Usage,
    },
    Retrying {
        task: String,
        retry: u32,
        problem: Problem,
    },
    Caught {
        task: String,
        problem: Problem,
    },
    Waiting {
        task: String,
        until: u64,
    },
    #[serde(other)]
    Other,
}

impl Story {
    /// What an event means to who watches.
    pub(super) fn turn(&mut self, event: &StreamEvent) -> Option<Turn> {
        let data = &event.data;
        match event.name.as_str() {
            "note" => {
                let note = Note::deserialize(data.get("note")?).ok()?;
                self.note(note, data.get("at").and_then(Value::as_str))
            }
            "log" => Some(Turn::Log {
                text: log_text(data),
            }),
            "progress" => {
                let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
                let attempt = data.get("attempt").and_then(Value::as_u64)?;
                Some(Turn::Progress {
                    key: (text("task").to_owned(), u32::try_from(attempt).ok()?),
                    fraction: data.get("fraction").and_then(Value::as_f64),
                    text: line(text("message"), MESSAGE_CHARS),
                })
            }
            "missed" => {
                let dropped = data.get("count").and_then(Value::as_u64).unwrap_or(0);
                Some(Turn::Told {
                    mark: "note ",
                    text: format!("{dropped} messages were dropped"),
                })
            }
            _ => None,
        }
    }

    fn note(&mut self, note: Note, at: Option<&str>) -> Option<Turn> {
        Some(match note {
            Note::AttemptStarted {
                task,
                step,
                attempt,
            } => {
                let text = heading(&task, &step, attempt);
                let key = (task, attempt);
                let began = at.and_then(parse_ms);
                self.running.insert(key.clone(), Running { step, began });
                Turn::Began { key, text }
            }
            Note::AttemptEnded {
                task,
                attempt,
                problem,
                fate_unknown,
                usage,
            } => {
                let key = (task, attempt);
                let running = self.running.remove(&key);
                let (step, began) = running.map_or((String::new(), None), |r| (r.step, r.began));
                let mut text = heading(&key.0, &step, attempt);
                if let (Some(began), Some(ended)) = (began, at.and_then(parse_ms)) {
                    text += &format!("  {}", took(ended - began));
                }
                text += &format!(
                    "  fuel {}  memory {}",
                    count(usage.fuel),
                    bytes(usage.memory_bytes)
                );
                if fate_unknown {
                    text += "  the host ended meanwhile: its fate is unknown";
                } else if let Some(problem) = &problem {
                    text += &format!("  {}", line(&problem.to_string(), MESSAGE_CHARS));
                }
                Turn::Ended {
                    key,
                    ok: problem.is_none() && !fate_unknown,
                    text,
                }
            }
            Note::Retrying {
                task,
                retry,
                problem,
            } => {
                let why = line(&problem.to_string(), MESSAGE_CHARS);
                let text = format!("{}  retry {retry} after: {why}", line(&task, MESSAGE_CHARS));
                Turn::Told {
                    mark: "retry",
                    text,
                }
            }
            Note::Caught { task, problem } => {
                let why = line(&problem.to_string(), MESSAGE_CHARS);
                Turn::Told {
                    mark: "catch",
                    text: format!("{}  {why}", line(&task, MESSAGE_CHARS)),
                }
            }
            Note::Waiting { task, until } => {
                let until = segue_model::Timestamp(until).rfc3339();
                Turn::Told {
                    mark: "wait ",
                    text: format!("{}  until {until}", line(&task, MESSAGE_CHARS)),
                }
            }
            Note::Other => return None,
        })
    }
}

fn heading(task: &str, step: &str, attempt: u32) -> String {
    let task = line(task, MESSAGE_CHARS);
    format!("{task}  {}  attempt {attempt}", line(step, MESSAGE_CHARS))
}

fn log_text(data: &Value) -> String {
    let text = |name: &str| {
        line(
            data.get(name).and_then(Value::as_str).unwrap_or_default(),
            MESSAGE_CHARS,
        )
    };
    let mut words = vec![
        text("task"),
        text("level"),
        text("context"),
        text("message"),
    ];
    words.retain(|word| !word.is_empty());
    words.join("  ")
}

/// Events have times in milliseconds: what is shorter is shown as such.
fn took(ms: i64) -> String {
    match u64::try_from(ms) {
        Ok(0) | Err(_) => "<1 ms".to_owned(),
        Ok(ms) => micros(ms.saturating_mul(1000)),
    }
}

fn parse_ms(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(|time| time.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(name: &str, data: Value) -> StreamEvent {
        StreamEvent {
            id: None,
            name: name.to_owned(),
            data,
        }
    }

    fn note(at: &str, note: Value) -> StreamEvent {
        event(
            "note",
            json!({ "seq": 1, "index": 0, "at": at, "note": note }),
        )
    }

    #[test]
    fn an_attempt_shows_step_attempt_time_fuel_and_memory() {
        let mut story = Story::default();
        let began = json!({ "event": "attempt-started", "task": "/do/0/a", "step": "p/s:1.0.0",
            "activity": 1, "attempt": 2, "effect": "pure" });
        let turn = story.turn(&note("2026-01-01T00:00:00.000Z", began));
        assert!(matches!(turn, Some(Turn::Began { .. })));
        let ended = json!({ "event": "attempt-ended", "task": "/do/0/a", "activity": 1, "attempt": 2,
            "fateUnknown": false, "usage": { "fuel": 1500, "memoryBytes": 2048 } });
        match story.turn(&note("2026-01-01T00:00:00.250Z", ended)) {
            Some(Turn::Ended { ok: true, text, .. }) => {
                assert_eq!(
                    text,
                    "/do/0/a  p/s:1.0.0  attempt 2  250 ms  fuel 1.5 k  memory 2.0 KiB"
                );
            }
            _ => panic!("no end"),
        }
        assert!(story.running.is_empty());
    }

    #[test]
    fn unknown_events_are_passed_over() {
        let mut story = Story::default();
        assert!(
            story
                .turn(&note("t", json!({ "event": "something-new" })))
                .is_none()
        );
        assert!(story.turn(&event("something-new", json!({}))).is_none());
        assert!(story.turn(&event("note", json!(null))).is_none());
    }

    #[test]
    fn what_a_guest_logs_cannot_steer_the_terminal() {
        let log =
            json!({ "task": "/do/0/a", "level": "info", "context": "", "message": "a\u{1b}[2Jb" });
        match Story::default().turn(&event("log", log)) {
            Some(Turn::Log { text }) => assert!(!text.contains('\u{1b}'), "{text}"),
            _ => panic!("no log"),
        }
    }
}
