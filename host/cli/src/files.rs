//! The one room where paths that a user gave are opened. Everything else works on what it
//! returns: texts, bytes, and an opened data directory.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt, File, OpenOptions, OpenOptionsExt};
use segue_model::limits::COMPONENT_BYTES_MAX;

/// Bytes of a document, an input or a configuration that are read: above what a host takes,
/// so that the host's own message names its limit.
pub(crate) const TEXT_BYTES_MAX: u64 = 8 << 20;
/// Bytes of a file of the data directory that this program wrote itself.
const OWN_BYTES_MAX: u64 = 64 << 10;

/// State and secrets concern nobody but their owner.
const DIRECTORY_MODE: u32 = 0o700;
const SECRET_MODE: u32 = 0o600;

/// The name that stands for standard input.
pub(crate) const STDIN: &str = "-";

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It cannot be opened or read.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The path, as it was given.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is larger than anything that is taken.
    #[error("{path} has more than {limit} bytes, which is more than any host takes")]
    TooLarge {
        /// The path.
        path: String,
        /// The most that is read.
        limit: u64,
    },
    /// It should be a text.
    #[error("{path} is not UTF-8: byte {at} starts no character")]
    NotText {
        /// The path.
        path: String,
        /// Where.
        at: usize,
    },
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.display().to_string();
    move |source| FileError::Io {
        doing,
        path,
        source,
    }
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

/// Reads a text file, or standard input where the path is `-`.
pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = if is_stdin(path) {
        limited(
            io::stdin().lock(),
            TEXT_BYTES_MAX,
            Path::new("standard input"),
        )?
    } else {
        read_limited(path, TEXT_BYTES_MAX)?
    };
    String::from_utf8(bytes).map_err(|error| FileError::NotText {
        path: path.display().to_string(),
        at: error.utf8_error().valid_up_to(),
    })
}

/// Reads a component.
pub(crate) fn read_component(path: &Path) -> Result<Vec<u8>, FileError> {
    read_limited(path, COMPONENT_BYTES_MAX as u64)
}

fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = File::open_ambient(path, ambient_authority()).map_err(failed("open", path))?;
    limited(file, limit, path)
}

fn limited(reader: impl Read, limit: u64, path: &Path) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let mut reader = reader.take(limit + 1);
    reader
        .read_to_end(&mut bytes)
        .map_err(failed("read", path))?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge {
            path: path.display().to_string(),
            limit,
        });
    }
    Ok(bytes)
}

/// Whether there is a file at `path`.
pub(crate) fn exists(path: &Path) -> bool {
    File::open_ambient(path, ambient_authority()).is_ok()
}

/// Removes a directory that this program made, with all that is in it.
pub(crate) fn remove_tree(path: &Path) -> Result<(), FileError> {
    let remove = || Dir::open_ambient_dir(path, ambient_authority())?.remove_open_dir_all();
    remove().map_err(failed("remove", path))
}

/// An opened folder whose files are read by relative names.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: Dir,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let dir = Dir::open_ambient_dir(path, ambient_authority());
        Ok(Folder {
            dir: dir.map_err(failed("open the folder", path))?,
            path: path.to_owned(),
        })
    }

    /// A text in it, at most `limit` bytes; `None` where there is none. Nothing outside of the
    /// folder is reached, by whatever links.
    pub(crate) fn read_text(&self, name: &str, limit: u64) -> Result<Option<String>, FileError> {
        let path = self.path.join(name);
        let file = match self.dir.open(name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("open", &path)(error)),
        };
        let bytes = limited(file, limit, &path)?;
        let text = String::from_utf8(bytes).map_err(|error| FileError::NotText {
            path: path.display().to_string(),
            at: error.utf8_error().valid_up_to(),
        })?;
        Ok(Some(text))
    }
}

/// An opened data directory.
#[derive(Debug)]
pub(crate) struct DataDir {
    dir: Dir,
    path: PathBuf,
}

impl DataDir {
    /// Opens the directory, where it exists.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, FileError> {
        match Dir::open_ambient_dir(path, ambient_authority()) {
            Ok(dir) => Ok(Some(DataDir {
                dir,
                path: path.to_owned(),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("open the data directory", path)(error)),
        }
    }

    /// Opens the directory; creates it, for its owner only, where it does not exist.
    pub(crate) fn create(path: &Path) -> Result<Self, FileError> {
        if let Some(opened) = Self::open(path)? {
            return Ok(opened);
        }
        let create = || {
            let above = match path.parent() {
                Some(parent) if parent != Path::new("") => parent,
                _ => Path::new("."),
            };
            Dir::create_ambient_dir_all(above, ambient_authority())?;
            let above = Dir::open_ambient_dir(above, ambient_authority())?;
            let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            create_private(&above, Path::new(name))
        };
        create().map_err(failed("create the data directory", path))?;
        Self::open(path)?
            .ok_or_else(|| failed("open the data directory", path)(io::ErrorKind::NotFound.into()))
    }

    /// The path, as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A directory in it, for its owner only; created where it does not exist.
    pub(crate) fn private_dir(&self, name: &str) -> Result<Dir, FileError> {
        let open = || {
            create_private(&self.dir, Path::new(name))?;
            self.dir.open_dir(name)
        };
        open().map_err(failed("open", &self.path.join(name)))
    }

    /// A small file in it, where it exists.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        let path = self.path.join(name);
        match self.dir.open(name) {
            Ok(file) => limited(file, OWN_BYTES_MAX, &path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("open", &path)(error)),
        }
    }

