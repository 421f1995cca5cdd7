//! Where things are: the checkout, its build folders, and the cache that clones share.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// The folders that chores work in.
pub(crate) struct Workspace {
    root: PathBuf,
    cache: PathBuf,
}

impl Workspace {
    /// The checkout that this binary was built from.
    pub(crate) fn of_this_checkout() -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or_else(|| Failure::new("xtask's manifest has no folder above it"))?;
        Ok(Workspace {
            root: root.to_owned(),
            cache: cache_folder()?,
        })
    }

    /// The top of the checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// `target/guests`: the built guests, their index and their build folders.
    pub(crate) fn guests(&self) -> PathBuf {
        self.root.join("target").join("guests")
    }

    /// The component of a guest, once it was built.
    pub(crate) fn guest(&self, name: &str) -> PathBuf {
        self.guests().join(format!("{name}.wasm"))
    }

    /// The host's binary, once it was built.
    pub(crate) fn segue(&self) -> PathBuf {
        self.root.join("target").join("debug").join("segue")
    }

    /// A program that was built with optimisation.
    pub(crate) fn release(&self, name: &str) -> PathBuf {
        self.root.join("target").join("release").join(name)
    }

    /// cargo in a folder whose crates are built for guests, here for this machine: their logic
    /// is plain Rust.
    pub(crate) fn native_cargo(&self, folder: &str) -> Command {
        let target = self.root.join("target").join("native");
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(self.root.join(folder))
            .env("CARGO_TARGET_DIR", target.join(folder.replace('/', "-")));
        cargo
    }

    /// What is expensive to make and the same for every clone: toolchains and built guests.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }
}

/// `SEGUE_CACHE`, else `$XDG_CACHE_HOME/segue`, else `~/.cache/segue`.
fn cache_folder() -> Result<PathBuf, Failure> {
    let named = |key: &str| {
        std::env::var_os(key)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder = named("SEGUE_CACHE")
        .or_else(|| named("XDG_CACHE_HOME").map(|base| base.join("segue")))
        .or_else(|| named("HOME").map(|home| home.join(".cache").join("segue")))
        .ok_or_else(|| {
            Failure::new(
                "no folder for the cache: neither SEGUE_CACHE, XDG_CACHE_HOME nor HOME is set",
            )
            .mend("set SEGUE_CACHE to a folder that this user may write")
        })?;
    std::path::absolute(&folder).map_err(|_| {
        Failure::new(format!(
            "the cache folder {} is not a usable path",
            folder.display()
        ))
    })
}
