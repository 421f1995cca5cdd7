//! `segue.toml`: what an operator sets. Unknown keys are refused, with their line.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use segue_bundle::{PluginPolicy, Policy, PolicyError, WorkflowPolicy};
use segue_model::StepLimits;
use segue_runtime::Override;
use serde::Deserialize;

use super::outside::{CatalogTable, EventsTable, Outside, Sink};
use super::retention::RetentionTable;
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
    /// Host names with addresses of their own.
    pub(crate) resolve: Vec<(String, Override)>,
    /// Limits and grants.
    pub(crate) policy: Policy,
    /// Catalogs, sinks, and the host's own address.
    pub(crate) outside: Outside,
    /// How long a run stays after its end, in milliseconds; without, for ever.
    pub(crate) retention_ms: Option<u64>,
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
    /// Not TOML, a key that means nothing, or a value that cannot work; the detail names it.
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
    /// A host name or address of `[http.resolve]` that is none.
    #[error("{}: [http.resolve] \"{name}\": {detail}", file.display())]
    Resolve {
        /// The file.
        file: PathBuf,
        /// The name.
        name: String,
        /// What is wrong, and how to mend it.
        detail: &'static str,
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
    catalogs: BTreeMap<String, CatalogTable>,
    sinks: Vec<Sink>,
    events: EventsTable,
    retention: RetentionTable,
    workflows: BTreeMap<String, WorkflowPolicy>,
}

/// `[server]`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Server {
    listen: Option<SocketAddr>,
    public_url: Option<String>,
}

/// `[http]`: outgoing HTTP of all plugins.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Http {
    /// A PEM file, relative to the configuration.
    extra_roots: Option<PathBuf>,
    /// Host names, and the addresses that they lead to.
    resolve: BTreeMap<String, String>,
}

/// Reads `[http.resolve]`.
fn overrides(
    table: BTreeMap<String, String>,
    file: &Path,
) -> Result<Vec<(String, Override)>, ConfigError> {
    let read = |(name, text): (String, String)| {
        let bad = |detail| ConfigError::Resolve {
            file: file.to_owned(),
            name: name.clone(),
            detail,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if name.is_empty() || !name.chars().all(plain) || name.parse::<IpAddr>().is_ok() {
            return Err(bad("a host name is expected, as it stands in URLs"));
        }
        match text.parse() {
            Ok(to) => Ok((name, to)),
            Err(_) => Err(bad(
                "an address is expected, with or without a port: \"192.0.2.1\", \"192.0.2.1:8443\", \"[2001:db8::1]:8443\"",
            )),
        }
    };
    table.into_iter().map(read).collect()
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
        let beside = file.parent().unwrap_or(Path::new(""));
        let outside = Outside::new(
            tables.catalogs,
            tables.sinks,
            &tables.events,
            tables.server.public_url,
            beside,
        )
        .map_err(|detail| ConfigError::Syntax {
            file: file.to_owned(),
            detail,
        })?;
        let retention_ms = tables.retention.runs_ms();
        let retention_ms = retention_ms.map_err(|detail| ConfigError::Syntax {
            file: file.to_owned(),
            detail,
        })?;
        let extra_roots_pem = match tables.http.extra_roots {
            Some(roots) => Some(files::read_text(&beside.join(roots))?.into_bytes()),
            None => None,
        };
        Ok(Config {
            file: Some(file.to_owned()),
            listen: tables.server.listen,
            sandboxes: tables.sandboxes,
            extra_roots_pem,
            resolve: overrides(tables.http.resolve, file)?,
            policy,
            outside,
            retention_ms,
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
    fn host_names_may_have_addresses_of_their_own() {
        let config = parse("[http.resolve]\n\"pet.example\" = \"127.0.0.1:8443\"\n").unwrap();
        assert_eq!(config.resolve[0].0, "pet.example");
        assert_eq!(config.resolve[0].1.port, Some(8443));
        for (name, to) in [
            ("127.0.0.1", "127.0.0.2"),
            ("a/b", "::1"),
            ("a", "b"),
            ("a", "::1:x"),
        ] {
            let error = parse(&format!("[http.resolve]\n\"{name}\" = \"{to}\"\n")).unwrap_err();
            assert!(
                error.to_string().contains(&format!("\"{name}\"")),
                "{error}"
            );
        }
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
