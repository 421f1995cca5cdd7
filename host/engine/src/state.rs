//! The state of a run: a root and one scope per active task list.

use std::collections::BTreeMap;

use segue_model::ir::{BlockId, TaskId};
use segue_model::payload::Payloads;
use segue_model::{Digest, IdempotencyKey, Payload, Problem, Seed, Timestamp};
use serde::{Deserialize, Serialize};

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
    pub(crate) next_scope: u32,
    pub(crate) next_activity: u64,
    pub(crate) next_timer: u64,
    pub(crate) entered: u64,
    pub(crate) timers: BTreeMap<TimerId, Due>,
    /// Work that waits for the answer to `ReadClock`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parked: Vec<Work>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<RunEnd>,
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
}

/// A scope row: a task list that is being run, one task after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Scope {
    /// The scope whose active task owns this one; none for the workflow's own list.
    pub(crate) parent: Option<ScopeId>,
    pub(crate) block: BlockId,
    /// The position of the task that is active or next.
    pub(crate) at: u32,
    /// The raw input of that task.
    pub(crate) input: Payload,
    /// Loop and catch variables that this scope binds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bindings: Vec<(String, Payload)>,
    /// Tells scopes of the same block apart: the visits and indices of what encloses it.
    pub(crate) lineage: String,
    /// How often each task (by position) was entered, carried from one iteration of a loop
    /// to the next.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) visits: BTreeMap<u32, u32>,
    /// Attempts made by earlier tries of an enclosing `try`: the numbers go on from there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) attempts_before: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) active: Option<Active>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The task that a scope is running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Active {
    pub(crate) task: TaskId,
    /// How often it was entered before.
    pub(crate) visit: u32,
    pub(crate) started_at: Timestamp,
    /// The transformed input.
    pub(crate) input: Payload,
    /// The timer of its `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<TimerId>,
    pub(crate) doing: Doing,
}

/// What an active task is in the middle of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "doing", rename_all = "kebab-case")]
pub(crate) enum Doing {
    /// It was entered and has not got further: only within one transition, or parked.
    Entered,
    /// `call`: an attempt is in flight.
    Calling(Calling),
    /// `wait`.
    Waiting { timer: TimerId },
    /// `do`.
    Block { child: ScopeId },
    /// `for`.
    Looping {
        child: ScopeId,
        items: Payload,
        index: u32,
    },
    /// `try`: its body runs.
    Trying { child: ScopeId, tries: Tries },
    /// `try`: it waits before it tries again.
    Pausing { timer: TimerId, tries: Tries },
    /// `try`: its handler runs.
    Catching { child: ScopeId },
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

impl Payloads for Scope {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        visit(&mut self.input);
        for (_, value) in &mut self.bindings {
            visit(value);
        }
        let Some(active) = &mut self.active else {
            return;
        };
        visit(&mut active.input);
        match &mut active.doing {
            Doing::Calling(calling) => visit(&mut calling.input),
            Doing::Looping { items, .. } => visit(items),
            _ => {}
        }
    }
}
