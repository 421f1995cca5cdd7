//! Timers: set, cleared, and what happens when they have fired.

use segue_model::Timestamp;
use segue_model::problem::Kind;

use super::{Again, Machine, Work};
use crate::data::Fault;
use crate::state::{Doing, Due, ScopeId, TimerId};

impl Machine<'_> {
    /// Sets a timer. Whoever sets it notes it in the state, where it is found after a restart.
    pub(super) fn set_timer(&mut self, at: Timestamp, due: Due) -> TimerId {
        let Some(root) = self.root_mut() else {
            return TimerId(0);
        };
        let timer = TimerId(root.next_timer);
        root.next_timer += 1;
        self.run.index.timers.insert(timer, due);
        self.run.dirty.timers.insert(timer, Some(at));
        timer
    }

    pub(super) fn clear_timer(&mut self, timer: Option<TimerId>) {
        let Some(timer) = timer else { return };
        if self.run.index.timers.remove(&timer).is_some() {
            self.run.dirty.timers.insert(timer, None);
        }
    }

    /// A timer has fired: it counts where the state still has it. While the run was suspended
    /// or waited for the time, the task may have gone on without it.
    pub(super) fn due(&mut self, timer: TimerId, due: Due) {
        let set = match due {
            Due::Workflow => self.run.root.as_ref().and_then(|root| root.timeout) == Some(timer),
            Due::Task { scope }
            | Due::Wait { scope }
            | Due::Backoff { scope }
            | Due::Attempt { scope }
            | Due::Deadline { scope }
            | Due::Moment { scope } => self
                .scope(scope)
                .is_some_and(|state| state.timers(scope).contains(&(timer, due))),
        };
        if !set {
            return;
        }
        match due {
            Due::Workflow => {
                let fault = Fault::new(Kind::Timeout, "the workflow took longer than its timeout");
                self.fault_workflow(fault.problem);
            }
            Due::Task { scope } => {
                let what = "the task took longer than its timeout";
                self.fail(scope, Fault::new(Kind::Timeout, what));
            }
            Due::Wait { scope } => self.waited(scope),
            Due::Backoff { scope } => self.push(Work::Try { scope }),
            Due::Attempt { scope } => self.try_timed_out(scope),
            Due::Deadline { scope } => {
                let what = "nobody has answered before the deadline";
                self.fail(scope, Fault::new(Kind::Timeout, what));
            }
            Due::Moment { scope } => self.moment(scope),
        }
    }

    /// A `wait` is over: its output is its input.
    fn waited(&mut self, scope: ScopeId) {
        let output = self.change_active(scope, |active| {
            active.doing = Doing::Entered;
            active.input.clone()
        });
        if let Some(output) = output {
            self.returns(scope, output);
        }
    }

    /// One try took longer than `retry.limit.attempt.duration`; the `try` may catch that.
    fn try_timed_out(&mut self, scope: ScopeId) {
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
