//! The inbox: events that the host accepted, in the order of acceptance, and who listens.
//!
//! Numbers grow with the order in which events became durable and are never given out twice,
//! also after everything has expired. A run is offered what was accepted after its first
//! commit; that place is fixed then and kept with the run.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::{RunId, Timestamp};

use crate::error::StoreError;

/// Keeps accepted events for as long as runs may ask for them.
#[async_trait]
pub trait Events: Send + Sync {
    /// Accepts events: each gets the next number, unless one with its source and id is in the
    /// inbox already, which then stays as it is. Durable when this returns; results in the
    /// order of `events`. One that is too large refuses them all ([`StoreError::Refused`]).
    async fn accept(&self, events: Vec<NewEvent>) -> Result<Vec<Accepted>, StoreError>;

    /// Accepted events, by number.
    async fn inbox(&self, query: &InboxQuery) -> Result<Vec<InboxEvent>, StoreError>;

    /// Events for one listener of a run, by number, after number `after`: of its types,
    /// accepted after the run was created, and not consumed by the run up to the entry that
    /// made the listener. Empty where the listener is not there.
    async fn offers(
        &self,
        run: &RunId,
        listen: u64,
        after: u64,
        limit: usize,
    ) -> Result<Vec<InboxEvent>, StoreError>;

    /// Runs with a listener that may want an event of type `kind`, each once, in order of
    /// their ids, after `after`.
    async fn listeners(
        &self,
        kind: &str,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError>;

    /// Runs with any listener, each once, in order of their ids, after `after`: after a start
    /// the host looks whether there is something for them.
    async fn listening(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError>;

    /// Removes events that were accepted before `before`, the oldest first, at most `limit`,
    /// and what was noted of their consumption. Returns how many were removed. One that comes
    /// again afterwards is a new event. Commits may wait as long as a batch takes: ask for
    /// hundreds, not for thousands.
    async fn expire(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// An event that is to be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// CloudEvents `source`.
    pub source: String,
    /// CloudEvents `id`; unique within the source.
    pub id: String,
    /// CloudEvents `type`.
    pub kind: String,
    /// The envelope: one JSON object in CloudEvents 1.0 structured form.
    pub body: Arc<str>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its number in the inbox.
    pub number: u64,
    /// Whether it was there before.
    pub duplicate: bool,
}

/// An event of the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxEvent {
    /// Its number.
    pub number: u64,
    /// When it was accepted (the store's time).
    pub accepted_at: Timestamp,
    /// The envelope.
    pub body: Arc<str>,
}

/// Which events of the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxQuery {
    /// Only events with a larger number.
    pub after: u64,
    /// Only of these types; none is any.
    pub types: Option<Vec<String>>,
    /// At most this many.
    pub limit: usize,
}
