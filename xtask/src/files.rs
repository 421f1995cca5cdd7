//! Files that appear whole or not at all, and locks between chores that run at the same time.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Failure};

/// Writes `bytes` to `path` so that a reader, or a kill in the middle, never sees a part.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let partial = beside(path, "partial");
    fs::write(&partial, bytes).doing(|| format!("write {}", partial.display()))?;
    fs::rename(&partial, path).doing(|| format!("move a file to {}", path.display()))
}

/// Makes the folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).doing(|| format!("make the folder {}", path.display()))
}

/// Removes the folder with everything in it; it is no failure if there is none.
pub(crate) fn remove_folder(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).doing(|| format!("remove the folder {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Makes the folder anew: whatever an earlier chore left there is gone.
pub(crate) fn fresh_folder(path: &Path) -> Result<(), Failure> {
    remove_folder(path)?;
    make_folder(path)
}

/// Makes the folder `path` by letting `fill` fill another one beside it, which is then
/// renamed: if `path` exists, it is whole, whatever was killed when. Does nothing if it exists.
/// Others who want the same folder wait.
pub(crate) fn folder_once(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), Failure>,
) -> Result<PathBuf, Failure> {
    let parent = path
        .parent()
        .ok_or_else(|| Failure::new(format!("{} has no parent", path.display())))?;
    make_folder(parent)?;
    let _lock = lock(&beside(path, "lock"))?;
    if !path.is_dir() {
        let partial = beside(path, "partial");
        remove_folder(&partial)?;
        make_folder(&partial)?;
        fill(&partial)?;
        fs::rename(&partial, path).doing(|| format!("move a folder to {}", path.display()))?;
    }
    Ok(path.to_owned())
}

/// Waits for the exclusive lock on the file `path`, which the returned handle holds.
pub(crate) fn lock(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .doing(|| format!("open the lock {}", path.display()))?;
    file.lock().doing(|| format!("lock {}", path.display()))?;
    Ok(file)
}

/// The entries of a folder, sorted by name, so that everything made from them is the same everywhere.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let reading = || format!("read the folder {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).doing(reading)? {
        paths.push(entry.doing(reading)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The last part of a path as text.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    path.with_file_name(format!(".{}.{suffix}", name(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_whose_filling_failed_does_not_exist_and_the_next_try_starts_clean() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("tools");
        let failed = folder_once(&path, |partial| {
            fs::write(partial.join("half"), "half").unwrap();
            Err(Failure::new("killed"))
        });
        assert!(failed.is_err());
        assert!(!path.exists());

        folder_once(&path, |partial| {
            assert!(entries(partial).unwrap().is_empty());
            fs::write(partial.join("whole"), "whole").doing(|| "write".into())
        })
        .unwrap();
        assert!(path.join("whole").is_file());
    }

    #[test]
    fn a_folder_that_exists_is_not_filled_again() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("tools");
        folder_once(&path, |_| Ok(())).unwrap();
        folder_once(&path, |_| Err(Failure::new("filled twice"))).unwrap();
    }
}
