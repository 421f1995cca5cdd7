//! The only place that names concrete parts: which store, which sandbox, which randomness.

mod backup;
mod catalogs;
mod entropy;
mod host;
mod invoker;
mod sandbox;
mod sinks;
mod vault;

pub(crate) use backup::backup;
pub(crate) use catalogs::Folders;
pub(crate) use host::{Embedded, Kept, Plan};
pub(crate) use invoker::{everything_denied, worker};
pub(crate) use sandbox::{Scratch, sandbox};

use crate::error::CliError;

/// The async runtime of a command that hosts something.
pub(crate) fn tokio_runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("segue")
        .build()
        .map_err(|error| CliError::Start {
            detail: "the system gives no threads".to_owned(),
            source: Some(Box::new(error)),
        })
}