    /// Writes a file that only its owner may read: whole or not at all, and on disk when this
    /// returns.
    pub(crate) fn write_secret(&self, name: &str, content: &[u8]) -> Result<(), FileError> {
        let write = || {
            use io::Write;
            let new = format!("{name}.{}.new", std::process::id());
            // Left by a process of the same number that was killed; its mode is not to be trusted.
            self.remove(&new).map_err(io::Error::other)?;
            let mut options = OpenOptions::new();
            options.create_new(true).write(true).mode(SECRET_MODE);
            let mut file = self.dir.open_with(&new, &options)?;
            file.write_all(content)?;
            file.sync_all()?;
            self.dir.rename(&new, &self.dir, name)?;
            // cap-std's own handle cannot be synced (it is opened with O_PATH).
            self.dir.open(".")?.sync_all()
        };
        write().map_err(failed("write", &self.path.join(name)))
    }

    /// Removes a file; one that is not there is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), FileError> {
        match self.dir.remove_file(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &self.path.join(name))(error))
            }
            _ => Ok(()),
        }
    }
}

fn create_private(above: &Dir, name: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.mode(DIRECTORY_MODE);
    match above.create_dir_with(name, &builder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cap_std::fs::PermissionsExt;

    #[test]
    fn secrets_and_the_directory_are_for_their_owner_only() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("deep").join("data");
        let data = DataDir::create(&path).unwrap();
        data.write_secret("token", b"first").unwrap();
        data.write_secret("token", b"second").unwrap();
        assert_eq!(data.read("token").unwrap().unwrap(), b"second");
        let mode = |meta: cap_std::fs::Metadata| meta.permissions().mode() & 0o777;
        assert_eq!(mode(data.dir.metadata("token").unwrap()), 0o600);
        assert_eq!(mode(data.dir.dir_metadata().unwrap()), 0o700);
        assert_eq!(data.dir.entries().unwrap().count(), 1);
        data.remove("token").unwrap();
        data.remove("token").unwrap();
        assert_eq!(data.read("token").unwrap(), None);
    }

    #[test]
    fn a_directory_that_does_not_exist_is_none_and_a_file_is_an_error() {
        let above = tempfile::tempdir().unwrap();
        assert!(DataDir::open(&above.path().join("none")).unwrap().is_none());
        let data = DataDir::create(above.path()).unwrap();
        data.write_secret("file", b"x").unwrap();
        let error = DataDir::open(&above.path().join("file")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot open the data directory")
        );
    }

    #[test]
    fn a_folder_gives_what_lies_in_it_and_nothing_else() {
        let above = tempfile::tempdir().unwrap();
        let data = DataDir::create(&above.path().join("in")).unwrap();
        data.write_secret("here", b"text").unwrap();
        let outside = DataDir::create(above.path()).unwrap();
        outside.write_secret("out", b"no").unwrap();
        std::os::unix::fs::symlink("../out", above.path().join("in/link")).unwrap();
        let folder = Folder::open(&above.path().join("in")).unwrap();
        assert_eq!(folder.read_text("here", 10).unwrap().unwrap(), "text");
        assert_eq!(folder.read_text("there", 10).unwrap(), None);
        assert!(matches!(
            folder.read_text("here", 3),
            Err(FileError::TooLarge { limit: 3, .. })
        ));
        for outside in ["../out", "link"] {
            assert!(folder.read_text(outside, 10).is_err(), "{outside}");
        }
    }

    #[test]
    fn what_is_too_large_or_no_text_is_refused() {
        let large = limited(io::repeat(b'x'), 10, Path::new("big"));
        assert!(matches!(large, Err(FileError::TooLarge { limit: 10, .. })));
        let above = tempfile::tempdir().unwrap();
        let data = DataDir::create(above.path()).unwrap();
        data.write_secret("bin", b"ab\xff").unwrap();
        let error = read_text(&above.path().join("bin")).unwrap_err();
        assert!(matches!(error, FileError::NotText { at: 2, .. }));
    }
}
