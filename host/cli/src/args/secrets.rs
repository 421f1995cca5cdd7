//! `segue secrets`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Store, list and delete secrets.
///
/// The host seals them with its key, and gives them out to nobody: requests of workflows that
/// declare a secret carry it, and no step, log or journal ever sees it.
#[derive(Debug, Args)]
pub(crate) struct SecretsArgs {
    #[command(subcommand)]
    pub(crate) command: SecretsCommand,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Store a secret, or replace it
    ///
    /// The value is read from a file, from standard input, or from the terminal, without an
    /// echo. It is never an argument: other users see those, and shells keep them. A JSON
    /// object or JSON string is taken as such, any other text as it is, but for the line end
    /// at its end.
    Put {
        /// Its name: letters, digits, `_` and `-`
        #[arg(value_name = "NAME")]
        name: String,
        /// Read the value from this file; - for standard input
        #[arg(long, value_name = "FILE")]
        from_file: Option<PathBuf>,
    },
    /// List the names of all secrets, and when each was stored
    List,
    /// Delete a secret
    Delete {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}
