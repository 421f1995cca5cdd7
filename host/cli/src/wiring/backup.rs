//! Copying a data directory: the database through its store, the vault's keys as they are.
//! Everything else in it is made anew.

use std::path::Path;

use super::vault::KEYS;
use crate::error::CliError;
use crate::files::DataDir;

/// Copies the data of `from` into the new directory `to`; returns the database's bytes.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<u64, CliError> {
    let failed = |source| CliError::Start {
        detail: "the data cannot be copied".to_owned(),
        source: Some(Box::new(source) as Box<dyn std::error::Error + Send + Sync>),
    };
    let bytes = segue_store_sqlite::backup(from, to).map_err(failed)?;
    if let Some(data) = DataDir::open(from)?
        && let Some(keys) = data.read(KEYS)?
    {
        DataDir::create(to)?.write_secret(KEYS, &keys)?;
    }
    Ok(bytes)
}
