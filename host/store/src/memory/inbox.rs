//! The inbox in memory: accepted events, who listens, and what was consumed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use segue_model::{RunId, Timestamp};

use crate::commit::ListenerChange;
use crate::events::{Accepted, InboxEvent, InboxQuery, NewEvent};

/// Everything that concerns events.
#[derive(Default)]
pub(super) struct Inbox {
    /// The number that was given out last.
    last: u64,
    events: BTreeMap<u64, Event>,
    /// The number of each event by its source and id.
    known: HashMap<(String, String), u64>,
    listeners: BTreeMap<RunId, BTreeMap<u64, Listener>>,
    /// The journal entry that consumed an event first, by event and run.
    consumed: BTreeMap<(u64, RunId), u64>,
}

struct Event {
    source: String,
    id: String,
    kind: String,
    accepted_at: Timestamp,
    body: Arc<str>,
}

struct Listener {
    types: Option<Vec<String>>,
    since: u64,
}

impl Inbox {
    /// The number that was given out last; 0 before the first.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn accept(&mut self, event: NewEvent, now: Timestamp) -> Accepted {
        let key = (event.source, event.id);
        if let Some(number) = self.known.get(&key) {
            return Accepted {
                number: *number,
                duplicate: true,
            };
        }
        self.last += 1;
        let number = self.last;
        let (source, id) = key.clone();
        self.known.insert(key, number);
        let event = Event {
            source,
            id,
            kind: event.kind,
            accepted_at: now,
            body: event.body,
        };
        self.events.insert(number, event);
        Accepted {
            number,
            duplicate: false,
        }
    }

    /// Notes that a run consumed an event, unless the event is gone.
    pub(super) fn consume(&mut self, run: &RunId, number: u64, entry: u64) {
        if self.events.contains_key(&number) {
            let first = self.consumed.entry((number, run.clone())).or_insert(entry);
            *first = entry.min(*first);
        }
    }

    pub(super) fn change_listener(&mut self, run: &RunId, change: ListenerChange) {
        match change {
            ListenerChange::Set {
                listen,
                types,
                since,
            } => {
                let own = self.listeners.entry(run.clone()).or_default();
                own.insert(listen, Listener { types, since });
            }
            ListenerChange::Clear { listen } => {
                if let Some(own) = self.listeners.get_mut(run) {
                    own.remove(&listen);
                    if own.is_empty() {
                        self.listeners.remove(run);
                    }
                }
            }
        }
    }

    /// Removes what is a run's own.
    pub(super) fn forget(&mut self, run: &RunId) {
        self.listeners.remove(run);
        self.consumed.retain(|(_, consumer), _| consumer != run);
    }

    pub(super) fn query(&self, query: &InboxQuery) -> Vec<InboxEvent> {
        let wanted = self.after(query.after, query.types.as_deref());
        wanted.take(query.limit).collect()
    }

    /// Events for a listener of a run that is offered events after number `from`.
    pub(super) fn offers(
        &self,
        run: &RunId,
        from: u64,
        listen: u64,
        after: u64,
        limit: usize,
    ) -> Vec<InboxEvent> {
        let listener = self.listeners.get(run).and_then(|own| own.get(&listen));
        let Some(listener) = listener else {
            return Vec::new();
        };
        let consumed = |event: &InboxEvent| {
            let entry = self.consumed.get(&(event.number, run.clone()));
            entry.is_some_and(|entry| *entry <= listener.since)
        };
        self.after(after.max(from), listener.types.as_deref())
            .filter(|event| !consumed(event))
            .take(limit)
            .collect()
    }

    /// Runs of whose listeners one may want an event of type `kind`.
    pub(super) fn listeners(&self, kind: &str) -> BTreeSet<&RunId> {
        let wants = |listener: &Listener| match &listener.types {
            Some(types) => types.iter().any(|wish| wish == kind),
            None => true,
        };
        let all = self.listeners.iter();
        let wanting = all.filter(|(_, own)| own.values().any(wants));
        wanting.map(|(run, _)| run).collect()
    }

    pub(super) fn listening(&self) -> BTreeSet<&RunId> {
        self.listeners.keys().collect()
    }

    pub(super) fn expire(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self.events.iter().filter(|(_, e)| e.accepted_at < before);
        let mut old: Vec<_> = old.map(|(number, e)| (e.accepted_at, *number)).collect();
        old.sort_unstable();
        old.truncate(limit);
        for (_, number) in &old {
            if let Some(event) = self.events.remove(number) {
                self.known.remove(&(event.source, event.id));
            }
        }
        let events = &self.events;
        self.consumed
            .retain(|(number, _), _| events.contains_key(number));
        old.len()
    }

    fn after(&self, after: u64, types: Option<&[String]>) -> impl Iterator<Item = InboxEvent> {
        let later = self.events.range(after.saturating_add(1)..);
        later
            .filter(move |(_, event)| types.is_none_or(|types| types.contains(&event.kind)))
            .map(|(number, event)| InboxEvent {
                number: *number,
                accepted_at: event.accepted_at,
                body: Arc::clone(&event.body),
            })
    }
}
