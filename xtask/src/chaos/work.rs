//! The work of the load: workflows of every kind that may be in flight when a host dies.

use serde_json::{Value, json};

use super::place::Place;
use super::service::Service;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Three effectful steps, one after the other.
    Calls,
    /// Six pure steps.
    Pure,
    /// Waits for an event, then calls.
    Listen,
    /// Sleeps, then calls.
    Sleep,
    /// Calls what fails the first time, and tries again after a pause.
    Retry,
    /// Three calls side by side.
    Fork,
}

impl Kind {
    pub(super) const ALL: [Kind; 6] = [
        Kind::Calls,
        Kind::Pure,
        Kind::Listen,
        Kind::Sleep,
        Kind::Retry,
        Kind::Fork,
    ];

    /// The workflow's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Calls => "calls",
            Kind::Pure => "pure",
            Kind::Listen => "listen",
            Kind::Sleep => "sleep",
            Kind::Retry => "retry",
            Kind::Fork => "fork",
        }
    }

    /// The names of the tasks that call the service, and the path that each asks for.
    pub(super) fn calls(self, marker: &str) -> Vec<(&'static str, String)> {
        let (tasks, root): (&[&str], _) = match self {
            Kind::Calls | Kind::Fork => (&["a", "b", "c"], "plain"),
            Kind::Listen | Kind::Sleep => (&["a"], "plain"),
            Kind::Retry => (&["a"], "flaky"),
            Kind::Pure => (&[], "plain"),
        };
        tasks
            .iter()
            .map(|task| (*task, format!("/{root}/{marker}/{task}")))
            .collect()
    }

    /// The output that its run must end with.
    pub(super) fn output(self, marker: &str, n: u64) -> Value {
        match self {
            Kind::Pure => json!({ "n": n + 6 }),
            _ => json!({ "marker": marker }),
        }
    }

    /// The type of the event that its run waits for.
    pub(super) fn event(self) -> Option<&'static str> {
        (self == Kind::Listen).then_some("com.example.chaos.go.v1")
    }

    fn document(self, port: u16) -> Value {
        let call = |task: &str| {
            let root = if self == Kind::Retry {
                "flaky"
            } else {
                "plain"
            };
            let path = format!(
                "${{ \"http://127.0.0.1:{port}/{root}/\" + $workflow.input.marker + \"/{task}\" }}"
            );
            json!({ task: {
                "call": "http",
                "with": { "method": "post", "endpoint": path, "body": { "task": task } },
            } })
        };
        let tasks = match self {
            Kind::Calls => json!([call("a"), call("b"), call("c")]),
            Kind::Pure => {
                let step =
                    |n: u32| json!({ format!("step{n}"): { "call": "counter:0.1@default" } });
                json!((1..=6).map(step).collect::<Vec<_>>())
            }
            Kind::Listen => json!([
                { "hear": { "listen": { "to": { "one": {
                    "with": { "type": self.event() },
                    "correlate": { "marker": { "from": ".data.marker", "expect": "${ $workflow.input.marker }" } },
                } } } } },
                call("a"),
            ]),
            Kind::Sleep => json!([{ "pause": { "wait": { "milliseconds": 150 } } }, call("a")]),
            Kind::Retry => json!([{ "attempt": {
                "try": [call("a")],
                "catch": { "retry": {
                    "delay": { "milliseconds": 40 },
                    "limit": { "attempt": { "count": 20 } },
                } },
            } }]),
            Kind::Fork => json!([{ "all": { "fork": {
                "branches": [call("a"), call("b"), call("c")],
            } } }]),
        };
        let mut document = json!({
            "document": { "dsl": "1.0.3", "namespace": "chaos", "name": self.name(), "version": "1.0.0" },
            "do": tasks,
        });
        if self != Kind::Pure {
            let marker = json!({ "as": { "marker": "${ $workflow.input.marker }" } });
            if let Some(members) = document.as_object_mut() {
                members.insert("output".to_owned(), marker);
            }
        }
        document
    }
}

/// Deploys all of them, and the one plugin that does not come with the host.
pub(super) fn deploy(
    workspace: &Workspace,
    place: &Place,
    service: &Service,
) -> Result<(), Failure> {
    let counter = workspace.guest("counter");
    let component = std::fs::read(&counter)
        .map_err(|error| Failure::new(format!("{}: {error}", counter.display())))?;
    put(place, "/v1/plugins", &component)?;
    for kind in Kind::ALL {
        let document = kind.document(service.port()).to_string();
        put(place, "/v1/workflows", document.as_bytes())?;
    }
    Ok(())
}

fn put(place: &Place, path: &str, body: &[u8]) -> Result<(), Failure> {
    let kind = [("Content-Type", "application/octet-stream")];
    match place.ask("POST", path, &kind, Some(body))? {
        (200..300, _) => Ok(()),
        (status, answer) => Err(Failure::new(format!(
            "POST {path} was answered {status}: {answer}"
        ))),
    }
}
