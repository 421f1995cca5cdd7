//! What an active task is in the middle of.

use segue_model::ir::{Auths, Flow};
use segue_model::payload::Payloads;
use segue_model::{IdempotencyKey, Payload, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ActivityId, CallbackId, ChildId, ListenId, TimerId};

/// What an active task is in the middle of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "doing", rename_all = "kebab-case")]
pub(crate) enum Doing {
    /// It was entered and has not got further, or what it waited for has come: only within
    /// one transition, or parked.
    Entered,
    /// `before` of the extension at this position of `around` runs.
    Before { at: u32 },
    /// `after` of an extension runs; then the task goes on with this raw output.
    After { output: Payload, then: Option<Flow> },
    /// `call`: an attempt is in flight.
    Calling(Calling),
    /// `wait`.
    Waiting { timer: TimerId },
    /// `do`, or a function: its block runs.
    Block,
    /// `for`.
    Looping { items: Payload, index: u32 },
    /// `try`: its body runs.
    Trying { tries: Tries },
    /// `try`: it waits before it tries again.
    Pausing {
        timer: Option<TimerId>,
        tries: Tries,
    },
    /// `try`: its handler runs.
    Catching,
    /// `fork`.
    Forking(Forking),
    /// `listen`.
    Listening(Listening),
    /// `run: workflow`.
    Running(Running),
    /// `map`.
    Mapping(Mapping),
    /// `await-callback`.
    Awaiting(Awaiting),
    /// A schedule.
    Scheduling(Box<Scheduling>),
}

/// A call in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Calling {
    pub(crate) activity: ActivityId,
    pub(crate) attempt: u32,
    pub(crate) key: IdempotencyKey,
    /// The step's input.
    pub(crate) input: Payload,
    /// The members of its authentications, where they stand in the document.
    #[serde(default, skip_serializing_if = "Auths::is_empty")]
    pub(crate) auth: Auths<Payload>,
    /// The clock when the attempt began.
    pub(crate) clock: Timestamp,
    /// Attempts of unknown fate or ended by the host's fault.
    pub(crate) lost: u32,
}

/// How far a `try` has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Tries {
    /// Retries so far.
    pub(crate) retries: u32,
    /// When the first try began.
    pub(crate) since: Timestamp,
    /// The highest attempt number in use below.
    pub(crate) attempts: u32,
    /// The timer of `limit.attempt.duration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timer: Option<TimerId>,
}

/// How far a `fork` has come. Outputs of finished branches are parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Forking {
    /// Tells this activation from every other one of the run.
    pub(crate) number: u64,
    /// Branches that were opened.
    pub(crate) opened: u32,
    /// Branches that have ended.
    pub(crate) ended: u32,
    /// Bytes of their outputs.
    pub(crate) bytes: usize,
}

/// How far a `listen` has come. The events that it took are parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Listening {
    pub(crate) listen: ListenId,
    /// An event was taken and is being dealt with: the next one has to wait.
    #[serde(default)]
    pub(crate) busy: bool,
    /// Events taken so far.
    pub(crate) taken: u32,
    /// The number of the event that was taken last. They come in the order of their numbers:
    /// what stands before it was taken, or passed over.
    #[serde(default)]
    pub(crate) heard: u64,
    /// Filters of `all` that have their event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) met: Vec<u32>,
    /// The same for the events of `until`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) until_met: Vec<u32>,
    /// Whether the events of `until` have come.
    #[serde(default)]
    pub(crate) over: bool,
    /// The values of the correlation keys that are bound.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) keys: Map<String, Value>,
    /// Bytes of what was taken.
    pub(crate) bytes: usize,
}

/// A child run of a `run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Running {
    pub(crate) child: ChildId,
    /// Whether the task waits for its end.
    pub(crate) wait: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<RunId>,
}

/// How far a `map` has come. Its children and their results are parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Mapping {
    /// Tells this activation from every other one of the run.
    pub(crate) number: u64,
    pub(crate) items: Payload,
    /// Children that were asked for.
    pub(crate) started: u32,
    /// Children that have ended.
    pub(crate) ended: u32,
    /// Children that have failed.
    pub(crate) failed: u32,
    pub(crate) concurrency: u32,
    /// How many may fail; none: none, and outputs stand bare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tolerate: Option<u32>,
    /// Bytes of their outputs.
    pub(crate) bytes: usize,
}

/// An `await-callback` that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Awaiting {
    pub(crate) callback: CallbackId,
    /// The timer of its deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timer: Option<TimerId>,
    /// Its title, description and data.
    pub(crate) shown: Payload,
}

/// Where a schedule stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Scheduling {
    /// When it began.
    pub(crate) since: Timestamp,
    /// Moments up to this one are dealt with.
    pub(crate) seen: Timestamp,
    /// The timer of the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timer: Option<TimerId>,
    /// Runs that are due now.
    #[serde(default)]
    pub(crate) due: u32,
    /// The events that the next run starts with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Payload>,
    /// What waits for the run before to end: its input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) queued: Option<Payload>,
    /// The latest run, as long as it has not ended and its end matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) running: Option<ChildId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) listening: Option<Listening>,
}

impl Payloads for Doing {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        match self {
            Doing::After { output, .. } => visit(output),
            Doing::Calling(calling) => calling.visit_payloads(visit),
            Doing::Looping { items, .. } => visit(items),
            Doing::Mapping(mapping) => visit(&mut mapping.items),
            Doing::Awaiting(awaiting) => visit(&mut awaiting.shown),
            Doing::Scheduling(it) => {
                let held = it.input.iter_mut().chain(it.queued.iter_mut());
                held.for_each(visit);
            }
            _ => {}
        }
    }
}

impl Payloads for Calling {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        visit(&mut self.input);
        self.auth.iter_mut().for_each(visit);
    }
}
