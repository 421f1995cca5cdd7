//! Random operations on events, the outbox and secrets.
//!
//! Stores may number as they like: operations name events and items by their place among
//! those that are there, and answers show their texts.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use segue_model::Timestamp;

use super::RUNS;
use crate::conformance::fixtures::{event, run_id};
use crate::{InboxEvent, InboxQuery, ListenerChange, NewEvent, RunCommit, Store};

/// Listeners of a run.
const LISTENERS: u64 = 3;
const TYPES: [&str; 3] = ["a", "b", ""];
const SOURCES: usize = 2;
const IDS: usize = 4;
const SECRETS: [&str; 2] = ["x", "y"];

/// More than there ever are.
const ALL: usize = 10_000;

#[derive(Clone, Debug)]
pub(super) enum Outside {
    Accept(Vec<Event>),
    Inbox(Types, usize, usize),
    Offers(u64, u64, usize, usize),
    Listeners(usize, Option<u64>, usize),
    Listening(Option<u64>, usize),
    Expire(u64, usize),
    Outbox(usize, usize),
    Done(Vec<usize>),
    PutSecret(usize, u8),
    DeleteSecret(usize),
}

/// An event; few of them differ in source and id.
#[derive(Clone, Debug)]
pub(super) struct Event {
    source: usize,
    id: usize,
    kind: usize,
    salt: u8,
}

type Types = Option<Vec<usize>>;

/// What a commit says to the world outside of its run.
#[derive(Clone, Debug)]
pub(super) struct Said {
    listeners: Vec<(u64, Option<(Types, u64)>)>,
    /// Places in the inbox, and entries.
    consumed: Vec<(usize, u64)>,
    emitted: Vec<Event>,
    outbox: Vec<u8>,
}

/// The numbers of what is in the inbox and in the outbox of one store.
pub(super) struct Places {
    events: Vec<u64>,
    items: Vec<u64>,
}

pub(super) fn operation() -> impl Strategy<Value = Outside> {
    let run = || option::of(0..RUNS);
    prop_oneof![
        3 => vec(any_event(), 0..4).prop_map(Outside::Accept),
        1 => (types(), 0..9usize, 0..6usize).prop_map(|(t, a, l)| Outside::Inbox(t, a, l)),
        3 => (0..RUNS, 0..LISTENERS, 0..9usize, 0..6usize)
            .prop_map(|(r, n, a, l)| Outside::Offers(r, n, a, l)),
        2 => (0..TYPES.len(), run(), 0..5usize)
            .prop_map(|(kind, after, limit)| Outside::Listeners(kind, after, limit)),
        1 => (run(), 0..5usize).prop_map(|(after, limit)| Outside::Listening(after, limit)),
        1 => (0..90u64, 0..5usize).prop_map(|(age, limit)| Outside::Expire(age, limit)),
        1 => (0..9usize, 0..6usize).prop_map(|(after, limit)| Outside::Outbox(after, limit)),
        2 => vec(0..6usize, 0..5).prop_map(Outside::Done),
        1 => (0..SECRETS.len(), any::<u8>()).prop_map(|(n, byte)| Outside::PutSecret(n, byte)),
        1 => (0..SECRETS.len()).prop_map(Outside::DeleteSecret),
    ]
}

pub(super) fn said() -> impl Strategy<Value = Said> {
    let listener = option::weighted(0.8, (types(), 0..8u64));
    let listeners = vec((0..LISTENERS, listener), 0..3);
    let consumed = vec((0..9usize, 0..8u64), 0..3);
    let parts = (
        listeners,
        consumed,
        vec(any_event(), 0..2),
        vec(any::<u8>(), 0..2),
    );
    parts.prop_map(|(listeners, consumed, emitted, outbox)| Said {
        listeners,
        consumed,
        emitted,
        outbox,
    })
}

fn any_event() -> impl Strategy<Value = Event> {
    (0..SOURCES, 0..IDS, 0..TYPES.len(), any::<u8>()).prop_map(|(source, id, kind, salt)| Event {
        source,
        id,
        kind,
        salt,
    })
}

fn types() -> impl Strategy<Value = Types> {
    option::weighted(0.7, vec(0..TYPES.len(), 0..3))
}

impl Places {
    pub(super) async fn of(store: &impl Store) -> Self {
        let items = store.outbox(0, ALL).await.unwrap();
        Places {
            events: inbox(store)
                .await
                .iter()
                .map(|event| event.number)
                .collect(),
            items: items.iter().map(|item| item.number).collect(),
        }
    }
}

/// The number at a place, counted from 1; 0 is before all, and what is beyond is last.
fn number(numbers: &[u64], place: usize) -> u64 {
    let Some(index) = place.checked_sub(1) else {
        return 0;
    };
    numbers.get(index).copied().unwrap_or(u64::MAX)
}

impl Event {
    fn new_event(&self) -> NewEvent {
        let (source, id) = (self.source.to_string(), self.id.to_string());
        NewEvent {
            body: format!("{source} {id} {} {}", self.kind, self.salt).into(),
            ..event(&source, &id, TYPES[self.kind])
        }
    }
}

