//! What can end a command, and the exit code that says so.

use std::path::PathBuf;

use segue_model::Problem;

use crate::config::ConfigError;
use crate::files::FileError;

/// The exit codes of `segue`, as `--help` documents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Ok,
    /// The run faulted, or a document has errors.
    Failed,
    /// The command line, a file or the configuration cannot be used.
    Usage,
    /// No host, or it refused.
    Host,
    /// The host failed, or Segue has a defect.
    Internal,
    /// SIGINT, as shells count it.
    Interrupted,
}

impl Exit {
    #[cfg(test)]
    pub(crate) const ALL: [Exit; 6] = [
        Exit::Ok,
        Exit::Failed,
        Exit::Usage,
        Exit::Host,
        Exit::Internal,
        Exit::Interrupted,
    ];

    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Host => 3,
            Exit::Internal => 4,
            Exit::Interrupted => 130,
        }
    }
}

/// Why a command ended without doing what it was asked for. Sources are kept, never printed
/// twice.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The arguments contradict each other or name something impossible.
    #[error("{0}")]
    Usage(String),
    /// `segue.toml` cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// No host holds the data directory.
    #[error("no host is running for the data directory {}: start one with `segue serve --data {}`, or name one with --host", data.display(), data.display())]
    NoHost {
        /// The data directory.
        data: PathBuf,
    },
    /// The host was named, and does not answer.
    #[error("the host at {address} cannot be reached: is it running, and is the address right?")]
    Unreachable {
        /// Its address.
        address: String,
        /// What went wrong on the way.
        #[source]
        source: Box<ureq::Error>,
    },
    /// There is no token for the named host.
    #[error(
        "no token for {address}: set SEGUE_TOKEN to the text in the file `token` of the host's data directory"
    )]
    NoToken {
        /// The host's address.
        address: String,
    },
    /// The host answered with something that is no answer of Segue's API.
    #[error("{address} does not answer as a Segue host does: {detail}")]
    Foreign {
        /// Its address.
        address: String,
        /// What it said.
        detail: String,
    },
    /// The host refused.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// A host could not be started here.
    #[error("the host cannot start: {detail}")]
    Start {
        /// What is wrong, and the fix.
        detail: String,
        /// The part's own error.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Nothing can be written to the terminal or pipe.
    #[error("the output cannot be written")]
    Output(#[source] std::io::Error),
}

impl CliError {
    /// The code to exit with.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            CliError::Usage(_)
            | CliError::Config(_)
            | CliError::File(_)
            | CliError::NoToken { .. } => Exit::Usage,
            CliError::NoHost { .. } | CliError::Unreachable { .. } | CliError::Foreign { .. } => {
                Exit::Host
            }
            CliError::Refused(problem) if problem.status >= 500 => Exit::Internal,
            CliError::Refused(_) => Exit::Host,
            CliError::Start { .. } | CliError::Output(_) => Exit::Internal,
        }
    }

    /// The problem that the host answered with, where it did.
    pub(crate) fn problem(&self) -> Option<&Problem> {
        match self {
            CliError::Refused(problem) => Some(problem),
            _ => None,
        }
    }
}
