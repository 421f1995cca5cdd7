//! What a host decides about its sandbox, and what can go wrong when it is set up.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use cap_std::fs::Dir;

use crate::egress::resolve::{Resolve, SystemResolver};
use crate::secrets::{NoSecrets, SecretSource};

/// A secret of the host: 32 random bytes, with which it authenticates the compiled code
/// that it maps. Compile workers and guests never see it.
#[derive(Clone)]
pub struct HostKey(pub [u8; 32]);

impl std::fmt::Debug for HostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostKey(..)")
    }
}

/// Where components are compiled.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// In a child process that calls [`crate::compile_worker`], so that a hostile component
    /// can exhaust nothing but the child.
    Child {
        /// The program; usually the running binary.
        program: PathBuf,
        /// Its arguments; usually one hidden subcommand.
        args: Vec<OsString>,
    },
    /// In this process. For tests and tools that compile only what they trust.
    InProcess,
}

impl Compiler {
    /// The running binary with the hidden subcommand `name`.
    pub fn this_binary(name: &str) -> std::io::Result<Self> {
        Ok(Compiler::Child {
            program: std::env::current_exe()?,
            args: vec![name.into()],
        })
    }
}

/// How sandboxes get their memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool reserved at start; on demand where the reservation fails.
    #[default]
    Auto,
    /// On demand, for hosts that may not reserve address space. Slower.
    OnDemand,
}

/// How many sandboxes there are at once. Further attempts wait for a free one.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    /// Whether to pool.
    pub allocation: Allocation,
    /// Sandboxes for small guests (Rust, C, QuickJS …).
    pub small_slots: u32,
    /// Sandboxes for large guests (Python, SpiderMonkey …), which keep up to 32 MiB each.
    pub large_slots: u32,
}

impl Default for PoolOptions {
    /// Fits two cores: more sandboxes than cores only help steps that wait for a network,
    /// and 64 of those at once is plenty; large ones are few because they keep memory.
    fn default() -> Self {
        PoolOptions {
            allocation: Allocation::Auto,
            small_slots: 64,
            large_slots: 16,
        }
    }
}

/// Everything that a [`crate::Runtime`] is built from.
pub struct Options {
    /// The directory of compiled components: mode 0700, owned by this process's user.
    pub cache: Dir,
    /// Authenticates what lies in it.
    pub key: HostKey,
    /// Where to compile.
    pub compiler: Compiler,
    /// How many sandboxes.
    pub pool: PoolOptions,
    /// Turns host names into addresses for outgoing HTTP.
    pub resolver: Arc<dyn Resolve>,
    /// Certificate authorities in PEM form that are trusted beside the public ones.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// Reveals secrets to the requests of attempts.
    pub secrets: Arc<dyn SecretSource>,
}

impl Options {
    /// The defaults around a cache directory, a key and a compiler.
    pub fn new(cache: Dir, key: HostKey, compiler: Compiler) -> Self {
        Options {
            cache,
            key,
            compiler,
            pool: PoolOptions::default(),
            resolver: Arc::new(SystemResolver),
            extra_roots_pem: None,
            secrets: Arc::new(NoSecrets),
        }
    }
}

/// Why a runtime could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The cache directory is readable or writable by others, or not ours.
    #[error(
        "the compiled-component cache is not private ({found}): make it a directory of mode 0700 that belongs to the user who runs the host"
    )]
    CacheNotPrivate {
        /// What was found.
        found: String,
    },
    /// The cache directory could not be looked at.
    #[error("cannot read the compiled-component cache directory")]
    Cache(#[source] std::io::Error),
    /// wasmtime refused its configuration.
    #[error("cannot set up the sandbox engine: {detail}")]
    Engine {
        /// What wasmtime said.
        detail: String,
    },
    /// The extra certificate authorities are unusable.
    #[error(
        "the extra certificate authorities are not usable ({detail}): give one PEM file of certificates"
    )]
    Roots {
        /// Why.
        detail: String,
    },
}
