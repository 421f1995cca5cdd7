//! `segue plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Look at plugins.
#[derive(Debug, Args)]
pub(crate) struct PluginArgs {
    #[command(subcommand)]
    pub(crate) command: PluginCommand,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Show what a component is: its world, steps, schemas, imports and capabilities
    Inspect {
        /// The component (*.wasm)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// List the plugins of the running host
    List,
    /// Show one plugin of the running host: steps, schemas, grants and limits
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}
