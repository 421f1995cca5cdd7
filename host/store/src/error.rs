//! What a store as a whole can fail with.

use segue_model::Digest;

/// A failure that is not one run's own. Sources are kept, never printed twice.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory belongs to another host.
    #[error(
        "the data directory {directory} is in use by {holder}: stop that host, or choose another directory with --data"
    )]
    InUse {
        /// The directory.
        directory: String,
        /// Who holds it.
        holder: String,
    },
    /// Written by a newer Segue.
    #[error(
        "the store has schema version {found}, this host knows versions up to {known}: use a newer host"
    )]
    TooNew {
        /// The store's version.
        found: u32,
        /// The newest version that this host knows.
        known: u32,
    },
    /// The disk is full.
    #[error("the disk is full: free some space; runs in progress are kept")]
    Full,
    /// Something of that name exists and differs.
    #[error(
        "{what} exists already with another content ({digest}): give the new one a new version"
    )]
    Exists {
        /// What.
        what: String,
        /// The digest of what exists.
        digest: Digest,
    },
    /// Something that no store keeps, whenever it is tried.
    #[error("this cannot be stored: {reason}")]
    Refused {
        /// What is too large, and the limit.
        reason: String,
    },
    /// Stored data that cannot be read.
    #[error("stored data is damaged: {what}")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// A write failed in a way that leaves open whether it is on disk. Nothing more is
    /// written until the store is opened again, which shows what is there.
    #[error(
        "the store takes no more writes since it failed ({cause}): restart the host, which goes on from what is on disk"
    )]
    Broken {
        /// The failure.
        cause: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The backend failed.
    #[error("the store failed while it {during}")]
    Backend {
        /// What it was doing.
        during: &'static str,
        /// The backend's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
