//! What has changed of a run since it was last asked, and what its store has.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use segue_model::payload::Payloads;
use segue_model::{Digest, Payload, Timestamp};

use crate::rows::{
    Changes, ChildChange, ListenerChange, ROOT_KEY, ROW_VERSION, RowRef, TimerChange,
};
use crate::run::Run;
use crate::state::{ChildId, ListenId, PartKey, ScopeId, TimerId};

/// What [`Run::take_changes`] has to give.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    pub(crate) root: bool,
    pub(crate) changed: BTreeSet<Place>,
    pub(crate) removed: BTreeSet<u32>,
    pub(crate) timers: BTreeMap<TimerId, Option<Timestamp>>,
    pub(crate) listeners: BTreeMap<ListenId, Option<Subscription>>,
    pub(crate) consumed: Vec<u64>,
    pub(crate) emitted: Vec<Payload>,
    children: Vec<ChildChange>,
    /// Rows that the store has.
    pub(crate) stored: BTreeSet<u32>,
    /// Large payloads that the store has.
    known: HashSet<Digest>,
}

/// What stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Scope(ScopeId),
    Part(PartKey),
    Held(u32),
}

/// What the store is to offer to a listener.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) types: Option<Vec<String>>,
    pub(crate) since: u64,
}

impl Dirty {
    /// A row is gone.
    pub(crate) fn remove(&mut self, place: Place, row: u32) {
        self.changed.remove(&place);
        self.removed.insert(row);
    }

    pub(crate) fn child(&mut self, change: ChildChange) {
        self.children.push(change);
    }

    /// Whether a child was asked for and nobody has heard of it yet; it is forgotten then.
    pub(crate) fn retract(&mut self, child: ChildId) -> bool {
        let before = self.children.len();
        let asked =
            |change: &ChildChange| matches!(change, ChildChange::Start(s) if s.child == child);
        self.children.retain(|change| !asked(change));
        self.children.len() < before
    }
}

impl Run {
    /// Takes what changed since the last call.
    pub fn take_changes(&mut self) -> Changes {
        let mut changes = Changes::default();
        let dirty = &mut self.dirty;
        if std::mem::take(&mut dirty.root)
            && let Some(root) = &mut self.root
        {
            collect(root, &mut dirty.known, &mut changes.payloads);
            push_row(&mut changes, ROOT_KEY, root);
        }
        for place in std::mem::take(&mut self.dirty.changed) {
            self.put(place, &mut changes);
        }
        let dirty = &mut self.dirty;
        let removed = std::mem::take(&mut dirty.removed).into_iter();
        changes.delete = removed.filter(|row| dirty.stored.remove(row)).collect();
        let timers = std::mem::take(&mut dirty.timers).into_iter();
        changes.timers = timers.map(timer_change).collect();
        let listeners = std::mem::take(&mut dirty.listeners).into_iter();
        changes.listeners = listeners.map(listener_change).collect();
        changes.consumed = std::mem::take(&mut dirty.consumed);
        changes.emitted = std::mem::take(&mut dirty.emitted);
        changes.children = std::mem::take(&mut dirty.children);
        changes
    }

    fn put(&mut self, place: Place, changes: &mut Changes) {
        let (key, mut row) = match place {
            Place::Scope(id) => match self.scopes.get_mut(&id) {
                Some(scope) => (id.0, RowRef::Scope(scope)),
                None => return,
            },
            Place::Part(key) => match (self.index.parts.get(&key), self.parts.get_mut(&key)) {
                (Some(row), Some(part)) => (*row, RowRef::Part(part)),
                _ => return,
            },
            Place::Held(key) => match self.held.get_mut(&key) {
                Some(work) => (key, RowRef::Held(work)),
                None => return,
            },
        };
        collect(&mut row, &mut self.dirty.known, &mut changes.payloads);
        push_row(changes, key, &row);
        self.dirty.stored.insert(key);
    }

    /// The large payloads of an entry that no earlier changes held.
    pub fn entry_payloads(&mut self, entry: &mut crate::input::Entry) -> Vec<(Digest, Arc<str>)> {
        let mut payloads = Vec::new();
        collect(entry, &mut self.dirty.known, &mut payloads);
        payloads
    }
}

fn timer_change((timer, at): (TimerId, Option<Timestamp>)) -> TimerChange {
    match at {
        Some(at) => TimerChange::Set { timer, at },
        None => TimerChange::Clear { timer },
    }
}

fn listener_change((listen, to): (ListenId, Option<Subscription>)) -> ListenerChange {
    match to {
        Some(Subscription { types, since }) => ListenerChange::Set {
            listen,
            types,
            since,
        },
        None => ListenerChange::Clear { listen },
    }
}

fn push_row(changes: &mut Changes, key: u32, row: &impl serde::Serialize) {
    // Rows are plain data with text keys: serialising them cannot fail.
    if let Ok(text) = serde_json::to_string(row) {
        changes.put.push((key, ROW_VERSION, text));
    }
}

fn collect(
    holder: &mut impl Payloads,
    known: &mut HashSet<Digest>,
    out: &mut Vec<(Digest, Arc<str>)>,
) {
    holder.visit_payloads(&mut |payload| {
        if payload.is_large() && !payload.is_missing() && known.insert(payload.digest()) {
            out.push((payload.digest(), Arc::from(payload.text())));
        }
    });
}
