//! One transition after the other: an input becomes work, work becomes state and effects.
//!
//! Every file of this folder holds the transitions of one kind. A transition changes the
//! state, notes effects and queues what follows; none calls another, so depth is bounded
//! whatever the workflow looks like.

mod call;
mod end;
mod enter;
mod fail;
mod input;
mod looping;
mod matching;
mod retry;
mod returning;
mod scope;
mod timer;

use std::collections::VecDeque;

use segue_model::ir::{Flow, Task};
use segue_model::outcome::Retry as Retryable;
use segue_model::payload::Payloads;
use segue_model::{Payload, Problem, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use call::attempt;
pub(crate) use input::fresh_root;

use crate::TRANSITIONS_PER_INPUT_MAX;
use crate::data::{Evaluated, Fault, Place};
use crate::effect::{Effect, Note};
use crate::input::Entry;
use crate::plan::Plan;
use crate::run::Run;
use crate::state::{Active, Root, Scope, ScopeId};

/// One transition that is to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub(crate) enum Work {
    /// Enter the task at the scope's position, or leave the scope at its end.
    Enter { scope: ScopeId },
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
    /// A scope is done: its list has ended, or a task left it.
    Leave {
        scope: ScopeId,
        output: Payload,
        exited: bool,
    },
    /// The workflow's list is done, or a task ended the workflow.
    Finish { output: Payload },
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
            Work::Return { output, .. } | Work::Leave { output, .. } | Work::Finish { output } => {
                visit(output);
            }
            Work::Enter { .. } | Work::Fail { .. } | Work::Caught { .. } | Work::Try { .. } => {}
        }
    }
}

/// What a transition came to.
pub(crate) enum Step {
    Done,
    /// The clock lags: make this transition again once the time is known.
    NeedsClock(Work),
}

/// The state of a run while one entry is applied to it.
pub(crate) struct Machine<'a> {
    plan: &'a Plan,
    run: &'a mut Run,
    effects: Vec<Effect>,
    queue: VecDeque<Work>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(plan: &'a Plan, run: &'a mut Run) -> Self {
        Machine {
            plan,
            run,
            effects: Vec::new(),
            queue: VecDeque::new(),
        }
    }

    /// Applies an entry to the end: until nothing is left to do but to wait.
    pub(crate) fn run(mut self, entry: &Entry, external: bool) -> Vec<Effect> {
        let Some(root) = &mut self.run.root else {
            return Vec::new();
        };
        root.seq = entry.seq;
        if external {
            root.clock = entry.now;
            root.clock_lags = false;
        } else {
            root.clock_lags = true;
        }
        self.accept(&entry.input);
        let mut budget = TRANSITIONS_PER_INPUT_MAX;
        while let Some(work) = self.queue.pop_front() {
            if budget == 0 {
                self.queue.push_front(work);
                self.park_all();
                break;
            }
            budget -= 1;
            if let Step::NeedsClock(work) = self.transition(work) {
                self.park(work);
            }
        }
        self.effects
    }

    fn transition(&mut self, work: Work) -> Step {
        match work {
            Work::Enter { scope } => return self.enter(scope),
            Work::Return {
                scope,
                output,
                then,
            } => self.returned(scope, &output, then),
            Work::Fail {
                scope,
                problem,
                retry,
            } => self.failed(scope, problem, retry),
            Work::Caught {
                scope,
                problem,
                retry,
            } => return self.caught(scope, problem, retry),
            Work::Try { scope } => return self.try_body(scope),
            Work::Leave {
                scope,
                output,
                exited,
            } => self.left(scope, output, exited),
            Work::Finish { output } => self.finish(&output),
        }
        Step::Done
    }

    fn park(&mut self, work: Work) {
        let Some(root) = &mut self.run.root else {
            return;
        };
        if root.parked.is_empty() {
            self.effects.push(Effect::ReadClock);
        }
        root.parked.push(work);
    }

    fn park_all(&mut self) {
        while let Some(work) = self.queue.pop_front() {
            self.park(work);
        }
    }

    // === What transitions share ===

    fn push(&mut self, work: Work) {
        self.queue.push_back(work);
    }

    fn note(&mut self, note: Note) {
        self.effects.push(Effect::Note(note));
    }

    fn clock_lags(&self) -> bool {
        self.run.root.as_ref().is_some_and(|root| root.clock_lags)
    }

    fn clock(&self) -> Timestamp {
        self.run
            .root
            .as_ref()
            .map_or(Timestamp(0), |root| root.clock)
    }

    fn root_mut(&mut self) -> Option<&mut Root> {
        self.run.root.as_mut()
    }

    fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.run.scopes.get(&id)
    }

    /// The scope, to be changed: its row will be written.
    fn scope_mut(&mut self, id: ScopeId) -> Option<&mut Scope> {
        self.run.dirty.changed.insert(id);
        self.run.scopes.get_mut(&id)
    }

    fn active(&self, id: ScopeId) -> Option<&Active> {
        self.scope(id)?.active.as_ref()
    }

    fn active_mut(&mut self, id: ScopeId) -> Option<&mut Active> {
        self.scope_mut(id)?.active.as_mut()
    }

    /// The task at the scope's position.
    fn task_of(&self, id: ScopeId) -> Option<&'a Task> {
        let scope = self.scope(id)?;
        self.plan.task(self.plan.task_at(scope.block, scope.at)?)
    }

    fn pointer_of(&self, id: ScopeId) -> String {
        self.task_of(id)
            .map(|task| task.pointer.clone())
            .unwrap_or_default()
    }

    /// A place for expressions that see nothing of a task.
    fn place(&self, scope: Option<ScopeId>) -> Place<'_> {
        Place {
            plan: self.plan,
            run: self.run,
            scope,
            task: None,
            input: None,
            output: None,
            extra: &[],
        }
    }

    /// Queues a failure of the active task where `result` is one.
    fn or_fail<T>(&mut self, scope: ScopeId, result: Evaluated<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fail(scope, fault);
                None
            }
        }
    }

    fn fail(&mut self, scope: ScopeId, fault: Fault) {
        self.push(Work::Fail {
            scope,
            problem: fault.problem,
            retry: fault.retry.into(),
        });
    }
}
