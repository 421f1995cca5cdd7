//! Scopes are opened and closed here, and nowhere else.

use segue_model::Payload;
use segue_model::ir::BlockId;

use super::Machine;
use crate::effect::Effect;
use crate::state::{Doing, Scope, ScopeId, Tries};

/// What a child scope gets from the task that opens it.
pub(super) struct Child {
    pub(super) block: BlockId,
    pub(super) input: Payload,
    pub(super) bindings: Vec<(String, Payload)>,
    /// The index of a loop's iteration.
    pub(super) index: Option<u32>,
    /// Visits carried over from the iteration before.
    pub(super) visits: std::collections::BTreeMap<u32, u32>,
    /// Attempt numbers that are used up.
    pub(super) attempts_before: u32,
}

impl Child {
    pub(super) fn new(block: BlockId, input: Payload) -> Child {
        Child {
            block,
            input,
            bindings: Vec::new(),
            index: None,
            visits: std::collections::BTreeMap::new(),
            attempts_before: 0,
        }
    }
}

impl Machine<'_> {
    pub(super) fn open_root_scope(&mut self, block: BlockId, input: Payload) -> ScopeId {
        self.open(None, String::new(), Child::new(block, input))
    }

    /// Opens a scope below the active task of `parent`.
    pub(super) fn open_child(&mut self, parent: ScopeId, child: Child) -> ScopeId {
        let lineage = self.scope(parent).map_or_else(String::new, |scope| {
            let visit = scope.active.as_ref().map_or(0, |active| active.visit);
            let index = child.index.map(|i| format!("[{i}]")).unwrap_or_default();
            format!("{}/{}.{visit}{index}", scope.lineage, scope.at)
        });
        let before = self.scope(parent).map_or(0, |scope| scope.attempts_before);
        let attempts_before = child.attempts_before.max(before);
        self.open(
            Some(parent),
            lineage,
            Child {
                attempts_before,
                ..child
            },
        )
    }

    fn open(&mut self, parent: Option<ScopeId>, lineage: String, child: Child) -> ScopeId {
        let Some(root) = self.root_mut() else {
            return ScopeId(0);
        };
        let id = ScopeId(root.next_scope);
        root.next_scope += 1;
        let scope = Scope {
            parent,
            block: child.block,
            at: 0,
            input: child.input,
            bindings: child.bindings,
            lineage,
            visits: child.visits,
            attempts_before: child.attempts_before,
            active: None,
        };
        self.run.scopes.insert(id, scope);
        self.run.dirty.changed.insert(id);
        id
    }

    /// Removes a scope that is done, or whose task has failed. Its children are gone already.
    pub(super) fn close(&mut self, id: ScopeId) -> Option<Scope> {
        let scope = self.run.scopes.remove(&id)?;
        self.run.dirty.changed.remove(&id);
        self.run.dirty.removed.insert(id);
        Some(scope)
    }

    /// Stops whatever the active task of `id` is in the middle of: attempts, timers and all
    /// scopes below.
    pub(super) fn stop_below(&mut self, id: ScopeId) {
        let mut pending = vec![id];
        while let Some(next) = pending.pop() {
            let Some(active) = self.active(next) else {
                self.close_below(next, id);
                continue;
            };
            let (timeout, doing) = (active.timeout, active.doing.clone());
            match doing {
                Doing::Calling(calling) => {
                    self.effects.push(Effect::Abandon {
                        activity: calling.activity,
                    });
                }
                Doing::Waiting { timer } | Doing::Pausing { timer, .. } => {
                    self.clear_timer(Some(timer));
                }
                Doing::Trying { child, tries } => {
                    self.clear_timer(tries.timer);
                    pending.push(child);
                }
                Doing::Block { child }
                | Doing::Looping { child, .. }
                | Doing::Catching { child } => {
                    pending.push(child);
                }
                Doing::Entered => {}
            }
            if next != id {
                self.clear_timer(timeout);
            }
            self.close_below(next, id);
        }
    }

    fn close_below(&mut self, scope: ScopeId, top: ScopeId) {
        if scope != top {
            self.close(scope);
        }
    }

    /// An attempt number was used below: every enclosing `try` goes on from there.
    pub(super) fn count_attempt(&mut self, scope: ScopeId, number: u32) {
        let mut next = self.scope(scope).and_then(|s| s.parent);
        while let Some(id) = next {
            let tries = self.active(id).and_then(|active| match &active.doing {
                Doing::Trying { tries, .. } => Some(tries.attempts),
                _ => None,
            });
            if tries.is_some_and(|used| used < number)
                && let Some(active) = self.active_mut(id)
                && let Doing::Trying { tries, .. } = &mut active.doing
            {
                *tries = Tries {
                    attempts: number,
                    ..tries.clone()
                };
            }
            next = self.scope(id).and_then(|s| s.parent);
        }
    }
}
