//! Reading runs and timers from memory.

use std::ops::{Bound, Range};
use std::sync::Arc;

use async_trait::async_trait;
use segue_model::{Digest, RunId, Timestamp};

use super::faults::Operation;
use super::{Data, MemoryStore};
use crate::commit::JournalRow;
use crate::error::StoreError;
use crate::read::{KeyOwner, Page, ReadRuns, Recovering, RunFilter, RunSummary, StoredRun};
use crate::timer::{DueTimer, ReadTimers, shard_of};

#[async_trait]
impl ReadRuns for MemoryStore {
    async fn load(&self, run: &RunId) -> Result<Option<StoredRun>, StoreError> {
        self.read(|data, _| {
            data.runs.get(run).map(|run| StoredRun {
                summary: run.summary.clone(),
                rows: run.rows.values().cloned().collect(),
            })
        })
        .await
    }

    async fn summary(&self, run: &RunId) -> Result<Option<RunSummary>, StoreError> {
        self.read(|data, _| data.runs.get(run).map(|run| run.summary.clone()))
            .await
    }

    async fn list(&self, filter: &RunFilter, page: &Page) -> Result<Vec<RunSummary>, StoreError> {
        let end = match &page.before {
            Some(run) => Bound::Excluded(run.clone()),
            None => Bound::Unbounded,
        };
        self.read(|data, _| {
            data.runs
                .range((Bound::Unbounded, end))
                .rev()
                .map(|(_, run)| &run.summary)
                .filter(|summary| filter.matches(summary))
                .take(page.limit)
                .cloned()
                .collect()
        })
        .await
    }

    async fn journal(
        &self,
        run: &RunId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.read(|data, _| {
            let journal = data.runs.get(run).map_or(&[][..], |run| &run.journal);
            let rows = journal.iter().filter(|row| row.seq >= from);
            rows.take(limit).cloned().collect()
        })
        .await
    }

    async fn payloads(&self, digests: &[Digest]) -> Result<Vec<Arc<str>>, StoreError> {
        let find = |data: &mut Data, digest: &Digest| match data.payloads.get(digest) {
            Some((text, _)) => Ok(Arc::clone(text)),
            None => Err(StoreError::Damaged {
                what: format!("there is no payload {digest}"),
            }),
        };
        self.perform(Operation::Read, |data, _| {
            digests.iter().map(|digest| find(data, digest)).collect()
        })
        .await
    }

    async fn key_owner(&self, key: &str) -> Result<Option<KeyOwner>, StoreError> {
        self.read(|data, _| data.keys.get(key).cloned()).await
    }

    async fn begin_recovery(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<Recovering>, StoreError> {
        let start = match after {
            Some(run) => Bound::Excluded(run.clone()),
            None => Bound::Unbounded,
        };
        self.perform(Operation::Recovery, |data, _| {
            let runs = data.runs.range_mut((start, Bound::Unbounded));
            let in_flight = runs.filter(|(_, run)| run.in_flight);
            Ok(in_flight
                .take(limit)
                .map(|(id, run)| {
                    run.recoveries = run.recoveries.saturating_add(1);
                    Recovering {
                        run: id.clone(),
                        recoveries: run.recoveries,
                    }
                })
                .collect())
        })
        .await
    }
}

#[async_trait]
impl ReadTimers for MemoryStore {
    async fn due(&self, shards: Range<u16>, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        self.read(|data, now| {
            data.timers
                .iter()
                .take_while(|(at, _, _)| *at <= now)
                .filter(|(_, run, _)| shards.contains(&shard_of(run)))
                .take(limit)
                .map(|(at, run, timer)| DueTimer {
                    run: run.clone(),
                    timer: *timer,
                    at: *at,
                })
                .collect()
        })
        .await
    }

    async fn next_due(&self, shards: Range<u16>) -> Result<Option<Timestamp>, StoreError> {
        self.read(|data, _| {
            data.timers
                .iter()
                .find(|(_, run, _)| shards.contains(&shard_of(run)))
                .map(|(at, _, _)| *at)
        })
        .await
    }
}

impl MemoryStore {
    async fn read<R>(&self, act: impl FnOnce(&Data, Timestamp) -> R) -> Result<R, StoreError> {
        self.perform(Operation::Read, |data, now| Ok(act(data, now)))
            .await
    }
}
