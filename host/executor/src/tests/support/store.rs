//! The in-memory store, with every commit logged, and with a door that can be shut.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use segue_model::{Digest, RunId, Timestamp, WorkflowName};
use segue_store::memory::{Fault, MemoryStore, Operation};
use segue_store::{
    Clock, CommitError, CommitRuns, Committed, Deployments, DueTimer, Fence, ForgetRuns,
    JournalRow, KeyOwner, Page, PluginRecord, ReadRuns, ReadTimers, Recovering, RunCommit,
    RunFilter, RunSummary, StoreError, StoredRun, StoredWorkflow, WorkflowRecord,
};
use tokio::sync::Notify;

use super::log::{Line, Log};

/// Where a host is to be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tests) enum Crash {
    /// The commit was asked for and nothing is written.
    Before,
    /// The commit is written and nobody was told.
    After,
}

/// Clones are handles of one store.
#[derive(Clone)]
pub(in crate::tests) struct LoggingStore {
    pub(super) inner: MemoryStore,
    log: Log,
    plan: Arc<Plan>,
    /// How often each run was read whole.
    loads: Arc<Mutex<HashMap<RunId, usize>>>,
}

/// When commits stop coming back.
struct Plan {
    /// Commits that still work; negative where all do.
    left: AtomicI64,
    after: std::sync::atomic::AtomicBool,
    reached: Notify,
}

impl LoggingStore {
    pub(in crate::tests) fn new(inner: MemoryStore, log: Log) -> Self {
        let plan = Plan {
            left: AtomicI64::new(-1),
            after: false.into(),
            reached: Notify::new(),
        };
        LoggingStore {
            inner,
            log,
            plan: Arc::new(plan),
            loads: Arc::default(),
        }
    }

    /// Another owner of the same data, whose commits all work.
    pub(in crate::tests) fn take_over(&self) -> Self {
        LoggingStore {
            inner: self.inner.take_over(),
            log: self.log.clone(),
            plan: Arc::clone(&self.plan),
            loads: Arc::clone(&self.loads),
        }
    }

    pub(in crate::tests) fn fail(&self, operation: Operation, nth: u64, fault: Fault) {
        self.inner.fail(operation, nth, fault);
    }

    /// How often the run was read whole.
    pub(in crate::tests) fn loads(&self, run: &RunId) -> usize {
        let loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        loads.get(run).copied().unwrap_or(0)
    }

    fn count_load(&self, run: &RunId) {
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        *loads.entry(run.clone()).or_default() += 1;
    }

    pub(in crate::tests) fn now_ms(&self) -> u64 {
        self.inner.now().0
    }

    /// The commit number `nth` from now on never comes back, nor does any after it.
    pub(in crate::tests) fn crash_at(&self, nth: u64, crash: Crash) {
        let left = i64::try_from(nth).unwrap() - 1;
        self.plan
            .after
            .store(crash == Crash::After, Ordering::SeqCst);
        self.plan.left.store(left, Ordering::SeqCst);
    }

    /// Commits come back again.
    pub(in crate::tests) fn heal(&self) {
        self.plan.left.store(-1, Ordering::SeqCst);
    }

    /// Completes when a commit did not come back.
    pub(in crate::tests) async fn crashed(&self) {
        self.plan.reached.notified().await;
    }

    /// Whether this commit comes back, and if not, how.
    fn fate(&self) -> Option<Crash> {
        let took = self
            .plan
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                (left > 0).then(|| left - 1)
            });
        match took {
            Ok(_) => None,
            Err(left) if left < 0 => None,
            Err(_) if self.plan.after.load(Ordering::SeqCst) => Some(Crash::After),
            Err(_) => Some(Crash::Before),
        }
    }

    async fn hang(&self) {
        self.plan.reached.notify_one();
        std::future::pending::<()>().await;
    }
}

impl Clock for LoggingStore {
    fn now(&self) -> Timestamp {
        self.inner.now()
    }
}

#[async_trait]
impl CommitRuns for LoggingStore {
    async fn commit(
        &self,
        batch: Vec<RunCommit>,
    ) -> Result<Vec<Result<Committed, CommitError>>, StoreError> {
        let fate = self.fate();
        if fate == Some(Crash::Before) {
            self.hang().await;
        }
        let last = batch.last().map_or(0, RunCommit::last_seq);
        let results = self.inner.commit(batch).await?;
        if results.iter().all(Result::is_ok) {
            self.log.push(Line::Commit(last));
        }
        if fate == Some(Crash::After) {
            self.hang().await;
        }
        Ok(results)
    }

    fn fence(&self) -> Fence {
        self.inner.fence()
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.inner.probe().await
    }
}

#[async_trait]
impl ForgetRuns for LoggingStore {
    async fn forget(&self, runs: &[RunId]) -> Result<usize, StoreError> {
        self.inner.forget(runs).await
    }

    async fn ended(
        &self,
        before: Timestamp,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        self.inner.ended(before, after, limit).await
    }
}

#[async_trait]
impl ReadRuns for LoggingStore {
    async fn load(&self, run: &RunId) -> Result<Option<StoredRun>, StoreError> {
        self.count_load(run);
        self.inner.load(run).await
    }

    async fn summary(&self, run: &RunId) -> Result<Option<RunSummary>, StoreError> {
        self.inner.summary(run).await
    }

    async fn list(&self, filter: &RunFilter, page: &Page) -> Result<Vec<RunSummary>, StoreError> {
        self.inner.list(filter, page).await
    }

    async fn journal(
        &self,
        run: &RunId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.inner.journal(run, from, limit).await
    }

    async fn payloads(&self, digests: &[Digest]) -> Result<Vec<Arc<str>>, StoreError> {
        self.inner.payloads(digests).await
    }

    async fn key_owner(&self, key: &str) -> Result<Option<KeyOwner>, StoreError> {
        self.inner.key_owner(key).await
    }

    async fn begin_recovery(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<Recovering>, StoreError> {
        self.inner.begin_recovery(after, limit).await
    }
}

#[async_trait]
impl ReadTimers for LoggingStore {
    async fn due(&self, shards: Range<u16>, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        self.inner.due(shards, limit).await
    }

    async fn next_due(&self, shards: Range<u16>) -> Result<Option<Timestamp>, StoreError> {
        self.inner.next_due(shards).await
    }
}

#[async_trait]
impl Deployments for LoggingStore {
    async fn put_plugin(
        &self,
        plugin: PluginRecord,
        component: Arc<[u8]>,
    ) -> Result<(), StoreError> {
        self.inner.put_plugin(plugin, component).await
    }

    async fn plugins(&self) -> Result<Vec<PluginRecord>, StoreError> {
        self.inner.plugins().await
    }

    async fn component(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.inner.component(digest).await
    }

    async fn put_workflow(&self, workflow: StoredWorkflow) -> Result<(), StoreError> {
        self.inner.put_workflow(workflow).await
    }

    async fn workflow(&self, digest: &Digest) -> Result<Option<StoredWorkflow>, StoreError> {
        self.inner.workflow(digest).await
    }

    async fn workflows(&self) -> Result<Vec<WorkflowRecord>, StoreError> {
        self.inner.workflows().await
    }

    async fn current(&self, name: &WorkflowName) -> Result<Option<WorkflowRecord>, StoreError> {
        self.inner.current(name).await
    }
}
