//! What a commit says to others: events into the inbox and to sinks, children, the parent.

use std::sync::Arc;

use segue_engine::{CallbackId, Changes, ChildChange, Plan, Run};
use segue_model::{Digest, Payload};
use segue_store::{NewEvent, ParentLink};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::callbacks;
use crate::lifecycle::Event;
use crate::outbox::Item;
use crate::port::Sink;

/// Something that is said to others, at its place among the rest.
#[derive(Clone, Debug)]
pub(super) enum Utterance {
    /// A lifecycle event.
    Lifecycle(Arc<Event>),
    /// The next of the events that the run emitted.
    Emitted,
    /// A callback waits for its answer.
    Asked(CallbackId),
}

impl Utterance {
    /// About how much it adds to the commit.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Utterance::Lifecycle(event) => event.text().len(),
            Utterance::Emitted | Utterance::Asked(_) => 0,
        }
    }
}

/// Makes what a commit says.
pub(super) struct Outward<'a> {
    pub(super) plan: &'a Plan,
    /// The deployed workflow of the run.
    pub(super) deployed: Digest,
    /// Whom to tell of the end.
    pub(super) parent: Option<&'a ParentLink>,
    pub(super) sinks: &'a [Arc<dyn Sink>],
    /// What callback URLs begin with.
    pub(super) public_url: &'a str,
}

/// What a commit says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) emitted: Vec<NewEvent>,
    pub(super) outbox: Vec<Arc<str>>,
    /// Large payloads that items refer to.
    pub(super) payloads: Vec<(Digest, Arc<str>)>,
}

/// An event that is said.
struct Spoken {
    kind: String,
    text: Arc<str>,
    /// It enters the inbox of this host, too.
    inbox: Option<NewEvent>,
}

impl Outward<'_> {
    /// Everything that follows from these changes, in order.
    pub(super) fn tell(&self, said: Vec<Utterance>, changes: &Changes, run: &Run) -> Said {
        let spoken = self.speak(said, changes, run);
        let mut out = Said::default();
        for change in &changes.children {
            self.child(change, run.trace_parent(), &mut out);
        }
        if let (Some(link), Some(_)) = (self.parent, run.end()) {
            push(&Item::TellParent(link.clone()), &mut out);
        }
        for sink in self.sinks {
            let taken = spoken.iter().filter(|event| sink.takes(&event.kind));
            let events: Vec<Box<RawValue>> = taken
                .filter_map(|event| RawValue::from_string(event.text.to_string()).ok())
                .collect();
            if !events.is_empty() {
                let sink = sink.name().to_owned();
                push(&Item::Deliver { sink, events }, &mut out);
            }
        }
        out.emitted = spoken.into_iter().filter_map(|event| event.inbox).collect();
        out
    }

    fn speak(&self, said: Vec<Utterance>, changes: &Changes, run: &Run) -> Vec<Spoken> {
        let mut emitted = changes.emitted.iter();
        let mut spoken = Vec::new();
        for utterance in said {
            spoken.extend(match utterance {
                // Not into the inbox: a workflow that listens to every event would hear
                // itself listen.
                Utterance::Lifecycle(event) => Some(Spoken {
                    kind: event.kind().to_owned(),
                    text: event.text().into(),
                    inbox: None,
                }),
                Utterance::Emitted => emitted.next().and_then(envelope).map(accepted),
                Utterance::Asked(callback) => {
                    callbacks::requested(run, self.plan, callback, self.public_url).map(accepted)
                }
            });
        }
        // Nothing is lost of what was emitted without a note.
        spoken.extend(emitted.filter_map(envelope).map(accepted));
        spoken
    }

    fn child(&self, change: &ChildChange, trace_parent: Option<&str>, out: &mut Said) {
        match change {
            ChildChange::Start(start) => {
                if start.input.is_large() {
                    let text = Arc::from(start.input.text());
                    out.payloads.push((start.input.digest(), text));
                }
                let item = Item::StartChild {
                    start: Box::new(start.clone()),
                    deployed: self.deployed,
                    trace_parent: trace_parent.map(str::to_owned),
                };
                push(&item, out);
            }
            ChildChange::Cancel { child, key } => {
                let (child, key) = (child.0, key.clone());
                push(&Item::CancelChild { child, key }, out);
            }
        }
    }
}

fn push(item: &Item, out: &mut Said) {
    match item.encode() {
        Ok(text) => out.outbox.push(text),
        // Items are plain data with text keys: writing them cannot fail.
        Err(error) => tracing::error!(%error, "an item of the outbox cannot be written"),
    }
}

fn accepted(event: NewEvent) -> Spoken {
    Spoken {
        kind: event.kind.clone(),
        text: Arc::clone(&event.body),
        inbox: Some(event),
    }
}

/// An envelope that the engine made: it has all that the inbox needs.
fn envelope(event: &Payload) -> Option<NewEvent> {
    let text = |name: &str| event.value().get(name).and_then(Value::as_str);
    Some(NewEvent {
        source: text("source")?.to_owned(),
        id: text("id")?.to_owned(),
        kind: text("type")?.to_owned(),
        body: event.text().into(),
    })
}
