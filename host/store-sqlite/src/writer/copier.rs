//! The thread beside the writer that copies the log back into the database, and writes the
//! log's file ahead: syncing into space that a file has already is faster than growing it.

use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use cap_std::fs::File;
use rusqlite::Connection;

use super::log::copy_back;
use crate::connection::open_writer;
use crate::directory::DataDirectory;
use crate::failure::{Failure, Reach, chain};
use crate::options::Options;

/// Bytes written at once while the log is written ahead.
static BLOCK: [u8; 64 << 10] = [0; 64 << 10];

/// The handle of the thread.
pub(super) struct Copier {
    /// Holds one request: more say nothing new. Gone once stopped.
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    failed: Failed,
}

/// The failure that ended the thread.
type Failed = Arc<Mutex<Option<Failure>>>;

impl Copier {
    pub(super) fn start(
        database: &Path,
        directory: &DataDirectory,
        options: &Options,
    ) -> Result<Self, Failure> {
        let (sender, requests) = sync_channel(1);
        let failed = Failed::default();
        let job = Job {
            connection: open_writer(database, options)?,
            log: directory.log()?,
            log_reserve_bytes: options.log_reserve_bytes,
            requests,
        };
        let thread = std::thread::Builder::new().name("segue-log".to_owned());
        let thread = thread.spawn({
            let failed = Arc::clone(&failed);
            move || {
                if let Err(failure) = job.run() {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                }
            }
        })?;
        Ok(Copier {
            requests: Some(sender),
            thread: Some(thread),
            failed,
        })
    }

    /// Has the log copied back, soon. Returns the failure that ended the thread, once.
    pub(super) fn copy(&self) -> Result<(), Failure> {
        let Some(requests) = &self.requests else {
            return Ok(());
        };
        match requests.try_send(()) {
            Ok(()) | Err(TrySendError::Full(())) => Ok(()),
            Err(TrySendError::Disconnected(())) => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.take().map_or(Ok(()), Err)
            }
        }
    }

    /// Ends the thread, after what it does at the moment.
    pub(super) fn stop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so, and the log is whole without it.
            let _ = thread.join();
        }
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the thread owns.
struct Job {
    connection: Connection,
    log: File,
    log_reserve_bytes: u64,
    requests: Receiver<()>,
}

impl Job {
    fn run(mut self) -> Result<(), Failure> {
        // Not worth a failure: the log grows by itself, only slower.
        if let Err(error) = write_ahead(&mut self.log, self.log_reserve_bytes) {
            tracing::warn!(%error, "the store's log could not be written ahead");
        }
        while let Ok(()) = self.requests.recv() {
            match copy_back(&self.connection) {
                Err(failure) if failure.reach() == Reach::Unknown => return Err(failure),
                Err(failure) => {
                    // The log stays longer than it should; the next try may succeed.
                    tracing::warn!(cause = chain(&failure), "the log could not be copied back");
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }
}

/// Makes the log at least `bytes` long, with zeros, which SQLite takes for the end of the
/// log: their checksums do not fit. Commits may go on meanwhile: they write at places of
/// their own or at the end, and this only ever appends.
fn write_ahead(log: &mut File, bytes: u64) -> io::Result<()> {
    while log.metadata()?.len() < bytes {
        log.write_all(&BLOCK)?;
    }
    log.sync_all()
}
