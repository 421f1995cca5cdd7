//! What can be set when a store is opened. The defaults are right for almost everybody.

/// Connections that read. Reads are short, and two of them fill the cores of a small machine
/// beside the writer.
const READERS: usize = 4;

/// Bytes of requests that may wait for the writer; callers beyond it wait themselves. It
/// bounds what a burst may hold in memory.
const QUEUE_BYTES_MAX: usize = 64 << 20;

/// The log's length in pages (of 4 KiB) at which it is copied back into the database: long
/// enough that pages which change all the time are copied once for many commits.
const CHECKPOINT_PAGES: u32 = 2_000;

/// Bytes of log that are written ahead when the store is opened: the pages above and what
/// comes while they are copied. Syncing into space that the file has already is faster than
/// growing it with every commit.
const LOG_RESERVE_BYTES: u64 = 10 << 20;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections that read, at least 1.
    pub readers: usize,
    /// Bytes of requests that may wait for the writer.
    pub queue_bytes_max: usize,
    /// Pages of 4 KiB in the log at which it is copied back.
    pub checkpoint_pages: u32,
    /// Bytes of log to write ahead when opening; 0 for none.
    pub log_reserve_bytes: u64,
    /// Bytes that the database may take, beside its log; no limit but the disk where `None`.
    /// A store at its limit answers as on a full disk.
    pub database_bytes_max: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            readers: READERS,
            queue_bytes_max: QUEUE_BYTES_MAX,
            checkpoint_pages: CHECKPOINT_PAGES,
            log_reserve_bytes: LOG_RESERVE_BYTES,
            database_bytes_max: None,
        }
    }
}
