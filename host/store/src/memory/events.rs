//! Events, the outbox and secrets in memory.

use std::collections::BTreeSet;
use std::ops::Bound;

use async_trait::async_trait;
use segue_model::{RunId, Timestamp};

use super::MemoryStore;
use super::faults::Operation;
use crate::check;
use crate::error::StoreError;
use crate::events::{Accepted, Events, InboxEvent, InboxQuery, NewEvent};
use crate::outbox::{Outbox, OutboxItem};
use crate::secrets::{SecretRecord, Secrets};

#[async_trait]
impl Events for MemoryStore {
    async fn accept(&self, events: Vec<NewEvent>) -> Result<Vec<Accepted>, StoreError> {
        check::events(&events)?;
        self.perform(Operation::Accept, |data, now| {
            let events = events.into_iter();
            Ok(events.map(|one| data.inbox.accept(one, now)).collect())
        })
        .await
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<Vec<InboxEvent>, StoreError> {
        self.perform(Operation::Offer, |data, _| Ok(data.inbox.query(query)))
            .await
    }

    async fn offers(
        &self,
        run: &RunId,
        listen: u64,
        after: u64,
        limit: usize,
    ) -> Result<Vec<InboxEvent>, StoreError> {
        self.perform(Operation::Offer, |data, _| {
            let Some(from) = data.runs.get(run).map(|run| run.events_after) else {
                return Ok(Vec::new());
            };
            Ok(data.inbox.offers(run, from, listen, after, limit))
        })
        .await
    }

    async fn listeners(
        &self,
        kind: &str,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        self.perform(Operation::Offer, |data, _| {
            Ok(page(&data.inbox.listeners(kind), after, limit))
        })
        .await
    }

    async fn listening(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        self.perform(Operation::Offer, |data, _| {
            Ok(page(&data.inbox.listening(), after, limit))
        })
        .await
    }

    async fn expire(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.perform(Operation::Accept, |data, _| {
            Ok(data.inbox.expire(before, limit))
        })
        .await
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxItem>, StoreError> {
        self.perform(Operation::Outbox, |data, _| {
            let later = data.outbox.range(after.saturating_add(1)..);
            Ok(later.take(limit).map(|(_, item)| item.clone()).collect())
        })
        .await
    }

    async fn done(&self, numbers: &[u64]) -> Result<(), StoreError> {
        self.perform(Operation::Done, |data, _| {
            for number in numbers {
                data.outbox.remove(number);
            }
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Secrets for MemoryStore {
    async fn put_secret(&self, name: &str, sealed: Vec<u8>) -> Result<(), StoreError> {
        check::secret(name, &sealed)?;
        self.perform(Operation::Secret, |data, now| {
            data.secrets.insert(name.to_owned(), (sealed, now));
            Ok(())
        })
        .await
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.perform(Operation::Secret, |data, _| {
            Ok(data.secrets.get(name).map(|(sealed, _)| sealed.clone()))
        })
        .await
    }

    async fn secrets(&self) -> Result<Vec<SecretRecord>, StoreError> {
        self.perform(Operation::Secret, |data, _| {
            let all = data.secrets.iter();
            let records = all.map(|(name, (_, updated_at))| SecretRecord {
                name: name.clone(),
                updated_at: *updated_at,
            });
            Ok(records.collect())
        })
        .await
    }

    async fn delete_secret(&self, name: &str) -> Result<bool, StoreError> {
        self.perform(Operation::Secret, |data, _| {
            Ok(data.secrets.remove(name).is_some())
        })
        .await
    }
}

fn page(runs: &BTreeSet<&RunId>, after: Option<&RunId>, limit: usize) -> Vec<RunId> {
    let start = match after {
        Some(run) => Bound::Excluded(run),
        None => Bound::Unbounded,
    };
    let later = runs.range::<&RunId, _>((start, Bound::Unbounded));
    later.take(limit).map(|run| (*run).clone()).collect()
}
