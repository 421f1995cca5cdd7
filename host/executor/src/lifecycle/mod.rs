//! The lifecycle events of the specification (DSL 1.0.3, "Lifecycle Events"), derived from
//! what the engine notes. Pure: the same notes give the same events, with the same ids.

mod correlation;
mod teller;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) use teller::Teller;

/// One lifecycle event: a CloudEvents 1.0 envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Event {
    text: String,
    #[serde(skip)]
    kind: &'static str,
}

impl Event {
    /// Its `type`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The envelope as a JSON object, in CloudEvents structured form.
    pub fn text(&self) -> &str {
        &self.text
    }
}

macro_rules! kinds {
    ($($name:ident = $text:literal;)*) => {
        $(pub(super) const $name: &str = concat!("io.serverlessworkflow.", $text, ".v1");)*
    };
}

/// The types of lifecycle events.
mod kind {
    kinds! {
        WORKFLOW_STARTED = "workflow.started";
        WORKFLOW_SUSPENDED = "workflow.suspended";
        WORKFLOW_RESUMED = "workflow.resumed";
        CORRELATION_STARTED = "workflow.correlation-started";
        CORRELATION_COMPLETED = "workflow.correlation-completed";
        WORKFLOW_CANCELLED = "workflow.cancelled";
        WORKFLOW_FAULTED = "workflow.faulted";
        WORKFLOW_COMPLETED = "workflow.completed";
        TASK_CREATED = "task.created";
        TASK_STARTED = "task.started";
        TASK_SUSPENDED = "task.suspended";
        TASK_RESUMED = "task.resumed";
        TASK_RETRIED = "task.retried";
        TASK_CANCELLED = "task.cancelled";
        TASK_FAULTED = "task.faulted";
        TASK_COMPLETED = "task.completed";
    }
}

/// What all events of one entry have in common.
struct Envelope<'a> {
    id: String,
    source: &'a str,
    subject: &'a str,
    time: &'a str,
}

impl Envelope<'_> {
    fn seal(&self, kind: &'static str, data: Map<String, Value>) -> Event {
        let envelope = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": kind,
            "subject": self.subject,
            "time": self.time,
            "datacontenttype": "application/json",
            "data": data,
        });
        Event {
            text: envelope.to_string(),
            kind,
        }
    }
}
