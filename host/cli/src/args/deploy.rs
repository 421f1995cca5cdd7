//! `segue check` and `segue deploy`.

use std::path::PathBuf;

use clap::Args;

/// Say what is wrong with workflow documents, where, and how to mend it.
///
/// With plugins, or where a host holds the data directory, the steps that the workflow calls
/// are looked up as well. `--output json` is for editors: docs/check.md describes it.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The workflow documents (YAML or JSON); - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// A plugin to look steps up in (a component, *.wasm); may be given again
    #[arg(long, short, value_name = "FILE")]
    pub(crate) plugin: Vec<PathBuf>,

    /// The configuration whose grants the plugins need, and whose catalogs the documents use
    #[arg(long, short, value_name = "FILE", env = "SEGUE_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// Draw a workflow as a Mermaid flowchart: what runs, in which order, and where it jumps.
#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// The workflow document (YAML or JSON); - for stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The configuration whose catalogs the document uses
    #[arg(long, short, value_name = "FILE", env = "SEGUE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// Send workflows and plugins to the running host.
///
/// Plugins are deployed before workflows, whatever their order here.
#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// Workflow documents (YAML or JSON) and components (*.wasm)
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}
