//! `segue.toml`: what an operator sets. Unknown keys are refused, with their line.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use segue_bundle::{PluginPolicy, Policy, PolicyError, WorkflowPolicy};
use segue_model::StepLimits;
use serde::Deserialize;

use crate::files::{self, FileError};

/// The file that is read where none is named, if it exists.
const CONFIG_DEFAULT: &str = "segue.toml";

/// What the configuration says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// Where it was read.
    pub(crate) file: Option<PathBuf>,
    /// Where the API listens.
    pub(crate) listen: Option<SocketAddr>,
    /// How many sandboxes there are.
    pub(crate) sandboxes: Sandboxes,
    /// Certificate authorities in PEM form that are trusted beside the public ones.
    pub(crate) extra_roots_pem: Option<Vec<u8>>,
    /// Limits and grants.
    pub(crate) policy: Policy,
}

/// `[sandboxes]`: attempts at once; further ones wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Sandboxes {
    /// For small guests (Rust, C, QuickJS …).
    pub(crate) small: Option<u32>,
    /// For large guests (Python, SpiderMonkey …).
    pub(crate) large: Option<u32>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// Not TOML, or a key that means nothing; the detail names the line.
    #[error("{}: {detail}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// What is wrong and where.
        detail: String,
    },
    /// A limit or grant that cannot work.
    #[error("{} cannot be used", file.display())]
    Policy {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        source: PolicyError,
    },
    /// The file, or one that it names, cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Tables {
    server: Server,
    sandboxes: Sandboxes,
    http: Http,
    limits: StepLimits,
    plugins: BTreeMap<String, PluginPolicy>,
    workflows: BTreeMap<String, WorkflowPolicy>,
}

/// `[server]`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Server {
    listen: Option<SocketAddr>,
}

/// `[http]`: outgoing HTTP of all plugins.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Http {
    /// A PEM file, relative to the configuration.
    extra_roots: Option<PathBuf>,
}

impl Config {
    /// Reads the configuration that was named, else `segue.toml` where it exists, else the
    /// defaults.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        let file = match named {
            Some(file) => file,
            None if files::exists(Path::new(CONFIG_DEFAULT)) => Path::new(CONFIG_DEFAULT),
            None => return Ok(Config::default()),
        };
        Config::parse(&files::read_text(file)?, file)
    }

    fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let tables: Tables = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            file: file.to_owned(),
            detail: error.to_string().trim_end().to_owned(),
        })?;
        let policy =
            Policy::new(tables.limits, tables.plugins, tables.workflows).map_err(|source| {
                ConfigError::Policy {
                    file: file.to_owned(),
                    source,
                }
            })?;
        let extra_roots_pem = match tables.http.extra_roots {
            Some(roots) => {
                let beside = file.parent().unwrap_or(Path::new("")).join(roots);
                Some(files::read_text(&beside)?.into_bytes())
            }
            None => None,
        };
        Ok(Config {
            file: Some(file.to_owned()),
            listen: tables.server.listen,
            sandboxes: tables.sandboxes,
            extra_roots_pem,
            policy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("segue.toml"))
    }

    #[test]
    fn every_table_is_read() {
        let config = parse(
            "[server]\nlisten = \"127.0.0.1:9\"\n[sandboxes]\nsmall = 3\n\
             [limits]\nfuel = 5\n[plugins.pay.limits]\nfuel = 6\n",
        )
        .unwrap();
        assert_eq!(config.listen.unwrap().port(), 9);
        assert_eq!(config.sandboxes.small, Some(3));
        assert_eq!(config.policy.limits_for("pay").fuel, 6);
        assert_eq!(config.policy.limits_for("other").fuel, 5);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_name_and_line() {
        for text in [
            "[server]\n\nlisten-on = 1\n",
            "\n\n[servers]\n",
            "\n\nserver.x = 1\n",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains("segue.toml") && error.contains("line 3"),
                "{error}"
            );
            assert!(error.contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn a_grant_that_cannot_work_names_the_file() {
        let text = "[[plugins.pay.grants.http]]\nscheme = \"ftp\"\nhost = \"a\"\nport = 21\n";
        let error = parse(text).unwrap_err();
        assert_eq!(error.to_string(), "segue.toml cannot be used");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("plugins.pay"), "{cause}");
    }

    #[test]
    fn no_file_at_all_is_no_error_and_a_named_one_must_exist() {
        let missing = Config::load(Some(Path::new("/does/not/exist.toml")));
        assert!(matches!(missing, Err(ConfigError::File(_))));
    }
}
