//! Events, the outbox and secrets: what the host keeps beside its runs.

use async_trait::async_trait;
use rusqlite::Connection;
use segue_model::{RunId, Timestamp};
use segue_store::{
    Accepted, Events, InboxEvent, InboxQuery, NewEvent, Outbox, OutboxItem, SecretRecord, Secrets,
    StoreError, check,
};

use crate::events::Taker;
use crate::failure::Failure;
use crate::store::SqliteStore;
use crate::{events, listeners, outbox, runs, secrets};

#[async_trait]
impl Events for SqliteStore {
    async fn accept(&self, events: Vec<NewEvent>) -> Result<Vec<Accepted>, StoreError> {
        check::events(&events)?;
        let bytes = events.iter().map(NewEvent::size_bytes).sum();
        self.write("accepted events", bytes, move |transaction| {
            let (connection, now) = (transaction.connection, transaction.now);
            let events = events.iter();
            events
                .map(|event| events::accept(connection, event, now))
                .collect()
        })
        .await
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<Vec<InboxEvent>, StoreError> {
        let query = query.clone();
        self.read("read the inbox", move |connection| {
            events::query(connection, &query)
        })
        .await
    }

    async fn offers(
        &self,
        run: &RunId,
        listen: u64,
        after: u64,
        limit: usize,
    ) -> Result<Vec<InboxEvent>, StoreError> {
        let run = run.clone();
        self.read("read events for a run", move |connection| {
            offers(connection, &run, listen, after, limit)
        })
        .await
    }

    async fn listeners(
        &self,
        kind: &str,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        let (kind, after) = (kind.to_owned(), after.cloned());
        self.read("looked for listeners", move |connection| {
            listeners::of_type(connection, &kind, after.as_ref(), limit)
        })
        .await
    }

    async fn listening(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        let after = after.cloned();
        self.read("looked for listeners", move |connection| {
            listeners::runs(connection, after.as_ref(), limit)
        })
        .await
    }

    async fn expire(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write("removed old events", 0, move |transaction| {
            events::expire(transaction.connection, before, limit)
        })
        .await
    }
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxItem>, StoreError> {
        self.read("read the outbox", move |connection| {
            outbox::read(connection, after, limit)
        })
        .await
    }

    async fn done(&self, numbers: &[u64]) -> Result<(), StoreError> {
        let numbers = numbers.to_vec();
        self.write("removed what was done", 0, move |transaction| {
            outbox::done(transaction.connection, &numbers)
        })
        .await
    }
}

#[async_trait]
impl Secrets for SqliteStore {
    async fn put_secret(&self, name: &str, sealed: Vec<u8>) -> Result<(), StoreError> {
        check::secret(name, &sealed)?;
        let name = name.to_owned();
        self.write("stored a secret", sealed.len(), move |transaction| {
            secrets::put(transaction.connection, &name, &sealed, transaction.now)
        })
        .await
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.read("read a secret", move |connection| {
            secrets::find(connection, &name)
        })
        .await
    }

    async fn secrets(&self) -> Result<Vec<SecretRecord>, StoreError> {
        self.read("listed secrets", secrets::list).await
    }

    async fn delete_secret(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.write("removed a secret", 0, move |transaction| {
            secrets::delete(transaction.connection, &name)
        })
        .await
    }
}

/// Events for one listener of a run.
fn offers(
    connection: &Connection,
    run: &RunId,
    listen: u64,
    after: u64,
    limit: usize,
) -> Result<Vec<InboxEvent>, Failure> {
    let Some(listener) = listeners::find(connection, run, listen)? else {
        return Ok(Vec::new());
    };
    let Some((no, from)) = runs::events_after(connection, run)? else {
        return Ok(Vec::new());
    };
    let taker = Taker {
        run: no,
        since: listener.since,
    };
    let types = listener.types.as_deref();
    events::offer(connection, taker, types, after.max(from), limit)
}
