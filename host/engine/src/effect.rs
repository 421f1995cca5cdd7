//! What the engine wants done.

use segue_model::context::{Authentication, StepContext};
use segue_model::ir::{Auths, GrantsOf, PinnedStep, StepId};
use segue_model::secret::SecretBinding;
use segue_model::{EffectClass, IdempotencyKey, Payload, Problem, RunId, Timestamp, Usage, World};
use serde::Serialize;

use crate::state::{ActivityId, CallbackId, ChildId, ListenId, RunEnd};

/// One thing to do, or to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Run an attempt and feed back [`crate::Input::Attempt`].
    Invoke(Box<Attempt>),
    /// Stop an attempt; its outcome is no longer wanted.
    Abandon {
        /// Which activity.
        activity: ActivityId,
    },
    /// The engine needs the present time: feed back [`crate::Input::Clock`] at once.
    ReadClock,
    /// Something that people may want to see. Never needed for correctness.
    Note(Note),
    /// The run has ended.
    Ended(RunEnd),
}

impl Effect {
    /// Whether everything up to this effect must be durable before it is performed.
    pub fn needs_commit(&self) -> bool {
        match self {
            Effect::Invoke(attempt) => attempt.effect == EffectClass::Effectful,
            Effect::Ended(_) => true,
            Effect::Abandon { .. } | Effect::ReadClock | Effect::Note(_) => false,
        }
    }
}

/// One attempt of a step, as the engine asks for it. The shell adds the grants and, for an
/// effectful step, the real deadline.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Which activity: stable over its attempts.
    pub activity: ActivityId,
    /// Which attempt of it (also in the context).
    pub attempt: u32,
    /// The step, as the workflow refers to it.
    pub step: StepId,
    /// What it is pinned to.
    pub pin: PinnedStep,
    /// Pure or effectful.
    pub effect: EffectClass,
    /// Its input.
    pub input: Payload,
    /// Whose grants it uses.
    pub grants: GrantsOf,
    /// How its requests prove who they are.
    pub auth: Auths<Authentication>,
    /// The secrets whose placeholders may stand in its input: those that the workflow declares.
    pub secrets: Vec<SecretBinding>,
    /// What the guest is told. The deadline counts from the run's frozen clock.
    pub context: StepContext,
    /// Clocks and randomness.
    pub world: World,
}

/// How a task or run ended, in a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndKind {
    /// With its output.
    Completed,
    /// With an error.
    Faulted,
    /// Cancelled.
    Cancelled,
}

/// The life of a run as people follow it; derived from the journal, so any reader can make
/// it again.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Note {
    /// A task was entered.
    TaskStarted {
        /// Its pointer.
        task: String,
        /// How often it was entered before.
        iteration: u32,
    },
    /// A task was skipped by its `if`.
    TaskSkipped {
        /// Its pointer.
        task: String,
    },
    /// A task ended.
    TaskEnded {
        /// Its pointer.
        task: String,
        /// How.
        end: EndKind,
        /// The error, where there was one.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<Problem>,
    },
    /// An attempt of a step begins.
    AttemptStarted {
        /// Its task's pointer.
        task: String,
        /// The step as `plugin/step:version`.
        step: String,
        /// Which activity.
        activity: ActivityId,
        /// Which attempt.
        attempt: u32,
        /// Pure or effectful.
        effect: EffectClass,
        /// The same for every attempt of this activation, retries and crashes included.
        idempotency_key: IdempotencyKey,
    },
    /// An attempt of a step ended.
    AttemptEnded {
        /// Its task's pointer.
        task: String,
        /// Which activity.
        activity: ActivityId,
        /// Which attempt.
        attempt: u32,
        /// The problem; none when it completed.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<Problem>,
        /// Whether the host ended meanwhile, so that nobody knows what became of it.
        fate_unknown: bool,
        /// What it used.
        usage: Usage,
    },
    /// A `try` will try again.
    Retrying {
        /// The pointer of the `try`.
        task: String,
        /// The number of the retry, from 1.
        retry: u32,
        /// When.
        at: Timestamp,
        /// The error that was caught.
        problem: Problem,
    },
    /// A `try` runs its handler.
    Caught {
        /// The pointer of the `try`.
        task: String,
        /// The error.
        problem: Problem,
    },
    /// A `wait` began.
    Waiting {
        /// Its pointer.
        task: String,
        /// Until when.
        until: Timestamp,
    },
    /// A run was suspended.
    Suspended {
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A run goes on.
    Resumed,
    /// A task was active when its run was suspended.
    TaskSuspended {
        /// Its pointer.
        task: String,
    },
    /// A task that was active then still is, and goes on.
    TaskResumed {
        /// Its pointer.
        task: String,
    },
    /// A `listen` began.
    Listening {
        /// Its pointer.
        task: String,
        /// Which.
        listen: ListenId,
    },
    /// A listener took an event.
    EventConsumed {
        /// The pointer of the task.
        task: String,
        /// Which.
        listen: ListenId,
        /// The event's number in the inbox.
        number: u64,
        /// Its `id`.
        id: String,
        /// Its `source`.
        source: String,
        /// Its `type`.
        #[serde(rename = "type")]
        kind: String,
    },
    /// A listener with `correlate` has all that it needs.
    Correlated {
        /// The pointer of the task.
        task: String,
        /// The keys and their values.
        keys: serde_json::Map<String, serde_json::Value>,
    },
    /// An event was emitted.
    Emitted {
        /// The pointer of the task.
        task: String,
        /// Its `id`.
        id: String,
        /// Its `type`.
        #[serde(rename = "type")]
        kind: String,
    },
    /// A child run is asked for.
    ChildRequested {
        /// The pointer of the task.
        task: String,
        /// Which.
        child: ChildId,
    },
    /// A child run has started.
    ChildStarted {
        /// The pointer of the task.
        task: String,
        /// Which.
        child: ChildId,
        /// Its run.
        run: RunId,
        /// Its workflow.
        workflow: String,
    },
    /// A child run has ended.
    ChildEnded {
        /// The pointer of the task.
        task: String,
        /// Which.
        child: ChildId,
        /// Its run, if it started.
        #[serde(skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
        /// How.
        end: EndKind,
    },
    /// An `await-callback` waits for its answer.
    AwaitingCallback {
        /// Its pointer.
        task: String,
        /// Which.
        callback: CallbackId,
    },
    /// It was answered.
    CalledBack {
        /// Its pointer.
        task: String,
        /// Which.
        callback: CallbackId,
        /// Who, as far as it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// A schedule will start a run, or skipped one.
    Scheduled {
        /// When the next moment is; none where it waits for events or for its run to end.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
        /// Moments that were passed over.
        skipped: u64,
    },
    /// The run ended.
    RunEnded {
        /// How.
        end: EndKind,
        /// The error, where there was one.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<Problem>,
    },
}
