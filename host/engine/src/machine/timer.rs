//! Timers: set, cleared, and what happens when the time of a task is up.

use segue_model::Timestamp;
use segue_model::problem::Kind;

use super::{Again, Machine, Work};
use crate::data::Fault;
use crate::state::{Doing, Due, ScopeId, TimerId};

impl Machine<'_> {
    pub(super) fn set_timer(&mut self, at: Timestamp, due: Due) -> TimerId {
        let Some(root) = self.root_mut() else {
            return TimerId(0);
        };
        let timer = TimerId(root.next_timer);
        root.next_timer += 1;
        root.timers.insert(timer, due);
        self.run.dirty.timers.insert(timer, Some(at));
        timer
    }

    pub(super) fn clear_timer(&mut self, timer: Option<TimerId>) {
        let Some(timer) = timer else { return };
        let was_set = self
            .root_mut()
            .is_some_and(|root| root.timers.remove(&timer).is_some());
        if was_set {
            self.run.dirty.timers.insert(timer, None);
        }
    }

    /// A `wait` is over: its output is its input.
    pub(super) fn waited(&mut self, scope: ScopeId) {
        let Some(active) = self.active(scope) else {
            return;
        };
        let output = active.input.clone();
        self.push(Work::Return {
            scope,
            output,
            then: None,
        });
    }

    /// The task took longer than its `timeout`. It does not catch that itself.
    pub(super) fn task_timed_out(&mut self, scope: ScopeId) {
        if let Some(active) = self.active_mut(scope) {
            active.timeout = None;
        }
        self.fail(
            scope,
            Fault::new(Kind::Timeout, "the task took longer than its timeout"),
        );
    }

    /// One try took longer than `retry.limit.attempt.duration`; the `try` may catch that.
    pub(super) fn try_timed_out(&mut self, scope: ScopeId) {
        let doing = self.active(scope).map(|active| &active.doing);
        if !matches!(doing, Some(Doing::Trying { .. })) {
            return;
        }
        self.stop_below(scope);
        let problem = Fault::new(Kind::Timeout, "the try took longer than an attempt may").problem;
        let problem = problem.at(self.pointer_of(scope));
        self.push(Work::Caught {
            scope,
            problem,
            retry: Again::AfterMs(0),
        });
    }
}
