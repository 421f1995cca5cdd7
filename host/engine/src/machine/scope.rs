//! Scopes are opened and closed here, and nowhere else.

use segue_model::Payload;
use segue_model::ir::BlockId;

use super::Machine;
use crate::dirty::Place;
use crate::effect::{Effect, EndKind, Note};
use crate::rows::ChildChange;
use crate::state::{ChildId, Doing, Scope, ScopeId, TimerId};

/// What a child scope gets from the task that opens it.
pub(super) struct Child {
    pub(super) block: BlockId,
    pub(super) input: Payload,
    pub(super) bindings: Vec<(String, Payload)>,
    /// The index of a loop's iteration, or of a branch.
    pub(super) index: Option<u32>,
    /// Visits carried over from the iteration before.
    pub(super) visits: std::collections::BTreeMap<u32, u32>,
    /// Attempt numbers that are used up.
    pub(super) attempts_before: u32,
    /// A `$context` of its own.
    pub(super) context: Option<Payload>,
    /// Whether it sees no variables of what encloses it.
    pub(super) function: bool,
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
            context: None,
            function: false,
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
        let id = ScopeId(self.next_row());
        let scope = Scope {
            parent,
            block: child.block,
            at: 0,
            input: child.input,
            bindings: child.bindings,
            lineage,
            visits: child.visits,
            attempts_before: child.attempts_before,
            index: child.index,
            context: child.context,
            function: child.function,
            active: None,
        };
        self.run.scopes.insert(id, scope);
        self.run.index.opened(id, parent);
        self.run.dirty.changed.insert(Place::Scope(id));
        id
    }

    /// Removes a scope that is done, or whose task has failed. What is below is gone already.
    pub(super) fn close(&mut self, id: ScopeId) -> Option<Scope> {
        let scope = self.run.scopes.remove(&id)?;
        self.run.index.remove(&scope);
        self.run.index.closed(id, scope.parent);
        self.run.dirty.remove(Place::Scope(id), id.0);
        Some(scope)
    }

    /// Stops whatever the active task of `id` is in the middle of, and all scopes below.
    pub(super) fn stop_below(&mut self, id: ScopeId) {
        for scope in self.run.index.all_below(id).into_iter().rev() {
            self.stop(scope);
        }
        self.release(id);
    }

    /// Closes a scope whose task is not wanted any more.
    pub(super) fn stop(&mut self, id: ScopeId) {
        let timeout = self.active(id).map(|active| active.timeout);
        if let Some(timeout) = timeout {
            self.clear_timer(timeout);
            self.release(id);
            self.note(Note::TaskEnded {
                task: self.pointer_of(id),
                end: EndKind::Cancelled,
                problem: None,
            });
        }
        self.close(id);
    }

    /// Lets go of what the active task of a scope holds outside of its own row: an attempt,
    /// timers, a listener, children, parts.
    fn release(&mut self, id: ScopeId) {
        let doing = self.change_active(id, |active| match &mut active.doing {
            // A `try` that is stopped may go on.
            Doing::Trying { tries } => {
                let tries = tries.clone();
                Doing::Trying { tries }
            }
            other => std::mem::replace(other, Doing::Entered),
        });
        match doing {
            Some(Doing::Calling(calling)) => self.effects.push(Effect::Abandon {
                activity: calling.activity,
            }),
            Some(Doing::Waiting { timer } | Doing::Pausing { timer, .. }) => {
                self.clear_timer(Some(timer));
            }
            Some(Doing::Trying { tries }) => self.clear_tries_timer(id, tries.timer),
            Some(Doing::Awaiting(awaiting)) => self.clear_timer(awaiting.timer),
            Some(Doing::Listening(listening)) => self.unlisten(listening.listen),
            Some(Doing::Running(running)) if running.wait => self.cancel_child(running.child),
            Some(Doing::Scheduling(scheduling)) => {
                // Its runs are nobody's children: they go on.
                self.clear_timer(scheduling.timer);
                if let Some(listening) = scheduling.listening {
                    self.unlisten(listening.listen);
                }
            }
            Some(Doing::Forking(_) | Doing::Mapping(_)) => {}
            _ => return,
        }
        self.drop_parts(id);
    }

    /// The time of a try no longer counts.
    pub(super) fn clear_tries_timer(&mut self, id: ScopeId, timer: Option<TimerId>) {
        self.clear_timer(timer);
        self.change_active(id, |active| {
            if let Doing::Trying { tries } = &mut active.doing {
                tries.timer = None;
            }
        });
    }

    pub(super) fn cancel_child(&mut self, child: ChildId) {
        if !self.run.dirty.retract(child) {
            let key = self.child_key(child);
            self.run.dirty.child(ChildChange::Cancel { child, key });
        }
    }

    /// An attempt number was used below: every enclosing `try` goes on from there.
    pub(super) fn count_attempt(&mut self, scope: ScopeId, number: u32) {
        let mut next = self.scope(scope).and_then(|s| s.parent);
        while let Some(id) = next {
            let used = self.active(id).and_then(|active| match &active.doing {
                Doing::Trying { tries } => Some(tries.attempts),
                _ => None,
            });
            if used.is_some_and(|used| used < number) {
                self.change_active(id, |active| {
                    if let Doing::Trying { tries } = &mut active.doing {
                        tries.attempts = number;
                    }
                });
            }
            next = self.scope(id).and_then(|s| s.parent);
        }
    }
}
