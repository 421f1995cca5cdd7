//! The sandbox runtime, and where it keeps compiled components.

use std::path::PathBuf;
use std::sync::Arc;

use segue_runtime::{Compiler, HostKey, Options, Overrides, PoolOptions, Runtime, SecretSource};

use super::invoker::WORKER;
use crate::config::{Config, Sandboxes};
use crate::error::CliError;
use crate::files::DataDir;
use crate::record::random_hex;

/// The directory of compiled components in the data directory.
const CACHE: &str = "compiled";
/// The key that authenticates them.
const CACHE_KEY: &str = "compiled.key";
/// Its length.
const KEY_BYTES: usize = 32;

/// Sets up the sandbox of a data directory.
pub(crate) fn sandbox(
    data: &DataDir,
    config: &Config,
    secrets: Arc<dyn SecretSource>,
) -> Result<Runtime, CliError> {
    let compiler = Compiler::this_binary(WORKER).map_err(|error| CliError::Start {
        detail:
            "the path of this program cannot be found, and components are compiled in a child of it"
                .to_owned(),
        source: Some(Box::new(error)),
    })?;
    let mut options = Options::new(data.private_dir(CACHE)?, key(data)?, compiler);
    options.pool = pool(&config.sandboxes);
    options.extra_roots_pem.clone_from(&config.extra_roots_pem);
    options.secrets = secrets;
    if !config.resolve.is_empty() {
        let overrides = Overrides::new(config.resolve.iter().cloned(), options.resolver);
        options.resolver = Arc::new(overrides);
    }
    Runtime::new(options).map_err(|error| CliError::Start {
        detail: "the sandbox cannot be set up".to_owned(),
        source: Some(Box::new(error)),
    })
}

fn pool(sandboxes: &Sandboxes) -> PoolOptions {
    let default = PoolOptions::default();
    PoolOptions {
        small_slots: sandboxes.small.unwrap_or(default.small_slots),
        large_slots: sandboxes.large.unwrap_or(default.large_slots),
        ..default
    }
}

/// The directory's key; made where there is none, or where what is there is none.
fn key(data: &DataDir) -> Result<HostKey, CliError> {
    if let Some(stored) = data
        .read(CACHE_KEY)?
        .and_then(|bytes| bytes.try_into().ok())
    {
        return Ok(HostKey(stored));
    }
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| CliError::Start {
        detail: "the system gives no random bytes".to_owned(),
        source: Some(Box::new(error)),
    })?;
    data.write_secret(CACHE_KEY, &key)?;
    Ok(HostKey(key))
}

/// A data directory for commands that only look: it goes when the command does.
pub(crate) struct Scratch {
    path: PathBuf,
    data: DataDir,
}

impl Scratch {
    /// Makes one among the system's temporary files.
    pub(crate) fn new() -> Result<Self, CliError> {
        let path = std::env::temp_dir().join(format!("segue-{}", random_hex(16)?));
        let data = DataDir::create(&path)?;
        Ok(Scratch { path, data })
    }

    /// The directory.
    pub(crate) fn data(&self) -> &DataDir {
        &self.data
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own tidying.
        let _ = crate::files::remove_tree(&self.path);
    }
}
