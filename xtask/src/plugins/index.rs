//! `target/guests/index.json`: what was built, from which state of the sources, and its shape.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check::Shape;
use super::guest::Guest;
use crate::failure::{Doing, Failure};
use crate::{files, fingerprint};

/// How much of the key stands in a file name: enough never to meet by chance.
const KEY_IN_NAME: usize = 16;

/// All built guests, sorted by name.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) guests: Vec<Entry>,
}

/// One built guest.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    name: String,
    /// `plugin` or `fixture`.
    origin: String,
    language: String,
    /// The hash of everything that it was built from.
    key: String,
    /// Its file beside the index; `<name>.wasm` has the same content.
    file: String,
    bytes: u64,
    sha256: String,
    #[serde(flatten)]
    shape: Shape,
}

/// `<name>-<key>.wasm`.
pub(super) fn file_name(name: &str, key: &str) -> String {
    format!("{name}-{}.wasm", key.get(..KEY_IN_NAME).unwrap_or(key))
}

/// Removes what was built from other states of the sources.
pub(super) fn remove_older(folder: &Path, name: &str) -> Result<(), Failure> {
    for path in files::entries(folder)? {
        if is_build_of(&files::name(&path), name) {
            fs::remove_file(&path).doing(|| format!("remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn is_build_of(file: &str, name: &str) -> bool {
    let key = file
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-')?.strip_suffix(".wasm"));
    key.is_some_and(|key| {
        key.len() == KEY_IN_NAME && key.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

impl Entry {
    pub(super) fn new(guest: &Guest, key: &str, file: String, bytes: &[u8], shape: Shape) -> Self {
        Entry {
            name: guest.name.clone(),
            origin: guest.origin.name().into(),
            language: guest.language.name().into(),
            key: key.into(),
            file,
            bytes: bytes.len() as u64,
            sha256: fingerprint::sha256(bytes),
            shape,
        }
    }
}

impl Index {
    /// An index that is missing or unreadable counts as empty: everything is looked at again.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("index.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).doing(|| "write the index as JSON".into())?;
        files::write_whole(&folder.join("index.json"), text.as_bytes())
    }

    /// Whether the guest is there in this state of its sources, with both its files whole.
    pub(super) fn holds(&self, folder: &Path, name: &str, key: &str) -> bool {
        self.guests
            .iter()
            .find(|entry| entry.name == name && entry.key == key)
            .is_some_and(|entry| {
                [entry.file.clone(), format!("{name}.wasm")]
                    .iter()
                    .all(|file| {
                        fs::metadata(folder.join(file))
                            .is_ok_and(|found| found.len() == entry.bytes)
                    })
            })
    }

    pub(super) fn replace(&mut self, entry: Entry) {
        self.guests.retain(|other| other.name != entry.name);
        self.guests.push(entry);
        self.guests.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Drops what has no sources any more.
    pub(super) fn keep_only(&mut self, guests: &[Guest]) {
        self.guests
            .retain(|entry| guests.iter().any(|guest| guest.name == entry.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_of_one_guest_is_not_taken_for_one_of_a_guest_with_a_longer_name() {
        let file = file_name("http-get", &"0123456789abcdef".repeat(4));
        assert_eq!(file, "http-get-0123456789abcdef.wasm");
        assert!(is_build_of(&file, "http-get"));
        assert!(!is_build_of(&file, "http"));
        assert!(!is_build_of("http-get.wasm", "http-get"));
    }
}
