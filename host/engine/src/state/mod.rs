//! The state of a run: a root, one scope per active task list, and parts of tasks that have
//! many. Each stands in a row of its own, so that a change writes no more than what changed.

mod doing;
mod index;
mod part;
mod scope;

use segue_model::payload::Payloads;
use segue_model::{Digest, Payload, Problem, Seed, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use doing::{
    Awaiting, Calling, Doing, Forking, Listening, Mapping, Running, Scheduling, Tries,
};
pub(crate) use index::{Index, Whose};
pub(crate) use part::{Part, PartKey, PartState};
pub(crate) use scope::{Active, Scope};

use crate::machine::Work;

macro_rules! number {
    ($(#[doc = $doc:literal])+ $name:ident($inner:ty)) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
    };
}

number! {
    /// An active task list of a run. Its state row has the same key.
    ScopeId(u32)
}
number! {
    /// One activation of a `call` task: stable over its attempts.
    ActivityId(u64)
}
number! {
    /// A timer of a run.
    TimerId(u64)
}

number! {
    /// One activation of a `listen` (or of a schedule's trigger). Its subscription in the
    /// store has the same number.
    ListenId(u64)
}
number! {
    /// One start of a child run.
    ChildId(u64)
}
number! {
    /// One activation of an `await-callback`.
    CallbackId(u64)
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not started.
    Pending,
    /// Something is in flight.
    Running,
    /// Only timers, events, children or callbacks are left to wait for.
    Waiting,
    /// Stopped by an operator.
    Suspended,
    /// Cancelled.
    Cancelled,
    /// Ended by an error.
    Faulted,
    /// Ended with its output.
    Completed,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum RunEnd {
    /// With its output.
    Completed {
        /// The workflow's transformed output.
        output: Payload,
    },
    /// With an error that nothing caught.
    Faulted {
        /// The error.
        problem: Problem,
    },
    /// Somebody cancelled it.
    Cancelled {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// The root row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Root {
    /// The number of the last entry.
    pub(crate) seq: u64,
    pub(crate) deployed: Digest,
    pub(crate) started_at: Timestamp,
    pub(crate) seed: Seed,
    pub(crate) trace_parent: Option<String>,
    /// The workflow's raw input.
    pub(crate) input: Payload,
    /// `$context`.
    pub(crate) context: Payload,
    /// The time of the last external input: what the guests of pure steps see.
    pub(crate) clock: Timestamp,
    /// Whether a pure step has ended since, so that `clock` may lag behind: whoever sets a
    /// timer asks for the time first.
    pub(crate) clock_lags: bool,
    /// The key of the next row.
    pub(crate) next_row: u32,
    pub(crate) next_activity: u64,
    pub(crate) next_timer: u64,
    pub(crate) next_listen: u64,
    pub(crate) next_child: u64,
    pub(crate) next_callback: u64,
    pub(crate) entered: u64,
    /// The timer of the workflow's `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<TimerId>,
    /// Stopped by an operator: what happens meanwhile is held in rows of its own.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) suspended: bool,
    /// Work that waits for the answer to `ReadClock`, the next last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parked: Vec<Work>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<RunEnd>,
}

fn is_false(is: &bool) -> bool {
    !is
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub(crate) enum Due {
    /// The workflow's `timeout`.
    Workflow,
    /// The `timeout` of the task that is active in this scope.
    Task { scope: ScopeId },
    /// The `wait` that is active in this scope.
    Wait { scope: ScopeId },
    /// The pause before the retry of the `try` that is active in this scope.
    Backoff { scope: ScopeId },
    /// The `retry.limit.attempt.duration` of the `try` that is active in this scope.
    Attempt { scope: ScopeId },
    /// The `deadline` of the `await-callback` that is active in this scope.
    Deadline { scope: ScopeId },
    /// The next moment of the schedule that is active in this scope.
    Moment { scope: ScopeId },
}

impl Payloads for Root {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        visit(&mut self.input);
        visit(&mut self.context);
        for work in &mut self.parked {
            work.visit_payloads(visit);
        }
        if let Some(RunEnd::Completed { output }) = &mut self.end {
            visit(output);
        }
    }
}
