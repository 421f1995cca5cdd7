//! Events for the listeners of one run: what was looked at, and what comes next.
//!
//! The inbox is the queue: a listener that is busy with one event is offered the next one
//! when it is free again. Events that a listener did not want are passed over by a cursor,
//! which nobody needs for correctness: without it they are looked at once more.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use segue_engine::{Input, ListenId};
use segue_model::{Payload, RunId};
use segue_store::{InboxEvent, StoreError};

use super::actor::Actor;
use crate::options::{CURSORS_MAX, OFFERS_BATCH, STORE_RETRY_MS};
use crate::refusal::chain;

/// What one listener has seen.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Everything up to this number was looked at. At least what the listener took last.
    cursor: u64,
    /// Read, and not looked at yet.
    ready: VecDeque<InboxEvent>,
    /// When it was read last there was nothing more.
    dry: bool,
    /// The store has its row.
    stored: bool,
}

/// The listeners of one run.
#[derive(Default)]
pub(super) struct Listening(BTreeMap<ListenId, Seen>);

impl Listening {
    /// What was kept when the run left memory, and those listeners that the store has.
    pub(super) fn resume(cursors: BTreeMap<ListenId, u64>, stored: &[ListenId]) -> Listening {
        let mut listening = Listening::default();
        for listen in stored {
            let seen = listening.0.entry(*listen).or_default();
            seen.stored = true;
            seen.cursor = cursors.get(listen).copied().unwrap_or(0);
        }
        listening
    }

    /// There may be more than there was.
    pub(super) fn look(&mut self) {
        for seen in self.0.values_mut() {
            seen.dry = false;
        }
    }

    /// The store has this listener now.
    pub(super) fn stored(&mut self, listen: ListenId) {
        self.0.entry(listen).or_default().stored = true;
    }

    /// The listener is gone.
    pub(super) fn forget(&mut self, listen: ListenId) {
        self.0.remove(&listen);
    }

    /// The cursors, to be kept while the run is not in memory.
    fn cursors(&self) -> BTreeMap<ListenId, u64> {
        let cursors = self.0.iter().map(|(listen, seen)| (*listen, seen.cursor));
        cursors.filter(|(_, cursor)| *cursor > 0).collect()
    }
}

/// The cursors of runs that are not in memory. What is lost here costs time alone.
#[derive(Default)]
pub(crate) struct Cursors(Mutex<HashMap<RunId, BTreeMap<ListenId, u64>>>);

impl Cursors {
    fn put(&self, run: &RunId, cursors: BTreeMap<ListenId, u64>) {
        if cursors.is_empty() {
            return;
        }
        let mut kept = self.kept();
        if kept.len() >= CURSORS_MAX {
            kept.clear();
        }
        kept.insert(run.clone(), cursors);
    }

    /// Takes those of one run.
    pub(super) fn take(&self, run: &RunId) -> BTreeMap<ListenId, u64> {
        self.kept().remove(run).unwrap_or_default()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<RunId, BTreeMap<ListenId, u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actor {
    /// Feeds what the listeners want, as far as it can be known now; says whether anything
    /// happened.
    pub(super) async fn pull(&mut self) -> bool {
        if self.draining || self.clock_wanted {
            return false;
        }
        let mut happened = false;
        for listen in self.run.listening() {
            let seen = self.listening.0.entry(listen).or_default();
            if seen.dry && seen.ready.is_empty() {
                continue;
            }
            if !seen.stored {
                if !self.pending.is_empty() {
                    // The store offers nothing to a listener that it does not have.
                    self.pending.urgent = true;
                    return true;
                }
                seen.stored = true;
            }
            match self.pull_for(listen).await {
                Ok(fed) => happened |= fed,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "events cannot be read; trying again");
                    self.shared.pause(STORE_RETRY_MS).await;
                    return !self.shared.tasks.is_draining();
                }
            }
        }
        happened
    }

    /// Feeds one listener, until it is busy, gone, or there is nothing more.
    async fn pull_for(&mut self, listen: ListenId) -> Result<bool, StoreError> {
        let mut fed = false;
        while let Some(event) = self.offered(listen).await? {
            let number = event.number;
            let Ok(payload) = Payload::parse(&event.body) else {
                // What is accepted can be read; this was accepted by something else.
                tracing::warn!(number, "an event of the inbox cannot be read");
                continue;
            };
            if !self.run.wants(&self.plan, listen, payload.value()) {
                continue;
            }
            let input = Input::Event {
                listen,
                number,
                event: payload,
            };
            if !self.run.expects(&input) {
                // Not now: it is offered again when the run is told to look.
                self.put_back(listen, number);
                break;
            }
            self.feed(input, None);
            fed = true;
            if self.clock_wanted || !self.run.can_take(listen) {
                break;
            }
        }
        Ok(fed)
    }

    fn put_back(&mut self, listen: ListenId, number: u64) {
        let seen = self.listening.0.entry(listen).or_default();
        seen.cursor = number - 1;
        seen.ready.clear();
        seen.dry = true;
    }

    /// The next event that the listener has not looked at.
    async fn offered(&mut self, listen: ListenId) -> Result<Option<InboxEvent>, StoreError> {
        let seen = self.listening.0.entry(listen).or_default();
        // What it has taken is offered to a listener again: to others it may be new.
        seen.cursor = seen.cursor.max(self.run.heard(listen));
        if seen.ready.is_empty() && !seen.dry {
            let offers = self
                .shared
                .store()
                .offers(self.run.id(), listen.0, seen.cursor, OFFERS_BATCH)
                .await?;
            seen.dry = offers.len() < OFFERS_BATCH;
            seen.ready = offers.into();
        }
        let event = seen.ready.pop_front();
        if let Some(event) = &event {
            seen.cursor = event.number;
        }
        Ok(event)
    }

    /// Keeps what would have to be looked at again. Only where everything is durable.
    pub(super) fn keep_cursors(&self) {
        let cursors = self.listening.cursors();
        self.shared.cursors.put(self.run.id(), cursors);
    }
}
