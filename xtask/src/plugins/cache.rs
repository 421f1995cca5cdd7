//! Built guests in the cache folder, by name and key: what one clone built, the next one takes.

use std::fs;
use std::path::PathBuf;

use super::index;
use crate::failure::{Doing, Failure};
use crate::files;
use crate::workspace::Workspace;

/// The folder of built guests that clones share.
pub(super) struct Cache(PathBuf);

impl Cache {
    pub(super) fn new(workspace: &Workspace) -> Result<Self, Failure> {
        let folder = workspace.cache().join("guests");
        files::make_folder(&folder)?;
        Ok(Cache(folder))
    }

    pub(super) fn has(&self, name: &str, key: &str) -> bool {
        self.path(name, key).is_file()
    }

    pub(super) fn get(&self, name: &str, key: &str) -> Result<Vec<u8>, Failure> {
        let path = self.path(name, key);
        fs::read(&path).doing(|| format!("read the cached guest {}", path.display()))
    }

    pub(super) fn put(&self, name: &str, key: &str, bytes: &[u8]) -> Result<(), Failure> {
        files::write_whole(&self.path(name, key), bytes)
    }

    fn path(&self, name: &str, key: &str) -> PathBuf {
        self.0.join(index::file_name(name, key))
    }
}
