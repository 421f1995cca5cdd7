//! `segue run`.

use std::path::PathBuf;

use clap::Args;

/// Run a workflow and print its output.
///
/// The workflow is deployed and run by the host that holds the data directory, or in this
/// process where there is none. Progress goes to stderr, the output to stdout.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The workflow document (YAML or JSON)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The input: JSON, @FILE with JSON, or - for stdin
    #[arg(long, short, value_name = "JSON|@FILE|-", default_value = "null")]
    pub(crate) input: String,

    /// A plugin to deploy first (a component, *.wasm); may be given again
    #[arg(long, short, value_name = "FILE")]
    pub(crate) plugin: Vec<PathBuf>,

    /// The configuration of an in-process host: limits and grants [default: ./segue.toml, where it exists]
    #[arg(long, short, value_name = "FILE", env = "SEGUE_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// An idempotency key: the same key with the same request goes on with the same run
    #[arg(long, short, value_name = "KEY")]
    pub(crate) key: Option<String>,
}
