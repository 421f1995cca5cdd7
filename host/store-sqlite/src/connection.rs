//! Connections to the database: one that writes, some that read.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::failure::Failure;
use crate::options::Options;

/// Prepared statements that a connection keeps: more than there are.
const STATEMENTS: usize = 128;

/// How long a connection waits for another one's short lock. Only a tool from outside, such
/// as a backup, ever holds one against the writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Page cache of the writer in KiB: the pages that active runs change again and again.
const WRITER_CACHE_KIB: i64 = 32 << 10;

/// Page cache of a reader in KiB.
const READER_CACHE_KIB: i64 = 4 << 10;

/// The page size in bytes. The log takes whole pages, so larger ones cost more to sync.
const PAGE_BYTES: i64 = 4096;

/// Opens the connection that writes.
pub(crate) fn open_writer(path: &Path, options: &Options) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        let what = format!("this file system gives no write-ahead log (journal mode `{mode}`)");
        return Err(Failure::Refused(what));
    }
    // FULL syncs the log at every commit: what is acknowledged is on disk.
    connection.pragma_update(None, "synchronous", "full")?;
    // The writer decides when the log is copied back (see writer::log): never while what is
    // on disk is unknown, not even when the connection is closed.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if let Some(bytes) = options.database_bytes_max {
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / PAGE_BYTES;
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(connection)
}

/// Opens a connection that reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(path, flags, READER_CACHE_KIB)
}

fn open(path: &Path, flags: OpenFlags, cache_kib: i64) -> Result<Connection, Failure> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Nothing in the file may run code: no triggers and views of others, no edits of the
    // schema by hand.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    Ok(connection)
}
