//! One hash over everything that a build depends on.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::failure::{Doing, Failure};
use crate::files;

/// Folders that builds make; nothing is built from them.
const MADE_BY_BUILDS: &[&str] = &["target", "__pycache__", ".venv", "node_modules"];

/// Collects inputs; their order and names count, and none can run into the next.
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Fingerprint(Sha256::new())
    }

    /// Adds a text under a label.
    pub(crate) fn text(&mut self, label: &str, value: &str) {
        self.part(label.as_bytes());
        self.part(value.as_bytes());
    }

    /// Adds a file, or a folder with everything below it. What does not exist counts as absent.
    /// Paths are taken relative to `root`, so that two clones agree.
    pub(crate) fn tree(&mut self, root: &Path, path: &Path) -> Result<(), Failure> {
        let relative = path
            .strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned();
        let reading = || format!("read {}", path.display());
        let Ok(kind) = fs::symlink_metadata(path) else {
            self.text("absent", &relative);
            return Ok(());
        };
        if kind.is_symlink() {
            let target = fs::read_link(path).doing(reading)?;
            self.text(&relative, &target.to_string_lossy());
        } else if kind.is_dir() {
            for entry in files::entries(path)? {
                if !MADE_BY_BUILDS.contains(&files::name(&entry).as_str()) {
                    self.tree(root, &entry)?;
                }
            }
        } else {
            let bytes = fs::read(path).doing(reading)?;
            self.part(relative.as_bytes());
            self.part(&bytes);
        }
        Ok(())
    }

    /// The hash as 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }

    fn part(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// The SHA-256 of some bytes as 64 hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folder: &Path) -> String {
        let mut print = Fingerprint::new();
        print.tree(folder, folder).unwrap();
        print.finish()
    }

    #[test]
    fn a_changed_byte_a_new_file_and_a_new_name_each_change_the_hash() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        fs::write(folder.join("a"), "one").unwrap();
        let first = of(folder);
        fs::write(folder.join("a"), "two").unwrap();
        let changed = of(folder);
        fs::write(folder.join("b"), "").unwrap();
        let added = of(folder);
        fs::rename(folder.join("b"), folder.join("c")).unwrap();
        let renamed = of(folder);
        let mut all = vec![first, changed, added, renamed];
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn what_builds_leave_behind_does_not_count() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        fs::write(folder.join("a"), "one").unwrap();
        let before = of(folder);
        fs::create_dir(folder.join("target")).unwrap();
        fs::write(folder.join("target").join("junk"), "junk").unwrap();
        assert_eq!(of(folder), before);
    }
}
