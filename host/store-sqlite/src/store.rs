//! The store's handle: opening, closing, and the way to the writer and the readers.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use segue_model::Timestamp;
use segue_store::{Clock, Fence, StoreError};

use crate::connection::open_writer;
use crate::directory::DataDirectory;
use crate::failure::Failure;
use crate::lock::Lock;
use crate::options::Options;
use crate::reads::Readers;
use crate::writer::{Log, Transaction, Writer};
use crate::{components, fence, schema};

/// The SQLite store. Clones are handles of the same one; it closes with the last of them.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

/// Fields are dropped in this order, after [`Inner::close`]: the lock goes last.
struct Inner {
    readers: Readers,
    writer: Writer,
    clock: Arc<dyn Clock>,
    fence: Fence,
    _lock: Lock,
}

impl SqliteStore {
    /// Opens the store in a data directory, which is made (mode 0700) where it does not
    /// exist. Blocks while it recovers, migrates and takes ownership.
    ///
    /// The directory is a path, because SQLite opens its files by path.
    ///
    /// Errors: [`StoreError::InUse`] where another process has it open,
    /// [`StoreError::TooNew`] where a newer host wrote it, [`StoreError::Damaged`],
    /// [`StoreError::Full`], or [`StoreError::Backend`].
    pub fn open(
        directory: &Path,
        options: &Options,
        clock: impl Clock + 'static,
    ) -> Result<Self, StoreError> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let directory = DataDirectory::open(directory)?;
        let lock = Lock::acquire(&directory, clock.now())?;
        let opened = Inner::open(&directory, lock, options, clock);
        let opened = opened.map_err(|failure| failure.into_store_error("opened its database"))?;
        Ok(SqliteStore(Arc::new(opened)))
    }

    /// Writes what waits, refuses everything after that, and empties the log. Blocks until
    /// all is done. The data directory is released when the last handle is dropped, which
    /// closes the store in the same way.
    pub fn close(&self) {
        self.0.close();
    }

    pub(crate) fn own_fence(&self) -> Fence {
        self.0.fence
    }

    /// See [`Writer::write`].
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        during: &'static str,
        bytes: usize,
        act: impl FnMut(&mut Transaction<'_>) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.0.writer.write(during, bytes, act).await
    }

    /// See [`Readers::read`].
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        during: &'static str,
        act: impl FnOnce(&Connection) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.0.readers.read(during, act).await
    }
}

impl Clock for SqliteStore {
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl Inner {
    fn open(
        directory: &DataDirectory,
        lock: Lock,
        options: &Options,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let database = directory.database()?;
        let mut connection = open_writer(&database, options)?;
        schema::migrate(&mut connection, clock.now())?;
        let fence = take_ownership(&connection)?;
        let log = Log::start(&database, directory, options)?;
        Ok(Inner {
            readers: Readers::new(database, options.readers),
            writer: Writer::start(connection, log, options, Arc::clone(&clock))?,
            clock,
            fence,
            _lock: lock,
        })
    }

    fn close(&self) {
        self.readers.close();
        self.writer.join();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Makes this host the owner: commits that carry an earlier token are refused from now on.
fn take_ownership(connection: &Connection) -> Result<Fence, Failure> {
    components::drop_unfinished(connection)?;
    fence::raise(connection)
}
