//! An error on its way out: through the scopes, to a `try` or to the end of the run.

use segue_model::Problem;
use segue_model::ir::{Catch, TaskKind};

use super::{Again, Machine, Work};
use crate::effect::{EndKind, Note};
use crate::state::{Doing, ScopeId};

impl Machine<'_> {
    /// The active task of `scope` has failed for good: the scope is closed, and the error
    /// goes to the task that owns it.
    pub(super) fn failed(&mut self, scope: ScopeId, mut problem: Problem, retry: Again) {
        if self.scope(scope).is_none() {
            return;
        }
        let pointer = self.pointer_of(scope);
        let instance = problem
            .instance
            .get_or_insert_with(|| pointer.clone())
            .clone();
        self.stop_below(scope);
        let timeout = self.active(scope).and_then(|active| active.timeout);
        self.clear_timer(timeout);
        let shown = Some(problem.clone()).filter(|_| instance == pointer);
        self.note(Note::TaskEnded {
            task: pointer,
            end: EndKind::Faulted,
            problem: shown,
        });
        let Some(closed) = self.close(scope) else {
            return;
        };
        let Some(owner) = closed.parent else {
            return self.fault_workflow(problem);
        };
        if closed.function {
            problem = self.out_of_function(owner, problem);
        }
        self.child_failed(owner, closed.index, problem, retry);
    }

    fn child_failed(&mut self, owner: ScopeId, index: Option<u32>, problem: Problem, retry: Again) {
        let doing = self.active(owner).map(|active| &active.doing);
        match (doing, index) {
            (Some(Doing::Trying { tries }), _) => {
                let timer = tries.timer;
                self.clear_tries_timer(owner, timer);
                self.push(Work::Caught {
                    scope: owner,
                    problem,
                    retry,
                });
            }
            (Some(Doing::Forking(_)), Some(index)) => {
                self.branch_failed(owner, index, problem, retry);
            }
            _ => self.push(Work::Fail {
                scope: owner,
                problem,
                retry,
            }),
        }
    }

    /// The `catch` of the active `try`.
    pub(super) fn catch_of(&self, scope: ScopeId) -> Option<&Catch> {
        match &self.task_of(scope)?.kind {
            TaskKind::Try { catch, .. } => Some(catch),
            _ => None,
        }
    }
}
