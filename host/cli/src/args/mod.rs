//! Raw arguments: what was typed, and nothing decided yet. `config` makes sense of it.

mod backup;
mod deploy;
mod events;
mod plugin;
mod run;
mod runs;
mod secrets;
mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use backup::BackupArgs;
pub(crate) use deploy::{CheckArgs, DeployArgs, GraphArgs};
pub(crate) use events::{CallbacksArgs, CallbacksCommand, EventsArgs, EventsCommand};
pub(crate) use plugin::{PluginArgs, PluginCommand};
pub(crate) use run::RunArgs;
pub(crate) use runs::{RunsArgs, RunsCommand};
pub(crate) use secrets::{SecretsArgs, SecretsCommand};
pub(crate) use serve::ServeArgs;

/// Where state lies unless the caller says otherwise.
pub(crate) const DATA_DEFAULT: &str = "segue-data";

const EXIT_CODES: &str = "\
Exit codes:
  0    done; of `run`: the run completed
  1    the run faulted or was cancelled; `check`, `graph` or `deploy` found errors in a document
  2    the command line, a file or the configuration cannot be used
  3    no host could be reached, or the host refused the request
  4    the host failed, or Segue has a defect
  130  interrupted

Environment:
  SEGUE_DATA, SEGUE_CONFIG, SEGUE_HOST   defaults of --data, --config and --host
  SEGUE_TOKEN                            the token of the host that --host names
  NO_COLOR                               as --color never, unless --color is given
  SEGUE_LOG                              what the host logs, for example `info` or `segue=debug`";

/// Runs workflows of sandboxed WebAssembly steps, durably.
#[derive(Debug, Parser)]
#[command(name = "segue", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct GlobalArgs {
    /// How results and errors are printed
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,

    /// When to use colors
    #[arg(long, global = true, value_enum)]
    pub(crate) color: Option<Color>,

    /// The data directory: state, token and compiled plugins [default: ./segue-data]
    #[arg(long, global = true, value_name = "DIR", env = "SEGUE_DATA")]
    pub(crate) data: Option<PathBuf>,

    /// The host to use, for example https://segue.example [default: the one that holds the data directory]
    #[arg(long, global = true, value_name = "URL", env = "SEGUE_HOST")]
    pub(crate) host: Option<String>,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// One JSON document on stdout
    Json,
}

/// When to use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a workflow and print its output
    Run(RunArgs),
    /// Start the host: durable workflows behind a local API
    Serve(ServeArgs),
    /// Say what is wrong with workflow documents, where, and how to mend it
    Check(CheckArgs),
    /// Draw a workflow as a Mermaid flowchart
    Graph(GraphArgs),
    /// Print the JSON Schema of workflow documents, for editors
    Schema,
    /// Send workflows and plugins to the running host
    Deploy(DeployArgs),
    /// Look at plugins
    Plugin(PluginArgs),
    /// Look at runs, and end them
    Runs(RunsArgs),
    /// Copy a host's data into a new directory, also while the host runs
    Backup(BackupArgs),
    /// Say which Segue this is, and which standard plugins it contains
    Version,
    /// Store, list and delete secrets
    Secrets(SecretsArgs),
    /// Publish events, and follow those of the host
    Events(EventsArgs),
    /// Answer what runs are waiting for
    Callbacks(CallbacksArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_may_stand_anywhere() {
        let cli = Cli::try_parse_from(["segue", "runs", "list", "--output", "json", "--data", "d"]);
        let global = cli.unwrap().global;
        assert_eq!(global.output, Output::Json);
        assert_eq!(global.data, Some(PathBuf::from("d")));
    }

    #[test]
    fn every_exit_code_is_in_the_help() {
        let help = Cli::command().render_help().to_string();
        for code in crate::error::Exit::ALL {
            assert!(
                help.contains(&format!("\n  {:<3} ", code.code())),
                "{code:?} in {help}"
            );
        }
    }
}
