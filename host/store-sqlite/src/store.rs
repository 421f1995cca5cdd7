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
use crate::writer::{Transaction, Writer, reserve_log};
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
        let failed = |source: std::io::Error| StoreError::Backend {
            during: "opened its database",
            source: Box::new(source),
        };
        let database = directory.database().map_err(failed)?;
        let refused = |failure: Failure| failure.into_store_error("opened its database");
        let mut connection = open_writer(&database, options).map_err(refused)?;
        schema::migrate(&mut connection, clock.now())?;
        let fence = take_ownership(&connection).map_err(refused)?;
        reserve_log(&directory, options.log_reserve_bytes).map_err(failed)?;
        let writer = Writer::start(connection, options, Arc::clone(&clock), fence);
        Ok(SqliteStore(Arc::new(Inner {
            readers: Readers::new(database, options.readers),
            writer: writer.map_err(failed)?,
            clock,
            fence,
            _lock: lock,
        })))
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
