//! `fork`: branches side by side. Each is a scope with a `$context` of its own; what it returns
//! becomes a part, so that the end of one branch writes no more whether there are two of them
//! or ten thousand.

use segue_model::ir::{Branch, TaskKind};
use segue_model::{Payload, Problem};

use super::part::{add_bytes, done};
use super::scope::Child;
use super::{Again, Machine, Work};
use crate::state::{Doing, Forking, PartState, ScopeId};

impl<'a> Machine<'a> {
    pub(super) fn fork(&mut self, scope: ScopeId, branches: &[Branch]) {
        if branches.is_empty() {
            return self.returns(scope, Payload::new(serde_json::json!([])));
        }
        let number = self.run.root.as_ref().map_or(0, |root| root.entered);
        let forking = Forking {
            number,
            opened: 0,
            ended: 0,
            bytes: 0,
        };
        self.set_doing(scope, Doing::Forking(forking));
        self.push(Work::Branch { scope, number });
    }

    /// Opens the next branch; the one after it comes when this one has nothing to do but to
    /// wait.
    pub(super) fn open_branch(&mut self, scope: ScopeId, number: u64) {
        let Some((forking, branches, _)) = self.forking(scope) else {
            return;
        };
        let index = forking.opened;
        let Some(branch) = branches
            .get(index as usize)
            .filter(|_| forking.number == number)
        else {
            return;
        };
        let (Some(active), context) = (self.active(scope), self.run.context(Some(scope)).cloned())
        else {
            return;
        };
        let child = Child {
            index: Some(index),
            context,
            ..Child::new(branch.body, active.input.clone())
        };
        self.change_forking(scope, |forking| forking.opened += 1);
        let child = self.open_child(scope, child);
        self.opened += 1;
        self.push(Work::Branch { scope, number });
        self.push(Work::Enter { scope: child });
    }

    /// A branch has its output: the last one ends the `fork`, and so does the first one of
    /// those that compete.
    pub(super) fn branch_left(&mut self, scope: ScopeId, index: u32, output: Payload) {
        let Some((forking, branches, compete)) = self.forking(scope) else {
            return;
        };
        if compete {
            self.stop_below(scope);
            return self.returns(scope, output);
        }
        let bytes = add_bytes(forking.bytes, &output, "the outputs of the branches");
        let Some(bytes) = self.or_fail(scope, bytes) else {
            return;
        };
        self.set_part((scope, index), PartState::Done(output));
        self.change_forking(scope, |forking| {
            forking.ended += 1;
            forking.bytes = bytes;
        });
        if forking.ended as usize + 1 == branches.len() {
            let output = self.gather(scope, done);
            self.returns(scope, output);
        }
    }

    /// A branch has failed: so has the `fork`, unless others still compete. When all of them
    /// have failed, the error is that of the first one declared.
    pub(super) fn branch_failed(
        &mut self,
        scope: ScopeId,
        index: u32,
        problem: Problem,
        retry: Again,
    ) {
        let Some((forking, branches, compete)) = self.forking(scope) else {
            return;
        };
        let all = forking.ended as usize + 1 == branches.len();
        if !compete || (all && index == 0) {
            return self.push(Work::Fail {
                scope,
                problem,
                retry,
            });
        }
        if all {
            let first = self.run.parts.get(&(scope, 0)).map(|part| &part.state);
            let problem = match first {
                Some(PartState::Failed(first)) => (**first).clone(),
                _ => problem,
            };
            return self.push(Work::Fail {
                scope,
                problem,
                retry,
            });
        }
        if index == 0 {
            self.set_part((scope, 0), PartState::Failed(Box::new(problem)));
        }
        self.change_forking(scope, |forking| forking.ended += 1);
    }

    fn forking(&self, scope: ScopeId) -> Option<(Forking, &'a [Branch], bool)> {
        let Doing::Forking(forking) = &self.active(scope)?.doing else {
            return None;
        };
        match &self.task_of(scope)?.kind {
            TaskKind::Fork { branches, compete } => {
                Some((forking.clone(), branches.as_slice(), *compete))
            }
            _ => None,
        }
    }

    fn change_forking(&mut self, scope: ScopeId, change: impl FnOnce(&mut Forking)) {
        self.change_active(scope, |active| {
            if let Doing::Forking(forking) = &mut active.doing {
                change(forking);
            }
        });
    }
}
