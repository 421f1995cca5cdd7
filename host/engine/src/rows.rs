//! State as rows: what a store keeps of a run, and how it comes back.

use std::sync::Arc;

use segue_model::{Digest, Timestamp};

use crate::state::TimerId;

/// The version of the row format.
pub(crate) const ROW_VERSION: u16 = 1;

/// The key of the root row; scopes have keys from 1.
pub(crate) const ROOT_KEY: u32 = 0;

/// What changed since the last call of [`crate::Run::take_changes`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Rows to write, `(key, version, JSON document)`, the root first.
    pub put: Vec<(u32, u16, String)>,
    /// Rows to remove.
    pub delete: Vec<u32>,
    /// Timers to set or clear.
    pub timers: Vec<TimerChange>,
    /// Large payloads that these rows refer to and that no earlier changes held.
    pub payloads: Vec<(Digest, Arc<str>)>,
}

/// A change of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerChange {
    /// Wake the run at that time with [`crate::Input::Timer`].
    Set {
        /// The timer.
        timer: TimerId,
        /// When.
        at: Timestamp,
    },
    /// No longer.
    Clear {
        /// The timer.
        timer: TimerId,
    },
}

/// Rows that are no run of this engine.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A row that is not what an engine writes.
    #[error("state row {key} cannot be read")]
    Malformed {
        /// Which row.
        key: u32,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Written by a newer engine.
    #[error(
        "state row {key} has version {found}; this host knows versions up to {known}: use a newer host"
    )]
    TooNew {
        /// Which row.
        key: u32,
        /// Its version.
        found: u16,
        /// The newest that this engine reads.
        known: u16,
    },
    /// No root row.
    #[error("the root row is missing")]
    NoRoot,
}
