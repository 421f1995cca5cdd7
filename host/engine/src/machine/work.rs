//! The transitions that are to be made, as data.

use segue_model::ir::Flow;
use segue_model::outcome::Retry as Retryable;
use segue_model::payload::Payloads;
use segue_model::{Payload, Problem};
use serde::{Deserialize, Serialize};

use crate::state::{Calling, Due, ListenId, ScopeId, TimerId};

/// One transition that is to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub(crate) enum Work {
    /// Enter the task at the scope's position, or leave the scope at its end.
    Enter { scope: ScopeId },
    /// Run what the extension at position `at` has before the active task, then what follows.
    Around { scope: ScopeId, at: u32 },
    /// Begin the active task itself: its input, its timeout, and then what its kind does.
    Begin { scope: ScopeId },
    /// The active task has this raw output.
    Return {
        scope: ScopeId,
        output: Payload,
        /// Where to go, if not where the task's `then` says.
        then: Option<Flow>,
    },
    /// The active task has failed, and does not catch that itself.
    Fail {
        scope: ScopeId,
        problem: Problem,
        retry: Again,
    },
    /// The body of the active `try` has failed.
    Caught {
        scope: ScopeId,
        problem: Problem,
        retry: Again,
    },
    /// Run the body of the active `try` (again).
    Try { scope: ScopeId },
    /// An attempt was lost: make another one of the active call, or give up with this problem.
    Again {
        scope: ScopeId,
        calling: Calling,
        problem: Problem,
    },
    /// Open the next branch of the active `fork`.
    Branch { scope: ScopeId, number: u64 },
    /// Start children of the active `map`, or end it.
    Map { scope: ScopeId, number: u64 },
    /// A listener has taken an event, or an iteration over one has ended.
    Took { scope: ScopeId, listen: ListenId },
    /// Start the runs of a schedule that are due, and wait for the next.
    Schedule { scope: ScopeId },
    /// A timer has fired.
    Due { timer: TimerId, due: Due },
    /// A scope is done: its list has ended, or a task left it.
    Leave {
        scope: ScopeId,
        output: Payload,
        exited: bool,
    },
    /// The workflow's list is done, or a task ended the workflow.
    Finish {
        output: Payload,
        /// The scope of the task that did; none at the end of the list.
        from: Option<ScopeId>,
    },
}

/// Whether an error may be retried; the stored twin of [`Retryable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Again {
    AfterMs(u64),
    Never,
}

impl From<Retryable> for Again {
    fn from(retry: Retryable) -> Again {
        match retry {
            Retryable::After(ms) => Again::AfterMs(ms),
            Retryable::Never => Again::Never,
        }
    }
}

impl Payloads for Work {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        match self {
            Work::Return { output, .. }
            | Work::Leave { output, .. }
            | Work::Finish { output, .. } => {
                visit(output);
            }
            Work::Again { calling, .. } => calling.visit_payloads(visit),
            _ => {}
        }
    }
}
