//! Where things of a run are, by their ids: made from the rows, so that no input looks through
//! all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ActivityId, CallbackId, ChildId, Doing, Due, ListenId, PartKey, PartState, Scope, ScopeId,
    TimerId,
};

/// Where things are.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Index {
    /// Attempts in flight.
    pub(crate) activities: BTreeMap<ActivityId, ScopeId>,
    pub(crate) listens: BTreeMap<ListenId, ScopeId>,
    pub(crate) children: BTreeMap<ChildId, Whose>,
    pub(crate) callbacks: BTreeMap<CallbackId, ScopeId>,
    /// Timers that are set and have not fired.
    pub(crate) timers: BTreeMap<TimerId, Due>,
    /// The rows of parts.
    pub(crate) parts: BTreeMap<PartKey, u32>,
    /// Scopes by the scope whose active task owns them.
    below: BTreeMap<ScopeId, BTreeSet<ScopeId>>,
}

/// Whose child a child run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Of the task that is active in this scope.
    Task(ScopeId),
    /// Of an item of a `map`.
    Item(PartKey),
}

impl Index {
    /// Adds what the scope's active task is waiting for; its timers are told apart.
    pub(crate) fn add(&mut self, id: ScopeId, scope: &Scope) {
        let Some(active) = &scope.active else { return };
        match &active.doing {
            Doing::Calling(call) => {
                self.activities.insert(call.activity, id);
            }
            Doing::Listening(it) => {
                self.listens.insert(it.listen, id);
            }
            Doing::Awaiting(it) => {
                self.callbacks.insert(it.callback, id);
            }
            Doing::Running(it) => {
                self.children.insert(it.child, Whose::Task(id));
            }
            Doing::Scheduling(it) => {
                if let Some(child) = it.running {
                    self.children.insert(child, Whose::Task(id));
                }
                if let Some(it) = &it.listening {
                    self.listens.insert(it.listen, id);
                }
            }
            _ => {}
        }
    }

    /// Removes what [`Index::add`] has added.
    pub(crate) fn remove(&mut self, scope: &Scope) {
        let Some(active) = &scope.active else { return };
        match &active.doing {
            Doing::Calling(call) => {
                self.activities.remove(&call.activity);
            }
            Doing::Listening(it) => {
                self.listens.remove(&it.listen);
            }
            Doing::Awaiting(it) => {
                self.callbacks.remove(&it.callback);
            }
            Doing::Running(it) => {
                self.children.remove(&it.child);
            }
            Doing::Scheduling(it) => {
                if let Some(child) = it.running {
                    self.children.remove(&child);
                }
                if let Some(it) = &it.listening {
                    self.listens.remove(&it.listen);
                }
            }
            _ => {}
        }
    }

    /// Adds a part, whose row has this key.
    pub(crate) fn add_part(&mut self, key: PartKey, row: u32, state: &PartState) {
        self.parts.insert(key, row);
        if let PartState::Child(child) = state {
            self.children.insert(*child, Whose::Item(key));
        }
    }

    /// Removes a part; gives the key of its row.
    pub(crate) fn remove_part(&mut self, key: PartKey, state: &PartState) -> Option<u32> {
        if let PartState::Child(child) = state {
            self.children.remove(child);
        }
        self.parts.remove(&key)
    }

    pub(crate) fn opened(&mut self, id: ScopeId, parent: Option<ScopeId>) {
        if let Some(parent) = parent {
            self.below.entry(parent).or_default().insert(id);
        }
    }

    pub(crate) fn closed(&mut self, id: ScopeId, parent: Option<ScopeId>) {
        let Some(parent) = parent else { return };
        if let Some(all) = self.below.get_mut(&parent) {
            all.remove(&id);
            if all.is_empty() {
                self.below.remove(&parent);
            }
        }
    }

    /// All scopes below this one, those that enclose before those that are enclosed.
    pub(crate) fn all_below(&self, id: ScopeId) -> Vec<ScopeId> {
        let of = |id| self.below.get(&id).into_iter().flatten().copied();
        let mut found: Vec<ScopeId> = of(id).collect();
        let mut at = 0;
        while let Some(next) = found.get(at).copied() {
            found.extend(of(next));
            at += 1;
        }
        found
    }
}
