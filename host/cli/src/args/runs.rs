//! `segue runs`.

use clap::{Args, Subcommand};

/// Look at runs, and end them.
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List runs, newest first
    List {
        /// Only runs of this status: pending, running, waiting, suspended, cancelled, faulted or completed
        #[arg(long, value_name = "STATUS")]
        status: Option<String>,
        /// Only runs of this workflow, as NAMESPACE/NAME
        #[arg(long, value_name = "WORKFLOW")]
        workflow: Option<String>,
        /// Only children of this run
        #[arg(long, value_name = "RUN")]
        parent: Option<String>,
        /// Only runs of this role: run (the default of the API is both) or schedule
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// Only runs older than this one
        #[arg(long, value_name = "RUN")]
        before: Option<String>,
    },
    /// Show a run: where it stands, its attempts, its result
    Show {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
    },
    /// Cancel a run
    Cancel {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
        /// Why; stands in the journal
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Stop a run for a while: what is in flight may end, nothing new begins
    Suspend {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
        /// Why; stands in the journal
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Let a suspended run go on
    Resume {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
    },
    /// Delete a run that has ended, with its journal and its payloads
    Delete {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
    },
    /// Show a run's journal: everything that happened to it, in order
    Journal {
        /// The run's id
        #[arg(value_name = "RUN")]
        run: String,
        /// The first entry to show
        #[arg(long, value_name = "SEQ", default_value_t = 1)]
        from: u64,
        /// At most this many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
}
