//! From notes to events.

use segue_engine::{EndKind, Note};
use segue_model::ir::Workflow;
use segue_model::{Problem, RunId, Timestamp};
use serde_json::{Map, Value, json};

use super::correlation::correlates;
use super::{Envelope, Event, kind};

/// Tells the life of one run.
pub(crate) struct Teller<'a> {
    pub(crate) run: &'a RunId,
    pub(crate) workflow: &'a Workflow,
    /// What URLs of this host begin with.
    pub(crate) public_url: &'a str,
}

/// Where in a run's journal something was noted: entry, and place among its notes.
pub(crate) type At = (u64, usize);

impl Teller<'_> {
    /// The run has started.
    pub(crate) fn started(&self, at: Timestamp) -> Event {
        let name = &self.workflow.name;
        let data = json!({
            "name": self.name(),
            "definition": {
                "namespace": name.namespace,
                "name": name.name,
                "version": name.version,
            },
            "startedAt": at.rfc3339(),
        });
        self.event(
            "start".to_owned(),
            kind::WORKFLOW_STARTED,
            members(data),
            at,
        )
    }

    /// What follows from a note.
    pub(crate) fn note(&self, place: At, note: &Note, at: Timestamp) -> Vec<Event> {
        let one = |kind, data| vec![self.noted(place, kind, data, at)];
        match note {
            Note::TaskStarted { task, .. } => self.task_started(place, task, at),
            Note::TaskEnded { task, end, problem } => {
                let (kind, member) = match end {
                    EndKind::Completed => (kind::TASK_COMPLETED, "completedAt"),
                    EndKind::Faulted => (kind::TASK_FAULTED, "faultedAt"),
                    EndKind::Cancelled => (kind::TASK_CANCELLED, "cancelledAt"),
                };
                let mut data = self.task(task, member, at);
                self.add_result(&mut data, *end, problem.as_ref(), Some(place.0));
                one(kind, data)
            }
            Note::Retrying { task, .. } => {
                one(kind::TASK_RETRIED, self.task(task, "retriedAt", at))
            }
            Note::Suspended { .. } => one(kind::WORKFLOW_SUSPENDED, self.whole("suspendedAt", at)),
            Note::Resumed => one(kind::WORKFLOW_RESUMED, self.whole("resumedAt", at)),
            Note::TaskSuspended { task } => {
                one(kind::TASK_SUSPENDED, self.task(task, "suspendedAt", at))
            }
            Note::TaskResumed { task } => one(kind::TASK_RESUMED, self.task(task, "resumedAt", at)),
            Note::Listening { task, .. } if correlates(self.workflow, task) => {
                one(kind::CORRELATION_STARTED, self.whole("startedAt", at))
            }
            Note::Correlated { keys, .. } => {
                let mut data = self.whole("completedAt", at);
                data.insert("correlationKeys".to_owned(), keys.clone().into());
                one(kind::CORRELATION_COMPLETED, data)
            }
            Note::RunEnded { end, problem } => {
                let (kind, member) = match end {
                    EndKind::Completed => (kind::WORKFLOW_COMPLETED, "completedAt"),
                    EndKind::Faulted => (kind::WORKFLOW_FAULTED, "faultedAt"),
                    EndKind::Cancelled => (kind::WORKFLOW_CANCELLED, "cancelledAt"),
                };
                let mut data = self.whole(member, at);
                self.add_result(&mut data, *end, problem.as_ref(), None);
                one(kind, data)
            }
            _ => Vec::new(),
        }
    }

    /// A task is created and started at once.
    fn task_started(&self, place: At, task: &str, at: Timestamp) -> Vec<Event> {
        let id = |part: &str| format!("{}.{}.{part}", place.0, place.1);
        let created = self.task(task, "createdAt", at);
        let started = self.task(task, "startedAt", at);
        vec![
            self.event(id("created"), kind::TASK_CREATED, created, at),
            self.event(id("started"), kind::TASK_STARTED, started, at),
        ]
    }

    /// The error of what faulted, and where the output of what completed can be read: events
    /// stay small.
    fn add_result(
        &self,
        data: &mut Map<String, Value>,
        end: EndKind,
        problem: Option<&Problem>,
        entry: Option<u64>,
    ) {
        match end {
            EndKind::Faulted => {
                data.insert("error".to_owned(), json!(problem));
            }
            EndKind::Completed => {
                let run = format!("{}/v1/runs/{}", self.public_url, self.run);
                let uri = match entry {
                    Some(entry) => format!("{run}/journal?from={entry}&limit=1"),
                    None => run,
                };
                data.insert("outputUri".to_owned(), uri.into());
            }
            EndKind::Cancelled => {}
        }
    }

    /// The qualified name of the run: `order-<id>.shop`.
    fn name(&self) -> String {
        let name = &self.workflow.name;
        format!("{}-{}.{}", name.name, self.run, name.namespace)
    }

    fn whole(&self, member: &str, at: Timestamp) -> Map<String, Value> {
        members(json!({ "name": self.name(), member: at.rfc3339() }))
    }

    fn task(&self, task: &str, member: &str, at: Timestamp) -> Map<String, Value> {
        members(json!({ "workflow": self.name(), "task": task, member: at.rfc3339() }))
    }

    fn noted(
        &self,
        place: At,
        kind: &'static str,
        data: Map<String, Value>,
        at: Timestamp,
    ) -> Event {
        self.event(format!("{}.{}", place.0, place.1), kind, data, at)
    }

    fn event(
        &self,
        id: String,
        kind: &'static str,
        data: Map<String, Value>,
        at: Timestamp,
    ) -> Event {
        let name = &self.workflow.name;
        let envelope = Envelope {
            id: format!("{}-{id}", self.run),
            source: &format!("/{}/{}/{}", name.namespace, name.name, name.version),
            subject: self.run.as_str(),
            time: &at.rfc3339(),
        };
        envelope.seal(kind, data)
    }
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
