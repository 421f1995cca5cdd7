//! `segue serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Start the host.
///
/// Without any configuration: SQLite and a generated token in ./segue-data, and the API on
/// loopback. Other commands in the same directory find the host by themselves. SIGINT or
/// SIGTERM ends it after the attempts in flight; a second one ends it at once.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where the API listens [default: 127.0.0.1:7420]
    #[arg(long, short, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,

    /// A plugin to deploy at start (a component, *.wasm); may be given again
    #[arg(long, short, value_name = "FILE")]
    pub(crate) plugin: Vec<PathBuf>,

    /// The configuration [default: ./segue.toml, where it exists]
    #[arg(long, short, value_name = "FILE", env = "SEGUE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}