impl Said {
    pub(super) fn say(&self, places: &Places, commit: RunCommit) -> RunCommit {
        let listeners = self.listeners.iter().map(|(listen, set)| match set {
            Some((types, since)) => ListenerChange::Set {
                listen: *listen,
                types: texts(types),
                since: *since,
            },
            None => ListenerChange::Clear { listen: *listen },
        });
        let consumed = self.consumed.iter();
        RunCommit {
            listeners: listeners.collect(),
            consumed: consumed
                .map(|(place, entry)| (number(&places.events, *place), *entry))
                .collect(),
            emitted: self.emitted.iter().map(Event::new_event).collect(),
            outbox: self.outbox.iter().map(|n| n.to_string().into()).collect(),
            ..commit
        }
    }
}

fn texts(types: &Types) -> Option<Vec<String>> {
    let types = types.as_ref()?;
    Some(types.iter().map(|kind| TYPES[*kind].to_owned()).collect())
}

/// Does an operation; the answer as text.
pub(super) async fn perform(store: &impl Store, operation: &Outside) -> String {
    let places = Places::of(store).await;
    match operation {
        Outside::Accept(events) => accept(store, events).await,
        Outside::Inbox(types, after, limit) => {
            let query = InboxQuery {
                after: number(&places.events, *after),
                types: texts(types),
                limit: *limit,
            };
            show(store.inbox(&query).await.unwrap())
        }
        Outside::Offers(run, listen, after, limit) => {
            let after = number(&places.events, *after);
            let found = store.offers(&run_id(*run), *listen, after, *limit).await;
            show(found.unwrap())
        }
        Outside::Listeners(kind, after, limit) => {
            let after = after.map(run_id);
            let found = store.listeners(TYPES[*kind], after.as_ref(), *limit).await;
            format!("{:?}", found.unwrap())
        }
        Outside::Listening(after, limit) => {
            let after = after.map(run_id);
            format!(
                "{:?}",
                store.listening(after.as_ref(), *limit).await.unwrap()
            )
        }
        Outside::Expire(age, limit) => {
            let before = Timestamp(store.now().0.saturating_sub(*age));
            format!("{}", store.expire(before, *limit).await.unwrap())
        }
        Outside::Outbox(after, limit) => {
            let after = number(&places.items, *after);
            outbox(store, after, *limit).await
        }
        Outside::Done(items) => {
            let items = items.iter().map(|place| number(&places.items, *place));
            let items: Vec<u64> = items.collect();
            store.done(&items).await.unwrap();
            String::new()
        }
        Outside::PutSecret(name, byte) => {
            let sealed = vec![*byte; 3];
            store.put_secret(SECRETS[*name], sealed).await.unwrap();
            String::new()
        }
        Outside::DeleteSecret(name) => {
            format!("{}", store.delete_secret(SECRETS[*name]).await.unwrap())
        }
    }
}

/// What became of each event, and what is in the inbox under its number.
async fn accept(store: &impl Store, events: &[Event]) -> String {
    let events = events.iter().map(Event::new_event).collect();
    let accepted = store.accept(events).await.unwrap();
    let inbox = inbox(store).await;
    let there = accepted.iter().map(|one| {
        let found = inbox.iter().find(|event| event.number == one.number);
        (one.duplicate, found.map(|event| Arc::clone(&event.body)))
    });
    format!("{:?}", there.collect::<Vec<_>>())
}

/// All that is offered to a run.
pub(super) async fn offers(store: &impl Store, run: u64) -> String {
    let mut offers = Vec::new();
    for listen in 0..LISTENERS {
        let found = store.offers(&run_id(run), listen, 0, ALL).await.unwrap();
        offers.push(show(found));
    }
    format!("{offers:?}")
}

/// All that is no run's own.
pub(super) async fn everything(store: &impl Store) -> String {
    let mut secrets = Vec::new();
    for record in store.secrets().await.unwrap() {
        let sealed = store.secret(&record.name).await.unwrap();
        secrets.push((record, sealed));
    }
    let inbox = show(inbox(store).await);
    let outbox = outbox(store, 0, ALL).await;
    let listening = store.listening(None, ALL).await.unwrap();
    format!("{inbox} {outbox} {listening:?} {secrets:?}")
}

async fn inbox(store: &impl Store) -> Vec<InboxEvent> {
    let query = InboxQuery {
        after: 0,
        types: None,
        limit: ALL,
    };
    store.inbox(&query).await.unwrap()
}

async fn outbox(store: &impl Store, after: u64, limit: usize) -> String {
    let items = store.outbox(after, limit).await.unwrap();
    let items = items.into_iter().map(|item| (item.run, item.body));
    format!("{:?}", items.collect::<Vec<_>>())
}

fn show(events: Vec<InboxEvent>) -> String {
    let events = events.into_iter().map(|one| (one.accepted_at, one.body));
    format!("{:?}", events.collect::<Vec<_>>())
}
