//! The plugins that the binary `segue` contains: `target/guests/standard` has each of them
//! packed, with its descriptor beside it, and `host/cli/build.rs` takes what is there.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::cache::Cache;
use super::check::Shape;
use super::guest::{Guest, Origin};
use crate::failure::{Doing, Failure};
use crate::workspace::Workspace;
use crate::{files, fingerprint};

/// Their names.
pub(super) const STANDARD: &[&str] = &["http", "javascript", "openapi", "python"];
/// Deflate's level: a higher one takes three times as long for one percent.
const LEVEL: u8 = 7;

/// Whether a guest is one of them.
pub(super) fn is_standard(guest: &Guest) -> bool {
    guest.origin == Origin::Plugin && STANDARD.contains(&guest.name.as_str())
}

/// Packs a guest that was built, unless it is packed already.
pub(super) fn pack(
    workspace: &Workspace,
    cache: &Cache,
    guest: &Guest,
    key: &str,
    shape: &Shape,
) -> Result<(), Failure> {
    let bytes = cache.get(&guest.name, key)?;
    let folder = folder(workspace)?;
    // It is a pure function of the component, and so kept under the same key.
    let packed_name = format!("{}.deflate{LEVEL}", guest.name);
    if !cache.has(&packed_name, key) {
        let packed = miniz_oxide::deflate::compress_to_vec(&bytes, LEVEL);
        cache.put(&packed_name, key, &packed)?;
    }
    let packed = cache.get(&packed_name, key)?;
    files::write_whole(&folder.join(format!("{}.deflate", guest.name)), &packed)?;
    let descriptor = descriptor(guest, &bytes, shape)?;
    let path = folder.join(format!("{}.json", guest.name));
    files::write_whole(&path, descriptor.to_string().as_bytes())
}

/// Whether a guest is packed.
pub(super) fn is_packed(workspace: &Workspace, guest: &Guest) -> bool {
    folder(workspace).is_ok_and(|folder| {
        ["deflate", "json"]
            .iter()
            .all(|kind| folder.join(format!("{}.{kind}", guest.name)).is_file())
    })
}

fn folder(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.guests().join("standard");
    files::make_folder(&folder)?;
    Ok(folder)
}

/// What the host would find out by compiling the component: its `descriptor.json`, which a test
/// holds against what the component says, and what belongs to these very bytes.
fn descriptor(guest: &Guest, bytes: &[u8], shape: &Shape) -> Result<Value, Failure> {
    let path = guest.folder.join("descriptor.json");
    let reading = || format!("read {}", path.display());
    let text = fs::read_to_string(&path).doing(reading)?;
    let mut descriptor: Value = serde_json::from_str(&text).doing(reading)?;
    let members = descriptor
        .as_object_mut()
        .ok_or("it is no object")
        .doing(reading)?;
    let digest = format!("sha256:{}", fingerprint::sha256(bytes));
    members.insert("digest".to_owned(), json!(digest));
    members.insert("sizeBytes".to_owned(), json!(bytes.len()));
    members.insert("imports".to_owned(), json!(shape.imports()));
    Ok(descriptor)
}
