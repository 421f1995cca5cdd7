//! `segue backup`.

use std::path::PathBuf;

use clap::Args;

/// Copy a host's data into a new directory, also while the host runs.
///
/// The copy is what one moment had: runs, journals, plugins, workflows, events, and secrets with
/// the keys that seal them. Keep it as private as the data itself. To restore it, start a host
/// with `--data DIR`, and only one: two hosts that go on from the same data do everything twice.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The new directory
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}
