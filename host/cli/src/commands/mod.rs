//! One file per command: what it does, and with which exit code it ends.

mod backup;
mod callbacks;
mod check;
mod deploy;
mod embedded;
mod events;
mod graph;
mod plugin;
mod run;
mod runs;
mod schema;
mod secrets;
mod serve;
mod upload;
mod version;

use crate::args::{Cli, Command};
use crate::config::Settings;
use crate::error::{CliError, Exit};

/// Does what the command line asks for.
pub(crate) fn dispatch(cli: Cli, settings: &Settings) -> Result<Exit, CliError> {
    match cli.command {
        Command::Run(args) => run::run(settings, args),
        Command::Serve(args) => serve::serve(settings, args),
        Command::Check(args) => check::check(settings, args),
        Command::Graph(args) => graph::graph(settings, &args),
        Command::Schema => schema::schema(settings),
        Command::Deploy(args) => deploy::deploy(settings, &args.files),
        Command::Plugin(args) => plugin::plugin(settings, args.command),
        Command::Runs(args) => runs::runs(settings, args.command),
        Command::Backup(args) => backup::backup(settings, &args),
        Command::Version => version::version(settings),
        Command::Secrets(args) => secrets::secrets(settings, args.command),
        Command::Events(args) => events::events(settings, args.command),
        Command::Callbacks(args) => callbacks::callbacks(settings, args.command),
    }
}
