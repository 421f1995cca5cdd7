//! The store traits, and the in-memory store.
//!
//! A store keeps four things: runs (state rows and journal), payloads, timers, and what was
//! deployed. It knows none of the engine's types: rows and journal entries are bytes with a
//! version. The store supplies the time, so that every host of a shared store agrees on it.

mod commit;
mod deployed;
mod error;
mod read;
mod timer;

pub use commit::{
    CommitError, CommitRuns, Committed, Fence, JournalRow, NewRun, RowChange, RunCommit, RunStatus,
    StateRow, TimerChange,
};
pub use deployed::{Deployments, PluginRecord, StoredWorkflow, WorkflowRecord};
pub use error::StoreError;
pub use read::{
    KeyOwner, Page, ReadRuns, Recovering, RunFilter, RunSummary, StoredRun,
};
pub use timer::{DueTimer, ReadTimers, SHARDS, shard_of};

use segue_model::Timestamp;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The store's present time.
    fn now(&self) -> Timestamp;
}

/// All that the executor needs of a store.
pub trait Store: CommitRuns + ReadRuns + ReadTimers + Deployments + Clock {}

impl<T: CommitRuns + ReadRuns + ReadTimers + Deployments + Clock> Store for T {}
