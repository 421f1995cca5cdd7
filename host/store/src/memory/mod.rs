//! The in-memory store: everything a store does except surviving the process.
//!
//! It passes the same conformance suite as the durable stores, which are compared with it.
//! Tests of what stands above a store plan its faults ([`MemoryStore::fail`]).

mod data;
mod deployments;
mod events;
mod faults;
mod inbox;
mod runs;

pub use faults::{Fault, Operation};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use segue_model::{RunId, Timestamp};

use crate::clock::{Clock, SystemClock};
use crate::commit::{CommitError, CommitRuns, Committed, Fence, ForgetRuns, RunCommit};
use crate::error::StoreError;
use data::Data;
use faults::Faults;

/// A store in memory. Clones are handles of the same owner on the same data.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    /// The token of this owner; [`MemoryStore::take_over`] makes the next one.
    fence: Fence,
}

struct Shared {
    /// Held for the length of one operation and never across an await.
    data: Mutex<Data>,
    clock: Box<dyn Clock>,
    faults: Faults,
}

impl MemoryStore {
    /// An empty store that takes its time from `clock`.
    pub fn new(clock: impl Clock + 'static) -> Self {
        let data = Data::default();
        let fence = data.fence;
        MemoryStore {
            shared: Arc::new(Shared {
                data: Mutex::new(data),
                clock: Box::new(clock),
                faults: Faults::default(),
            }),
            fence,
        }
    }

    /// Another owner of the same data, as after a restart of the host: from now on, commits
    /// with this handle's token are refused.
    #[must_use]
    pub fn take_over(&self) -> MemoryStore {
        let mut data = self.data();
        data.fence = Fence(data.fence.0 + 1);
        MemoryStore {
            shared: Arc::clone(&self.shared),
            fence: data.fence,
        }
    }

    /// Plans a fault: the `nth` operation of that kind from now on (1 is the next one) meets
    /// it. Each planned fault strikes once.
    pub fn fail(&self, operation: Operation, nth: u64, fault: Fault) {
        self.shared.faults.plan(operation, nth, fault);
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        // A panic in a test that holds the lock must not hide the test's own message.
        self.shared
            .data
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Performs one operation, and the fault that was planned for it.
    async fn perform<R>(
        &self,
        operation: Operation,
        act: impl FnOnce(&mut Data, Timestamp) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let fault = self.shared.faults.strike(operation);
        match fault {
            Some(Fault::Full) => return Err(StoreError::Full),
            Some(Fault::Fails) => return Err(faults::failure()),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(Fault::Unacknowledged) | None => {}
        }
        let done = act(&mut self.data(), self.now());
        if fault == Some(Fault::Unacknowledged) {
            return Err(faults::failure());
        }
        done
    }
}

impl Default for MemoryStore {
    /// An empty store on the machine's time.
    fn default() -> Self {
        MemoryStore::new(SystemClock::new())
    }
}

impl Clock for MemoryStore {
    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

#[async_trait]
impl CommitRuns for MemoryStore {
    async fn commit(
        &self,
        batch: Vec<RunCommit>,
    ) -> Result<Vec<Result<Committed, CommitError>>, StoreError> {
        self.perform(Operation::Commit, |data, now| {
            Ok(batch.into_iter().map(|one| data.commit(one, now)).collect())
        })
        .await
    }

    fn fence(&self) -> Fence {
        self.fence
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.perform(Operation::Probe, |_, _| Ok(())).await
    }
}

#[async_trait]
impl ForgetRuns for MemoryStore {
    async fn forget(&self, runs: &[RunId]) -> Result<usize, StoreError> {
        self.perform(Operation::Commit, |data, _| {
            Ok(runs.iter().filter(|run| data.forget(run)).count())
        })
        .await
    }

    async fn ended(
        &self,
        before: Timestamp,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        self.perform(Operation::Read, |data, _| {
            Ok(data.ended(before, after, limit))
        })
        .await
    }
}
