//! The one write of a run: everything that one or more engine steps changed, in one
//! transaction.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::{Digest, RunId, Timestamp, WorkflowName};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::events::NewEvent;

/// Writes runs.
#[async_trait]
pub trait CommitRuns: Send + Sync {
    /// Commits a batch. When it returns `Ok`, every run whose own result is `Ok` is durable
    /// (fsync); a stale or failing run never fails the others. Results stand in the order of
    /// the batch. Commits of one run must not be in flight twice.
    ///
    /// Cancel-safe: a dropped future leaves each run either committed or untouched.
    async fn commit(
        &self,
        batch: Vec<RunCommit>,
    ) -> Result<Vec<Result<Committed, CommitError>>, StoreError>;

    /// The fencing token that commits must carry.
    fn fence(&self) -> Fence;

    /// Whether the store takes writes now: it writes something small, durably. After
    /// [`StoreError::Full`] this tells when there is space again.
    async fn probe(&self) -> Result<(), StoreError>;
}

/// Removes runs that nobody needs any more.
#[async_trait]
pub trait ForgetRuns: Send + Sync {
    /// Removes those of `runs` that have ended, whole: rows, journal, timers, listeners, notes
    /// of consumed events and key, and the payloads that no other run refers to. Its children
    /// are nobody's from then on. Runs that have not ended, that do not exist, or that have
    /// items in the outbox are left alone: an item may refer to its run's payloads, and must
    /// not be lost. Returns how many were removed; durable when it returns.
    async fn forget(&self, runs: &[RunId]) -> Result<usize, StoreError>;

    /// Runs (and no schedules) that ended before `before`, those that were created first first;
    /// at most `limit`, after `after` in that order.
    async fn ended(
        &self,
        before: Timestamp,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError>;
}

/// A fencing token: it grows with every owner, and a store refuses the tokens of earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fence(pub u64);

/// What changes of one run.
#[derive(Clone, Debug)]
pub struct RunCommit {
    /// The run.
    pub run: RunId,
    /// The sequence number of the last journal entry that the store has; 0 for a new run.
    pub expected_seq: u64,
    /// The writer's token.
    pub fence: Fence,
    /// Present in the first commit of a run.
    pub create: Option<NewRun>,
    /// New journal entries, numbered from `expected_seq + 1` without gaps. May be empty.
    pub journal: Vec<JournalRow>,
    /// State rows that changed.
    pub rows: Vec<RowChange>,
    /// Timers that changed.
    pub timers: Vec<TimerChange>,
    /// Listeners that changed.
    pub listeners: Vec<ListenerChange>,
    /// Inbox numbers of events that the run has consumed, each with the number of the journal
    /// entry that did. Where several did, the first counts; events that are no longer in the
    /// inbox need no note.
    pub consumed: Vec<(u64, u64)>,
    /// Events that the run emitted: they are in the inbox when this commit is durable, each
    /// once, as if by [`crate::Events::accept`].
    pub emitted: Vec<NewEvent>,
    /// What is to be done outside of the run once this commit is durable, one JSON document
    /// each, in order ([`crate::Outbox`]).
    pub outbox: Vec<Arc<str>>,
    /// The run's status after this commit.
    pub status: RunStatus,
    /// Whether an attempt is in flight after this commit, so that recovery must look at it.
    pub in_flight: bool,
    /// Large payloads that the rows and entries refer to: JSON text by its SHA-256. Storing
    /// one again is free. A run refers to a payload from then on until it is forgotten.
    pub payloads: Vec<(Digest, Arc<str>)>,
}

/// What is fixed when a run is created.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The workflow's name, for lists.
    pub workflow: WorkflowName,
    /// The deployed workflow that the run is pinned to.
    pub deployed: Digest,
    /// The caller's idempotency key and the fingerprint of the request it came with.
    pub key: Option<(String, Digest)>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The run that started it and wants to hear of its end.
    pub parent: Option<ParentLink>,
    /// What it does with its workflow.
    pub role: RunRole,
}

/// Whose child a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentLink {
    /// The parent.
    pub run: RunId,
    /// The child's number there.
    pub child: u64,
}

