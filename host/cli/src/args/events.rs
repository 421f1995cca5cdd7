//! `segue events` and `segue callbacks`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Publish events, and follow those of the host.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    pub(crate) command: EventsCommand,
}

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Send events to the host: one CloudEvent as a JSON object, or several as an array
    Publish {
        /// Files of JSON; - for stdin
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Follow the lifecycle events of all runs
    Watch,
}

/// Answer what runs are waiting for.
#[derive(Debug, Args)]
pub(crate) struct CallbacksArgs {
    #[command(subcommand)]
    pub(crate) command: CallbacksCommand,
}

/// What to do with callbacks.
#[derive(Debug, Subcommand)]
pub(crate) enum CallbacksCommand {
    /// List the callbacks that a run waits for, with their addresses
    List {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
    },
    /// Answer the callback that a run waits for
    Answer {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
        /// The answer: JSON, @FILE, or - for stdin
        #[arg(value_name = "JSON")]
        answer: String,
        /// The pointer of the task, where the run waits for more than one
        #[arg(long, value_name = "POINTER")]
        task: Option<String>,
    },
}
