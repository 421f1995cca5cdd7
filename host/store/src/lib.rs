//! The store traits, and the in-memory store.
//!
//! A store keeps runs (state rows and journal) with their payloads, timers and listeners; the
//! inbox of events that were accepted and the outbox of what runs want done; what was
//! deployed; and sealed secrets. It knows none of the engine's types: rows, journal entries,
//! events and outbox items are texts. The store supplies the time, so that every host of a
//! shared store agrees on it.
//!
//! *Acknowledged* means: the call returned `Ok`, and what it wrote is on disk.

pub mod check;
mod clock;
mod commit;
#[cfg(feature = "testing")]
pub mod conformance;
mod deployed;
mod error;
mod events;
pub mod memory;
mod outbox;
mod read;
mod secrets;
mod timer;

pub use clock::{Clock, ManualClock, SystemClock};
pub use commit::{
    CommitError, CommitRuns, Committed, Fence, ForgetRuns, JournalRow, ListenerChange, NewRun,
    ParentLink, RowChange, RunCommit, RunRole, RunStatus, StateRow, TimerChange,
};
pub use deployed::{Deployments, PluginRecord, StoredWorkflow, WorkflowRecord};
pub use error::StoreError;
pub use events::{Accepted, Events, InboxEvent, InboxQuery, NewEvent};
pub use outbox::{Outbox, OutboxItem};
pub use read::{KeyOwner, Page, ReadRuns, Recovering, RunFilter, RunSummary, StoredRun};
pub use secrets::{SecretRecord, Secrets};
pub use timer::{DueTimer, ReadTimers, SHARDS, shard_of};

/// All that the executor needs of a store.
pub trait Store:
    CommitRuns + ReadRuns + ReadTimers + Events + Outbox + Secrets + Deployments + ForgetRuns + Clock
{
}

impl<T> Store for T where
    T: CommitRuns
        + ReadRuns
        + ReadTimers
        + Events
        + Outbox
        + Secrets
        + Deployments
        + ForgetRuns
        + Clock
{
}
