//! Reading runs and timers, on connections that never wait for the writer.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, TransactionBehavior};
use segue_model::{Digest, RunId, Timestamp};
use segue_store::{
    Clock, DueTimer, JournalRow, KeyOwner, Page, ReadRuns, ReadTimers, Recovering, RunFilter,
    RunSummary, StoreError, StoredRun,
};
use tokio::sync::Semaphore;

use crate::connection::open_reader;
use crate::failure::Failure;
use crate::store::SqliteStore;
use crate::{journal, keys, list, payloads, recovery, rows, runs, timers};

#[async_trait]
impl ReadRuns for SqliteStore {
    async fn load(&self, run: &RunId) -> Result<Option<StoredRun>, StoreError> {
        let run = run.clone();
        self.read("read a run", move |connection| load(connection, &run))
            .await
    }

    async fn summary(&self, run: &RunId) -> Result<Option<RunSummary>, StoreError> {
        let run = run.clone();
        self.read("read a run", move |connection| {
            let found = runs::find(connection, &run)?;
            Ok(found.map(|(_, summary, _)| summary))
        })
        .await
    }

    async fn list(&self, filter: &RunFilter, page: &Page) -> Result<Vec<RunSummary>, StoreError> {
        let (filter, page) = (filter.clone(), page.clone());
        self.read("listed runs", move |connection| {
            list::list(connection, &filter, &page)
        })
        .await
    }

    async fn journal(
        &self,
        run: &RunId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let run = run.clone();
        self.read("read a journal", move |connection| {
            match runs::find_head(connection, &run.to_bytes())? {
                Some(head) => journal::read(connection, head.no, from, limit),
                None => Ok(Vec::new()),
            }
        })
        .await
    }

    async fn payloads(&self, digests: &[Digest]) -> Result<Vec<Arc<str>>, StoreError> {
        let digests = digests.to_vec();
        self.read("read payloads", move |connection| {
            let texts = digests.iter();
            texts
                .map(|digest| payloads::read(connection, digest))
                .collect()
        })
        .await
    }

    async fn key_owner(&self, key: &str) -> Result<Option<KeyOwner>, StoreError> {
        let key = key.to_owned();
        self.read("looked up a key", move |connection| {
            keys::owner(connection, &key)
        })
        .await
    }

    async fn begin_recovery(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<Recovering>, StoreError> {
        let after = after.cloned();
        self.write("began a recovery", 0, move |transaction| {
            recovery::begin(transaction.connection, after.as_ref(), limit)
        })
        .await
    }
}

#[async_trait]
impl ReadTimers for SqliteStore {
    async fn due(&self, shards: Range<u16>, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        let now = self.now();
        self.read("read timers", move |connection| {
            timers::due(connection, &shards, now, limit)
        })
        .await
    }

    async fn next_due(&self, shards: Range<u16>) -> Result<Option<Timestamp>, StoreError> {
        self.read("read timers", move |connection| {
            timers::next_due(connection, &shards)
        })
        .await
    }
}

fn load(connection: &Connection, run: &RunId) -> Result<Option<StoredRun>, Failure> {
    let Some((no, summary, root)) = runs::find(connection, run)? else {
        return Ok(None);
    };
    let mut rows: Vec<_> = root.into_iter().collect();
    rows.append(&mut rows::read(connection, no)?);
    Ok(Some(StoredRun { summary, rows }))
}

/// The connections that read.
pub(crate) struct Readers {
    database: PathBuf,
    /// One permit for each read that may run; closed with the store.
    permits: Arc<Semaphore>,
    /// Connections that are not in use. They are opened when first needed.
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(database: PathBuf, readers: usize) -> Self {
        Readers {
            database,
            permits: Arc::new(Semaphore::new(readers.clamp(1, Semaphore::MAX_PERMITS))),
            idle: Arc::default(),
        }
    }

    /// Reads in one read transaction: all of it sees the same state of the database.
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        during: &'static str,
        act: impl FnOnce(&Connection) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Closed)?;
        let (database, idle, permits) = (
            self.database.clone(),
            Arc::clone(&self.idle),
            Arc::clone(&self.permits),
        );
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let waiting = lock(&idle).pop();
            let mut connection = waiting.map_or_else(|| open_reader(&database), Ok)?;
            let done = read_once(&mut connection, act);
            if !permits.is_closed() {
                lock(&idle).push(connection);
            }
            done
        });
        // A read that panicked, or was dropped with its runtime, has no answer.
        let done = work.await.map_err(|_| StoreError::Closed)?;
        done.map_err(|failure: Failure| failure.into_store_error(during))
    }

    /// Refuses further reads and closes the connections that are not in use.
    pub(crate) fn close(&self) {
        self.permits.close();
        lock(&self.idle).clear();
    }
}

fn lock(idle: &Mutex<Vec<Connection>>) -> MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_once<R>(
    connection: &mut Connection,
    act: impl FnOnce(&Connection) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let done = act(&transaction)?;
    transaction.commit()?;
    Ok(done)
}
