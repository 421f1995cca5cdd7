//! The cache of compiled components: files that are mapped as machine code, and therefore
//! only after a MAC with the host's key has shown that this host wrote them.

use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use cap_std::fs::{Dir, MetadataExt, OpenOptions, OpenOptionsExt};
use hmac::{Hmac, KeyInit, Mac};
use segue_model::Digest;
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::options::{HostKey, RuntimeError};

/// The largest compiled component that is read: several times that of the largest guest
/// kit, and far from filling memory.
pub(crate) const ARTIFACT_BYTES_MAX: u64 = 512 << 20;

/// The cache directory, opened and checked.
pub(crate) struct Cache {
    dir: Dir,
    key: HostKey,
    fingerprint: String,
}

impl Cache {
    /// Refuses a directory that others can read or write, or that belongs to somebody else.
    pub(crate) fn open(dir: Dir, key: HostKey, fingerprint: String) -> Result<Self, RuntimeError> {
        let metadata = dir.dir_metadata().map_err(RuntimeError::Cache)?;
        let (mode, owner) = (metadata.mode() & 0o777, metadata.uid());
        let us = rustix::process::geteuid().as_raw();
        if mode & 0o077 != 0 || owner != us {
            return Err(RuntimeError::CacheNotPrivate {
                found: format!("mode {mode:04o}, owner {owner}, expected 0700 and {us}"),
            });
        }
        Ok(Cache {
            dir,
            key,
            fingerprint,
        })
    }

    fn name(&self, component: &Digest) -> String {
        format!("{}-{}", component.hex(), self.fingerprint)
    }

    /// The MAC of an artifact under its name (HMAC-SHA-256, RFC 2104), so that neither its
    /// bytes nor the component that it stands for can be exchanged.
    fn mac(&self, name: &str, artifact: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key.0).ok()?;
        mac.update(b"segue compiled component 1");
        mac.update(&(name.len() as u64).to_be_bytes());
        mac.update(name.as_bytes());
        mac.update(artifact);
        Some(mac)
    }

    /// The compiled component, if it is in the cache, whole, and ours. `engines` are tried
    /// by `choose` (see [`Cache::map`]).
    pub(crate) fn load<T>(
        &self,
        component: &Digest,
        choose: impl FnOnce(&dyn Fn(&Engine) -> wasmtime::Result<Component>) -> wasmtime::Result<T>,
    ) -> Option<T> {
        let name = self.name(component);
        let mut file = self.dir.open(artifact_name(&name)).ok()?;
        let mut artifact = Vec::new();
        let read = (&mut file)
            .take(ARTIFACT_BYTES_MAX)
            .read_to_end(&mut artifact);
        let tag = self.dir.read(mac_name(&name));
        let (Ok(_), Ok(tag)) = (read, tag) else {
            return self.distrust(&name, "it cannot be read");
        };
        let verified = self.mac(&name, &artifact)?.verify_slice(&tag).is_ok();
        if !verified {
            return self.distrust(&name, "it is not what this host wrote");
        }
        match choose(&|engine| map(engine, &file, &artifact)) {
            Ok(loaded) => Some(loaded),
            Err(error) => self.distrust(&name, &format!("the engine refuses it: {error:#}")),
        }
    }

    fn distrust<T>(&self, name: &str, why: &str) -> Option<T> {
        tracing::warn!(name, why, "a compiled component is compiled again");
        None
    }

    /// Writes an artifact and its MAC, each in one step: a reader sees a whole file or none,
    /// and one without the other does not verify.
    pub(crate) fn store(&self, component: &Digest, artifact: &[u8]) -> io::Result<()> {
        let name = self.name(component);
        let mac = self
            .mac(&name, artifact)
            .ok_or_else(|| io::Error::other("the key is unusable"))?;
        self.replace(&artifact_name(&name), artifact)?;
        self.replace(&mac_name(&name), &mac.finalize().into_bytes())
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // Two processes may store the same component: each writes its own file.
        let temporary = format!("{name}.{}.tmp", rustix::process::getpid().as_raw_nonzero());
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = self.dir.open_with(&temporary, &options)?;
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        self.dir.rename(&temporary, &self.dir, name)
    }
}

fn artifact_name(name: &str) -> String {
    format!("{name}.cwasm")
}

fn mac_name(name: &str) -> String {
    format!("{name}.mac")
}

