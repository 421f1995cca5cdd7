//! The write-ahead log as the writer sees it: who copies it back into the database, and when.
//!
//! SQLite starts the log anew, at its beginning, at the first commit after all of it was
//! copied back. Copying takes milliseconds, so a thread beside the writer does nearly all of
//! it while commits go on (see [`Copier`]); only the last pages, which would otherwise stay
//! ahead of that thread for ever, are copied by the writer between two transactions.

use std::path::Path;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, DEFAULT_NAME, ErrorCode};

use super::copier::Copier;
use crate::directory::DataDirectory;
use crate::failure::Failure;
use crate::options::Options;

/// Pages that the writer copies by itself: about a millisecond.
const TAIL_PAGES: u32 = 256;

/// The log's length, as a multiple of [`Options::checkpoint_pages`], at which the writer
/// copies it whatever that costs, so that it ends somewhere when the disk is too slow.
const LENGTH_FACTOR_MAX: u32 = 8;

/// Pages of log that are kept as a file after a burst; what is longer is cut when idle.
const KEEP_PAGES: u32 = 16_384;

/// Looks after the log of the writer's connection.
pub(crate) struct Log {
    copier: Copier,
    /// The length at which it is copied back.
    checkpoint_pages: u32,
}

/// The log's length and how much of it was copied back, in pages.
#[derive(Clone, Copy)]
struct Length {
    pages: u32,
    copied: u32,
}

impl Log {
    /// Starts the thread that copies.
    pub(crate) fn start(
        database: &Path,
        directory: &DataDirectory,
        options: &Options,
    ) -> Result<Self, Failure> {
        Ok(Log {
            copier: Copier::start(database, directory, options)?,
            checkpoint_pages: options.checkpoint_pages,
        })
    }

    /// Sees to it that a long log is copied back. Called after the callers were answered.
    pub(super) fn after_commit(&mut self, connection: &Connection) -> Result<(), Failure> {
        let length = checkpoint(connection, CheckpointMode::NOOP)?;
        let left = length.pages.saturating_sub(length.copied);
        if length.pages < self.checkpoint_pages || left == 0 {
            return Ok(());
        }
        let longest = self.checkpoint_pages.saturating_mul(LENGTH_FACTOR_MAX);
        if left <= TAIL_PAGES || length.pages > longest {
            checkpoint(connection, CheckpointMode::PASSIVE)?;
        } else {
            self.copier.copy()?;
        }
        Ok(())
    }

    /// Copies the log back while nothing else is to be done, so that the next start finds
    /// little to recover, and cuts it after a burst.
    pub(super) fn tidy(&mut self, connection: &Connection) -> Result<(), Failure> {
        let length = checkpoint(connection, CheckpointMode::NOOP)?;
        if length.pages > KEEP_PAGES.max(self.checkpoint_pages) {
            checkpoint(connection, CheckpointMode::TRUNCATE)?;
        } else if length.copied < length.pages {
            checkpoint(connection, CheckpointMode::PASSIVE)?;
        }
        Ok(())
    }

    /// Empties the log, so that a copy of the database file alone is whole.
    pub(super) fn close(&mut self, connection: &Connection) -> Result<(), Failure> {
        self.copier.stop();
        checkpoint(connection, CheckpointMode::TRUNCATE)?;
        Ok(())
    }
}

/// Copies as much of the log back as is possible beside readers and the writer.
pub(super) fn copy_back(connection: &Connection) -> Result<(), Failure> {
    checkpoint(connection, CheckpointMode::PASSIVE).map(drop)
}

/// Readers, or another checkpoint, may keep it from doing anything: no failure.
fn checkpoint(connection: &Connection, mode: CheckpointMode) -> Result<Length, Failure> {
    let done = match connection.wal_checkpoint_v2(DEFAULT_NAME, mode) {
        Ok(done) => done,
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => (0, 0),
        Err(error) => return Err(error.into()),
    };
    // -1 where there is no log.
    let pages = |count: i32| u32::try_from(count).unwrap_or(0);
    Ok(Length {
        pages: pages(done.0),
        copied: pages(done.1),
    })
}
