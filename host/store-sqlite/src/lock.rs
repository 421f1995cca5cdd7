//! The exclusive lock on a data directory.
//!
//! The lock is the kernel's (flock), so it ends with the process, however that ends, and
//! leaves nothing to clean up. Who holds it is written beside it, for people.

use std::fmt;
use std::io::{self, Write};

use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use segue_model::Timestamp;
use segue_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::directory::DataDirectory;

const LOCK: &str = "lock";
const HOLDER: &str = "holder.json";
const HOLDER_NEW: &str = "holder.json.new";
const MODE: u32 = 0o600;

/// A held lock. Dropping it releases it.
pub(crate) struct Lock {
    /// Carries the lock; it ends when the file is closed.
    _file: File,
    dir: Dir,
}

/// Who holds a lock.
#[derive(Serialize, Deserialize)]
struct Holder {
    host: String,
    pid: u32,
    since: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder { host, pid, since } = self;
        write!(f, "process {pid} on host `{host}` since {since}")
    }
}

impl Lock {
    /// Takes the lock, or says who has it. Never waits.
    pub(crate) fn acquire(data: &DataDirectory, now: Timestamp) -> Result<Lock, StoreError> {
        let failed = |source: io::Error| StoreError::Backend {
            during: "locked its data directory",
            source: Box::new(source),
        };
        let file = open(&data.dir, LOCK).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(StoreError::InUse {
                    directory: data.path.display().to_string(),
                    holder: read_holder(&data.dir),
                });
            }
            Err(errno) => return Err(failed(errno.into())),
        }
        let dir = data.dir.try_clone().map_err(failed)?;
        write_holder(&dir, now).map_err(failed)?;
        Ok(Lock { _file: file, dir })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only tidiness: the note means nothing without the lock, and the next holder
        // replaces it.
        let _ = self.dir.remove_file(HOLDER);
    }
}

fn open(dir: &Dir, name: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(MODE);
    dir.open_with(name, &options)
}

/// Writes who holds the lock, whole or not at all, so that nobody reads half of it.
fn write_holder(dir: &Dir, now: Timestamp) -> io::Result<()> {
    let holder = Holder {
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        pid: std::process::id(),
        since: now,
    };
    let mut file = open(dir, HOLDER_NEW)?;
    file.set_len(0)?;
    file.write_all(&serde_json::to_vec(&holder)?)?;
    dir.rename(HOLDER_NEW, dir, HOLDER)
}

fn read_holder(dir: &Dir) -> String {
    let read = || -> io::Result<Holder> {
        let text = dir.read_to_string(HOLDER)?;
        Ok(serde_json::from_str(&text)?)
    };
    // A holder that is just starting has not written it yet.
    read().map_or_else(
        |_| "another process".to_owned(),
        |holder| holder.to_string(),
    )
}
