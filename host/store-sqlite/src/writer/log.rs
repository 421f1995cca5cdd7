//! The write-ahead log: written ahead when the store opens, copied back when it gets long.
//!
//! SQLite starts the log anew, at its beginning, at the first commit after all of it was
//! copied back; the file keeps its length, and syncing into space that a file has already
//! is about twice as fast as growing it.

use std::io::{self, Write};

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, DEFAULT_NAME, ErrorCode};

use crate::directory::DataDirectory;
use crate::failure::Failure;
use crate::options::Options;

/// Pages of log that are kept as a file after a burst; what is longer is cut when idle.
const KEEP_PAGES: u32 = 16_384;

/// Looks after the log of the writer's connection.
pub(super) struct Log {
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
    pub(super) fn new(options: &Options) -> Self {
        Log {
            checkpoint_pages: options.checkpoint_pages,
        }
    }

    /// Copies the log back when it is long. Called after the callers were answered.
    pub(super) fn after_commit(&mut self, connection: &Connection) -> Result<(), Failure> {
        let length = measure(connection)?;
        if length.pages >= self.checkpoint_pages && length.copied < length.pages {
            checkpoint(connection, CheckpointMode::PASSIVE)?;
        }
        Ok(())
    }

    /// Copies the log back while nothing else is to be done, so that the next start finds
    /// little to recover, and cuts it after a burst.
    pub(super) fn tidy(&mut self, connection: &Connection) -> Result<(), Failure> {
        let length = measure(connection)?;
        if length.pages > KEEP_PAGES.max(self.checkpoint_pages) {
            checkpoint(connection, CheckpointMode::TRUNCATE)?;
        } else if length.copied < length.pages {
            checkpoint(connection, CheckpointMode::PASSIVE)?;
        }
        Ok(())
    }

    /// Empties the log, so that a copy of the database file alone is whole.
    pub(super) fn close(&mut self, connection: &Connection) -> Result<(), Failure> {
        checkpoint(connection, CheckpointMode::TRUNCATE)?;
        Ok(())
    }
}

/// Makes the log file at least `bytes` long, with zeros after what SQLite wrote, which it
/// takes for the end of the log: their checksums do not fit.
pub(crate) fn reserve(directory: &DataDirectory, bytes: u64) -> io::Result<()> {
    const BLOCK: [u8; 64 << 10] = [0; 64 << 10];
    if bytes == 0 {
        return Ok(());
    }
    let mut log = directory.log()?;
    let mut length = log.metadata()?.len();
    while length < bytes {
        log.write_all(&BLOCK)?;
        length += BLOCK.len() as u64;
    }
    log.sync_all()
}

fn measure(connection: &Connection) -> Result<Length, Failure> {
    checkpoint(connection, CheckpointMode::NOOP)
}

/// Readers and a checkpoint of a tool from outside may keep it from finishing: no failure.
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
