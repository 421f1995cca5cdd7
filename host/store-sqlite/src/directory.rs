//! The data directory: made private, opened once.
//!
//! Our own files in it are reached through the opened directory. SQLite cannot be: it opens
//! its log and its shared memory itself, by the database's path with a suffix, so it is given
//! a path.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt, OpenOptions, OpenOptionsExt};
use segue_store::StoreError;

/// The database's name in the directory.
const DATABASE: &str = "segue.db";
/// The name that SQLite gives the database's log.
const LOG: &str = "segue.db-wal";

/// What is stored concerns nobody but the host's own user.
const DIRECTORY_MODE: u32 = 0o700;
/// As for the directory. SQLite gives its log and shared memory the database's mode.
const DATABASE_MODE: u32 = 0o600;

/// An open data directory.
pub(crate) struct DataDirectory {
    pub(crate) path: PathBuf,
    pub(crate) dir: Dir,
}

impl DataDirectory {
    /// Opens the directory, and creates it where it does not exist (mode 0700, with the
    /// directories above it as the umask says).
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || {
            create(path)?;
            Dir::open_ambient_dir(path, ambient_authority())
        };
        match open() {
            Ok(dir) => Ok(DataDirectory {
                path: path.to_owned(),
                dir,
            }),
            Err(source) => Err(StoreError::Backend {
                during: "opened its data directory",
                source: format!("{}: {source}", path.display()).into(),
            }),
        }
    }

    /// The path for SQLite. The file exists, readable and writable by its owner only.
    pub(crate) fn database(&self) -> io::Result<PathBuf> {
        let mut options = OpenOptions::new();
        options
            .create(true)
            .truncate(false)
            .write(true)
            .mode(DATABASE_MODE);
        // Closed before SQLite opens it: a later close would release SQLite's own locks.
        drop(self.dir.open_with(DATABASE, &options)?);
        Ok(self.path.join(DATABASE))
    }

    /// Where the database of a directory lies, whether there is one or not.
    pub(crate) fn database_in(path: &Path) -> PathBuf {
        path.join(DATABASE)
    }

    /// Bytes of the database.
    pub(crate) fn database_bytes(&self) -> io::Result<u64> {
        Ok(self.dir.metadata(DATABASE)?.len())
    }

    /// Makes the database and its entry in the directory durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.dir.open(DATABASE)?.sync_all()?;
        self.dir.open(".")?.sync_all()
    }

    /// The log, for appending; it exists once something was written.
    pub(crate) fn log(&self) -> io::Result<cap_std::fs::File> {
        self.dir.open_with(LOG, OpenOptions::new().append(true))
    }
}

fn create(path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name() else {
        return Ok(()); // `.`, `..` or `/`: exists, or cannot be made.
    };
    let above = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    Dir::create_ambient_dir_all(above, ambient_authority())?;
    let above = Dir::open_ambient_dir(above, ambient_authority())?;
    let mut builder = DirBuilder::new();
    builder.mode(DIRECTORY_MODE);
    match above.create_dir_with(name, &builder) {
        // The new entry must survive a power loss, or all that is in it is lost.
        Ok(()) => above.open(".")?.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
