//! Extensions around a task: what they have before it and after it. Their blocks get the
//! task's raw input, and what they return is dropped.

use segue_model::Payload;
use segue_model::ir::{Around, BlockId};

use super::scope::Child;
use super::{Machine, Work};
use crate::data::Evaluated;
use crate::state::{Doing, ScopeId};

impl Machine<'_> {
    /// Goes into the extension at position `at`, or on to the task where there is none.
    pub(super) fn before(&mut self, scope: ScopeId, at: u32) {
        let Some(task) = self.task_of(scope) else {
            return;
        };
        let Some(around) = task.around.get(at as usize) else {
            return self.push(Work::Begin { scope });
        };
        let applies = self.applies(scope, around);
        match self.or_fail(scope, applies) {
            None => return,
            Some(false) => return self.push(Work::Around { scope, at: at + 1 }),
            Some(true) => {}
        }
        self.change_active(scope, |active| active.around.push(at));
        match around.before {
            None => self.push(Work::Around { scope, at: at + 1 }),
            Some(block) => {
                let child = self.open_around(scope, block);
                self.set_doing(scope, Doing::Before { at });
                self.push(Work::Enter { scope: child });
            }
        }
    }

    fn applies(&self, scope: ScopeId, around: &Around) -> Evaluated<bool> {
        let (Some(task), Some(state), Some(when)) =
            (self.task_of(scope), self.scope(scope), around.when)
        else {
            return Ok(true);
        };
        let raw = &state.input;
        self.before_task(scope, task, raw)
            .condition(when, raw.value())
    }

    /// What is before has ended. `exit` skips the task, and whatever this extension encloses:
    /// its output is the task's.
    pub(super) fn before_left(&mut self, scope: ScopeId, at: u32, output: Payload, exited: bool) {
        self.change_active(scope, |active| {
            active.doing = Doing::Entered;
            if exited {
                active.around.retain(|entered| *entered < at);
            }
        });
        match exited {
            true => self.returns(scope, output),
            false => self.push(Work::Around { scope, at: at + 1 }),
        }
    }

    /// Opens what the innermost extension that is left has after the task.
    pub(super) fn after(&mut self, scope: ScopeId) -> Option<ScopeId> {
        loop {
            let at = self.change_active(scope, |active| active.around.pop())??;
            let around = self.task_of(scope)?.around.get(at as usize)?;
            if let Some(block) = around.after {
                return Some(self.open_around(scope, block));
            }
        }
    }

    fn open_around(&mut self, scope: ScopeId, block: BlockId) -> ScopeId {
        let raw = self.scope(scope).map(|state| state.input.clone());
        let input = raw.unwrap_or_else(Payload::null);
        self.open_child(scope, Child::new(block, input))
    }
}
