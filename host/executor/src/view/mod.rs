//! Runs as people see them. Everything is derived from what the store has: the run's rows,
//! and its journal folded through the engine.

mod attempts;
mod fold;
mod journal;
mod run;
mod waiting;

pub(crate) use attempts::{Gathered, Observed};
pub(crate) use journal::journal_views;
pub(crate) use run::{run_view, view};

use segue_engine::{ActivityId, ChildId, ListenId, Note};
use segue_model::{EffectClass, IdempotencyKey, Problem, RunId, Usage};
use segue_store::{ParentLink, RunRole, RunStatus};
use serde::Serialize;
use serde_json::Value;

use crate::callbacks::CallbackView;

/// Attempts that a view lists: the latest ones. A loop may make a million.
pub const ATTEMPTS_SHOWN_MAX: usize = 1_000;

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// The run.
    pub id: RunId,
    /// Its workflow, `namespace/name:version`.
    pub workflow: String,
    /// Where it stands.
    pub status: RunStatus,
    /// What it does with its workflow.
    pub role: RunRole,
    /// The run that started it and waits for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentLink>,
    /// The workflow's raw input.
    pub input: Value,
    /// The workflow's output, once it completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why it faulted or was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// When it was created (RFC 3339).
    pub created_at: String,
    /// When it last changed (RFC 3339).
    pub updated_at: String,
    /// When it ended (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// What it waits for, as long as it has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Its attempts in the order in which they began; at most [`ATTEMPTS_SHOWN_MAX`], the latest.
    pub attempts: Vec<AttemptView>,
    /// Earlier attempts that are not listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub attempts_omitted: u64,
}

/// What a run waits for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Whether an operator stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspended>,
    /// Answers of somebody outside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<CallbackView>,
    /// Events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<ListenerView>,
    /// Moments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<WaitView>,
    /// Runs that it started; at most [`CHILDREN_SHOWN_MAX`], the first ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ChildView>,
    /// Further ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub children_omitted: u64,
}

/// Children that a view lists; all of them are listed with the runs of that parent.
pub const CHILDREN_SHOWN_MAX: usize = 100;

/// A run was stopped by an operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspended {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A task that waits for events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenerView {
    /// The task, as a JSON pointer.
    pub task: String,
    /// Which activation of it.
    pub listen: ListenId,
}

/// A task that waits for a moment: a `wait`, or a `try` before it tries again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitView {
    /// The task, as a JSON pointer.
    pub task: String,
    /// Until when (RFC 3339).
    pub until: String,
}

/// A run that a task started and waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildView {
    /// The task, as a JSON pointer.
    pub task: String,
    /// Which child.
    pub child: ChildId,
    /// Its run, once that is known to its parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// One attempt of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    /// The task, as a JSON pointer.
    pub task: String,
    /// The step as `plugin/step:version`.
    pub step: String,
    /// Which activation of the task: stable over its attempts.
    pub activity: ActivityId,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// Pure or effectful.
    pub effect: EffectClass,
    /// The same for every attempt of this activation, retries and crashes included; what a
    /// service finds in `Idempotency-Key` begins with it.
    pub idempotency_key: IdempotencyKey,
    /// Where it stands.
    pub outcome: AttemptOutcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Whether the host ended meanwhile, so that nobody knows what became of it.
    pub fate_unknown: bool,
    /// What it used; zeroes while it runs.
    pub usage: Usage,
    /// How long it took in wall-clock microseconds, once it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_us: Option<u64>,
    /// When it began (RFC 3339), once it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptOutcome {
    /// It runs, or waits for its turn.
    Running,
    /// It returned its output.
    Completed,
    /// It failed; the problem says how.
    Failed,
    /// The host ended meanwhile.
    Unknown,
    /// Its outcome was no longer wanted: a timeout or a cancellation came first.
    Abandoned,
}

/// One journal entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalView {
    /// Its number, from 1.
    pub seq: u64,
    /// The time that the engine was given (RFC 3339).
    pub now: String,
    /// What happened: the entry as it is stored, with stored payloads in their place.
    pub input: Value,
    /// What was observed beside it: real times. Nothing depends on it.
    pub observed: Value,
    /// What followed from it.
    pub events: Vec<Note>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}
