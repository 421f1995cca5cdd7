//! The outbox: what runs want done outside of themselves. It is written with the commit that
//! decided it, and stays until it was done, so that it is done at least once.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::RunId;

use crate::error::StoreError;

/// Reads and empties the outbox.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Items by number, after number `after`. Numbers are never given out twice.
    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxItem>, StoreError>;

    /// Items that were done. Durable when this returns; unknown numbers are no error.
    async fn done(&self, numbers: &[u64]) -> Result<(), StoreError>;
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its number; it grows with the order of commits.
    pub number: u64,
    /// The run whose commit wrote it.
    pub run: RunId,
    /// One JSON document.
    pub body: Arc<str>,
}
