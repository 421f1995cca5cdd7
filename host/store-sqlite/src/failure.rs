//! What SQLite's errors mean for a store.

use rusqlite::ErrorCode;
use segue_store::StoreError;

/// Why a piece of work inside a transaction failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// SQLite reported an error.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A file or a thread of our own failed.
    #[error(transparent)]
    System(#[from] std::io::Error),
    /// Something was read that no version of this store writes.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The database was written by a newer host.
    #[error("schema version {found} is newer than {known}")]
    TooNew {
        /// The database's schema version.
        found: u32,
        /// The newest that this host knows.
        known: u32,
    },
    /// Something that this store cannot keep.
    #[error("{0}")]
    Refused(String),
}

/// How far a failure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The one request that met it; others in its transaction could go on.
    Request,
    /// The transaction, which certainly did not happen. Later ones may succeed.
    Transaction,
    /// The disk is full; as `Transaction`.
    Full,
    /// What is on disk is unknown: nothing more may be written until the store was opened
    /// again. After a failed fsync the kernel may drop what it could not write and report
    /// success the next time, so trying again would acknowledge what is lost.
    Unknown,
}

impl Failure {
    pub(crate) fn reach(&self) -> Reach {
        let code = match self {
            Failure::Sqlite(error) => error.sqlite_error_code(),
            _ => None,
        };
        match code {
            Some(ErrorCode::DiskFull) => Reach::Full,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::InternalMalfunction,
            ) => Reach::Unknown,
            Some(
                ErrorCode::OutOfMemory
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OperationInterrupted
                | ErrorCode::OperationAborted,
            ) => Reach::Transaction,
            _ => Reach::Request,
        }
    }

    /// As callers of the store see it.
    pub(crate) fn into_store_error(self, during: &'static str) -> StoreError {
        match self {
            Failure::Damaged(what) => StoreError::Damaged { what },
            Failure::TooNew { found, known } => StoreError::TooNew { found, known },
            failure if failure.reach() == Reach::Full => StoreError::Full,
            failure => StoreError::Backend {
                during,
                source: Box::new(failure),
            },
        }
    }
}

/// The error and its sources in one line, for where only text can be kept.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(next) = source {
        text.push_str(": ");
        text.push_str(&next.to_string());
        source = next.source();
    }
    text
}
