//! What the engine is told. A journal entry is one input with its time and number.

use segue_model::ir::IR_VERSION;
use segue_model::payload::Payloads;
use segue_model::{Digest, Outcome, Payload, RunId, Seed, Timestamp, Usage, WorkflowName};
use serde::{Deserialize, Serialize};

use crate::ENGINE_VERSION;
use crate::state::{ActivityId, CallbackId, ChildId, ListenId, RunEnd, TimerId};

/// One thing that happened to a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Input {
    /// The run starts. Always the first input, and only the first.
    Start(Start),
    /// An attempt ended and its outcome is known.
    Attempt {
        /// Which activity.
        activity: ActivityId,
        /// Which attempt of it.
        attempt: u32,
        /// How it ended.
        outcome: Outcome,
        /// What it used.
        usage: Usage,
    },
    /// The host ended while an effectful attempt was running; what became of it is unknown.
    FateUnknown {
        /// Which activity.
        activity: ActivityId,
        /// Which attempt of it.
        attempt: u32,
    },
    /// The host ended [`crate::UNKNOWN_FATES_MAX`] times or more while this attempt of a pure
    /// step was running.
    Quarantine {
        /// Which activity.
        activity: ActivityId,
        /// Which attempt of it.
        attempt: u32,
    },
    /// A timer is due.
    Timer {
        /// Which.
        timer: TimerId,
    },
    /// The answer to [`crate::Effect::ReadClock`]: the entry's time.
    Clock,
    /// An event for a listener of the run. The shell feeds only what [`crate::Run::wants`].
    Event {
        /// The listener.
        listen: ListenId,
        /// The event's number in the host's inbox.
        number: u64,
        /// The envelope.
        event: Payload,
    },
    /// A child has started; told of [`crate::ChildStart::announce`] ones.
    ChildStarted {
        /// Which.
        child: ChildId,
        /// Its run.
        run: RunId,
        /// What was started, with the version that it was resolved to.
        workflow: WorkflowName,
    },
    /// A child has ended, or could not be started.
    ChildEnded {
        /// Which.
        child: ChildId,
        /// Its run; none where it could not be started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
        /// How.
        end: RunEnd,
    },
    /// Somebody outside has answered an `await-callback`; the shell has checked the answer
    /// with [`crate::Run::check_callback`].
    Callback {
        /// Which.
        callback: CallbackId,
        /// The answer.
        answer: Payload,
        /// Who, as far as it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// An operator stops the run for a while: what is in flight may end, nothing new begins.
    Suspend {
        /// Why, in a person's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A suspended run goes on.
    Resume,
    /// Somebody wants the run to end.
    Cancel {
        /// Why, in a person's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// How a run starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Start {
    /// The deployed workflow.
    pub deployed: Digest,
    /// The workflow's raw input.
    pub input: Payload,
    /// The source of all randomness in pure steps.
    pub seed: Seed,
    /// W3C Trace Context `traceparent` of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_parent: Option<String>,
    /// What the run is to do with the workflow.
    #[serde(default, skip_serializing_if = "Role::is_run")]
    pub role: Role,
}

/// What a run does with its workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It runs it.
    #[default]
    Run,
    /// It is its schedule: it starts runs.
    Schedule,
}

impl Role {
    /// Whether it is an ordinary run.
    pub fn is_run(&self) -> bool {
        *self == Role::Run
    }
}

impl Input {
    /// Whether the input came from outside of what the run itself determines. Only such an
    /// input moves the run's frozen clock.
    pub fn is_external(&self, effectful: bool) -> bool {
        match self {
            Input::Attempt { outcome, .. } => effectful || outcome.depends_on_host(),
            _ => true,
        }
    }
}

/// A journal entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// The time that the engine was given.
    pub now: Timestamp,
    /// [`ENGINE_VERSION`] of the writer.
    pub engine: u32,
    /// [`IR_VERSION`] of the writer.
    pub ir: u32,
    /// What happened.
    #[serde(flatten)]
    pub input: Input,
}

/// A journal entry that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not what an engine writes.
    #[error("the journal entry cannot be read")]
    Malformed(#[from] serde_json::Error),
    /// Written by a newer engine.
    #[error(
        "the journal entry was written by engine version {found}; this host knows versions up to {known}: use a newer host"
    )]
    TooNew {
        /// Its version.
        found: u32,
        /// The newest that this engine reads.
        known: u32,
    },
}

impl Entry {
    pub(crate) fn new(seq: u64, now: Timestamp, input: Input) -> Entry {
        Entry {
            seq,
            now,
            engine: ENGINE_VERSION,
            ir: IR_VERSION,
            input,
        }
    }

    /// The entry as one JSON document; large payloads stand by digest.
    pub fn encode(&self) -> Result<String, EntryError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads an entry. Large payloads are missing until they are filled in through
    /// [`Payloads::visit_payloads`].
    pub fn decode(text: &str) -> Result<Entry, EntryError> {
        let entry: Entry = serde_json::from_str(text)?;
        if entry.engine > ENGINE_VERSION {
            return Err(EntryError::TooNew {
                found: entry.engine,
                known: ENGINE_VERSION,
            });
        }
        Ok(entry)
    }
}

impl Payloads for Entry {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        match &mut self.input {
            Input::Start(start) => visit(&mut start.input),
            Input::Attempt { outcome, .. } => outcome.visit_payloads(visit),
            Input::Event { event, .. } => visit(event),
            Input::Callback { answer, .. } => visit(answer),
            Input::ChildEnded {
                end: RunEnd::Completed { output },
                ..
            } => visit(output),
            _ => {}
        }
    }
}