/// What a run does with its workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunRole {
    /// It runs it.
    #[default]
    Run,
    /// It is its schedule.
    Schedule,
}

/// One journal entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Its number, from 1.
    pub seq: u64,
    /// The entry, the same on every re-execution of pure steps: one JSON document.
    pub entry: Arc<str>,
    /// What was observed beside it (wall-clock times): one JSON document. Nothing depends
    /// on it.
    pub observed: Arc<str>,
}

/// One state row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// Which row of the run: 0 is the root, others are scopes.
    pub key: u32,
    /// The version of the row's format.
    pub version: u16,
    /// One JSON document.
    pub body: Arc<str>,
}

/// A change of a state row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// Insert or replace.
    Put(StateRow),
    /// Remove; removing what is not there is no error.
    Delete(u32),
}

/// A change of a timer. Timers belong to a run and are numbered by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerChange {
    /// Insert or replace.
    Set {
        /// The timer.
        timer: u64,
        /// When it is due.
        at: Timestamp,
    },
    /// Remove; removing what is not there is no error.
    Clear {
        /// The timer.
        timer: u64,
    },
}

/// A change of a listener. Listeners belong to a run and are numbered by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenerChange {
    /// Insert or replace.
    Set {
        /// The listener.
        listen: u64,
        /// The event types that it may want; none is any.
        types: Option<Vec<String>>,
        /// The journal entry that made it: events that the run consumed by entries up to
        /// this one are not offered.
        since: u64,
    },
    /// Remove; removing what is not there is no error.
    Clear {
        /// The listener.
        listen: u64,
    },
}

/// The status phases of the Open Workflow Specification (DSL 1.0.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Created, not started.
    Pending,
    /// Something is in flight.
    Running,
    /// Nothing is in flight; a timer or an event will go on.
    Waiting,
    /// Stopped by an operator, to be resumed.
    Suspended,
    /// Ended by a caller.
    Cancelled,
    /// Ended by an error.
    Faulted,
    /// Ended with its output.
    Completed,
}

impl RunStatus {
    /// All of them.
    pub const ALL: [RunStatus; 7] = [
        RunStatus::Pending,
        RunStatus::Running,
        RunStatus::Waiting,
        RunStatus::Suspended,
        RunStatus::Cancelled,
        RunStatus::Faulted,
        RunStatus::Completed,
    ];

    /// Whether nothing more will happen.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Cancelled | Self::Faulted | Self::Completed)
    }

    /// Its name, as the specification writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Faulted => "faulted",
            Self::Completed => "completed",
        }
    }
}

/// A run was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The number of the run's last journal entry.
    pub seq: u64,
    /// When, as the run's summary has it from now on.
    pub at: Timestamp,
}

/// Why one run of a batch was not committed. Nothing of it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Another writer was there first.
    #[error("run {run}: expected sequence {expected}, the store has {found}")]
    Stale {
        /// The run.
        run: RunId,
        /// What the writer expected.
        expected: u64,
        /// What the store has.
        found: u64,
    },
    /// The writer no longer owns the store.
    #[error("run {run}: the fencing token {token:?} is no longer valid")]
    Fenced {
        /// The run.
        run: RunId,
        /// The writer's token.
        token: Fence,
    },
    /// A new run whose idempotency key exists.
    #[error("the idempotency key belongs to run {owner}")]
    KeyTaken {
        /// The run that was started with it.
        owner: RunId,
        /// The fingerprint of the request that it came with.
        fingerprint: Digest,
    },
    /// A new run whose id exists, or a change of a run that does not.
    #[error("run {run}: {}", if *exists { "exists already" } else { "does not exist" })]
    Existence {
        /// The run.
        run: RunId,
        /// What was found.
        exists: bool,
    },
    /// Journal entries that do not follow `expected_seq`.
    #[error("run {run}: journal entries are not numbered from {expected}")]
    Numbering {
        /// The run.
        run: RunId,
        /// The number that should come first.
        expected: u64,
    },
    /// A commit that this store cannot keep, whenever it is tried.
    #[error("run {run} cannot be stored: {reason}")]
    Refused {
        /// The run.
        run: RunId,
        /// What is too large, and the limit.
        reason: String,
    },
}