/// Maps the file whose verified bytes are `artifact`.
#[expect(
    unsafe_code,
    reason = "wasmtime cannot check machine code; the MAC has shown that this host compiled it, and the directory is private to its user"
)]
fn map(engine: &Engine, file: &cap_std::fs::File, artifact: &[u8]) -> wasmtime::Result<Component> {
    // The open file itself, not whatever has its name by now.
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    // SAFETY: the bytes were compiled by this host (MAC), and only this host's user can
    // change the file. wasmtime itself refuses artifacts of other versions and settings.
    if let Ok(component) = unsafe { Component::deserialize_file(engine, &path) } {
        return Ok(component);
    }
    // No /proc here, or the engine refuses it, which the bytes will tell as well.
    // SAFETY: as above; these are the very bytes that were verified.
    unsafe { Component::deserialize(engine, artifact) }
}

/// Takes machine code straight from the compiler, where it cannot be cached.
#[expect(
    unsafe_code,
    reason = "wasmtime cannot check machine code; this was compiled by our own worker just now"
)]
pub(crate) fn adopt(engine: &Engine, artifact: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes come from our own compile worker and never left this process.
    unsafe { Component::deserialize(engine, artifact) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use cap_std::ambient_authority;

    use super::*;
    use crate::engine::{Layout, compiling_engine};

    fn private_dir() -> (tempfile::TempDir, Dir) {
        let temp = tempfile::tempdir().unwrap();
        std::fs::set_permissions(temp.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let dir = Dir::open_ambient_dir(temp.path(), ambient_authority()).unwrap();
        (temp, dir)
    }

    fn stored() -> (tempfile::TempDir, Cache, Engine, Digest) {
        let (temp, dir) = private_dir();
        let engine = compiling_engine(Layout::Reserved).unwrap();
        let wasm = wat::parse_str("(component)").unwrap();
        let cache = Cache::open(dir, HostKey([7; 32]), "print".to_owned()).unwrap();
        let digest = Digest::of(&wasm);
        let artifact = engine.precompile_component(&wasm).unwrap();
        cache.store(&digest, &artifact).unwrap();
        (temp, cache, engine, digest)
    }

    fn loads(cache: &Cache, engine: &Engine, digest: &Digest) -> bool {
        cache.load(digest, |map| map(engine)).is_some()
    }

    #[expect(clippy::disallowed_methods, reason = "the attacker is not polite")]
    fn tamper(temp: &tempfile::TempDir, ending: &str, change: impl Fn(&mut Vec<u8>)) {
        for entry in std::fs::read_dir(temp.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().ends_with(ending) {
                let mut bytes = std::fs::read(&path).unwrap();
                change(&mut bytes);
                std::fs::write(&path, bytes).unwrap();
            }
        }
    }

    #[test]
    fn what_was_stored_is_loaded() {
        let (_temp, cache, engine, digest) = stored();
        assert!(loads(&cache, &engine, &digest));
        assert!(!loads(&cache, &engine, &Digest::of(b"another")));
    }

    #[test]
    fn a_changed_cut_or_unsigned_file_is_not_loaded() {
        type Change = fn(&mut Vec<u8>);
        let changes: [(&str, Change); 5] = [
            (".cwasm", |b| b[100] ^= 1),
            (".cwasm", |b| b.truncate(200)),
            (".cwasm", Vec::clear),
            (".mac", |b| b[0] ^= 1),
            (".mac", Vec::clear),
        ];
        for (ending, change) in changes {
            let (temp, cache, engine, digest) = stored();
            tamper(&temp, ending, change);
            assert!(!loads(&cache, &engine, &digest), "{ending}");
        }
    }

    #[test]
    fn another_hosts_key_does_not_open_the_cache() {
        let (temp, _, engine, digest) = stored();
        let dir = Dir::open_ambient_dir(temp.path(), ambient_authority()).unwrap();
        let other = Cache::open(dir, HostKey([8; 32]), "print".to_owned()).unwrap();
        assert!(!loads(&other, &engine, &digest));
    }

    #[test]
    fn a_directory_that_others_can_enter_is_refused() {
        let (temp, _) = private_dir();
        std::fs::set_permissions(temp.path(), PermissionsExt::from_mode(0o750)).unwrap();
        let dir = Dir::open_ambient_dir(temp.path(), ambient_authority()).unwrap();
        let refused = Cache::open(dir, HostKey([7; 32]), "print".to_owned());
        assert!(matches!(refused, Err(RuntimeError::CacheNotPrivate { .. })));
    }
}
