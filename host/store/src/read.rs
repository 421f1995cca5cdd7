//! Reading runs.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::{Digest, RunId, Timestamp, WorkflowName};

use crate::commit::{JournalRow, ParentLink, RunRole, RunStatus, StateRow};
use crate::error::StoreError;

/// Reads runs. Reads never wait for the writer.
#[async_trait]
pub trait ReadRuns: Send + Sync {
    /// A run with its state rows (the root first, then by key).
    async fn load(&self, run: &RunId) -> Result<Option<StoredRun>, StoreError>;

    /// A run without its rows.
    async fn summary(&self, run: &RunId) -> Result<Option<RunSummary>, StoreError>;

    /// Runs, newest first: by id, downwards.
    async fn list(&self, filter: &RunFilter, page: &Page) -> Result<Vec<RunSummary>, StoreError>;

    /// Journal entries from number `from`, at most `limit`.
    async fn journal(
        &self,
        run: &RunId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError>;

    /// Large payloads by digest; one that is not stored is an error, since rows refer to it.
    async fn payloads(&self, digests: &[Digest]) -> Result<Vec<Arc<str>>, StoreError>;

    /// The run that was started with this idempotency key.
    async fn key_owner(&self, key: &str) -> Result<Option<KeyOwner>, StoreError>;

    /// Runs with an attempt in flight, in order of their ids, after `after`. Each one's
    /// recovery counter is raised by one, durably, before it is returned; a commit of the run
    /// sets it back to 0.
    async fn begin_recovery(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<Recovering>, StoreError>;
}

/// A run that was in flight when its host ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovering {
    /// The run.
    pub run: RunId,
    /// How often it was recovered since its last commit, this time included.
    pub recoveries: u32,
}

/// A run as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// Its workflow.
    pub workflow: WorkflowName,
    /// The deployed workflow that it is pinned to.
    pub deployed: Digest,
    /// Its status.
    pub status: RunStatus,
    /// The number of its last journal entry.
    pub seq: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed (the store's time).
    pub updated_at: Timestamp,
    /// Whose child it is; nobody's any more once the parent was forgotten.
    pub parent: Option<ParentLink>,
    /// What it does with its workflow.
    pub role: RunRole,
}

/// A run with its state rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRun {
    /// What lists show.
    pub summary: RunSummary,
    /// The state rows.
    pub rows: Vec<StateRow>,
}

/// Who used an idempotency key first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The run.
    pub run: RunId,
    /// The fingerprint of the request.
    pub fingerprint: Digest,
}

/// Which runs to list. Empty fields match all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only this status.
    pub status: Option<RunStatus>,
    /// Only this namespace.
    pub namespace: Option<String>,
    /// Only this workflow name.
    pub name: Option<String>,
    /// Only this role.
    pub role: Option<RunRole>,
    /// Only children of this run.
    pub parent: Option<RunId>,
}

impl RunFilter {
    /// Whether a run is to be listed.
    pub fn matches(&self, run: &RunSummary) -> bool {
        let parent = run.parent.as_ref().map(|link| &link.run);
        self.status.is_none_or(|status| status == run.status)
            && self.role.is_none_or(|role| role == run.role)
            && (self.parent.is_none() || self.parent.as_ref() == parent)
            && self.matches_name(&run.workflow)
    }

    /// Whether runs of a workflow are to be listed, as far as its name decides.
    pub fn matches_name(&self, workflow: &WorkflowName) -> bool {
        let same = |wish: &Option<String>, is: &str| wish.as_ref().is_none_or(|wish| wish == is);
        same(&self.namespace, &workflow.namespace) && same(&self.name, &workflow.name)
    }
}

/// Which part of a list: keyset paging, so that a page costs the same wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only runs older than this one.
    pub before: Option<RunId>,
    /// At most this many.
    pub limit: usize,
}
