//! What every command goes by.

use std::io::IsTerminal;
use std::path::PathBuf;

use crate::args::{Color, DATA_DEFAULT, GlobalArgs, Output};
use crate::error::CliError;

/// The global settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether results are JSON.
    pub(crate) json: bool,
    /// Whether stdout takes colors.
    pub(crate) color: bool,
    /// What stderr takes.
    pub(crate) progress: Terminal,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// A host that was named.
    pub(crate) remote: Option<Remote>,
}

/// What stderr takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Whether lines can be drawn over.
    pub(crate) live: bool,
    /// Whether it takes colors.
    pub(crate) color: bool,
}

/// A host that was named with `--host`.
#[derive(Clone)]
pub(crate) struct Remote {
    /// `http://` or `https://`, host and port, without a slash at the end.
    pub(crate) address: String,
    /// The token of `SEGUE_TOKEN`.
    pub(crate) token: String,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Remote({})", self.address)
    }
}

/// What the process found around it.
pub(crate) struct Surroundings {
    pub(crate) stdout_terminal: bool,
    pub(crate) stderr_terminal: bool,
    pub(crate) no_color: bool,
    pub(crate) dumb: bool,
    pub(crate) token: Option<String>,
}

impl Surroundings {
    fn read() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Surroundings {
            stdout_terminal: std::io::stdout().is_terminal(),
            stderr_terminal: std::io::stderr().is_terminal(),
            no_color: set("NO_COLOR"),
            dumb: std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
            token: std::env::var("SEGUE_TOKEN")
                .ok()
                .filter(|token| !token.is_empty()),
        }
    }
}

impl Settings {
    /// Makes sense of the global arguments in this process's surroundings.
    pub(crate) fn new(raw: &GlobalArgs) -> Result<Self, CliError> {
        Self::within(raw, Surroundings::read())
    }

    fn within(raw: &GlobalArgs, around: Surroundings) -> Result<Self, CliError> {
        let colored = |terminal: bool| match raw.color {
            Some(Color::Always) => true,
            Some(Color::Never) => false,
            Some(Color::Auto) => terminal && !around.dumb,
            None => terminal && !around.dumb && !around.no_color,
        };
        let json = raw.output == Output::Json;
        let remote = match &raw.host {
            Some(url) => Some(remote(url, around.token)?),
            None => None,
        };
        Ok(Settings {
            json,
            color: colored(around.stdout_terminal) && !json,
            progress: Terminal {
                live: around.stderr_terminal && !around.dumb && !json,
                color: colored(around.stderr_terminal),
            },
            data: raw
                .data
                .clone()
                .unwrap_or_else(|| PathBuf::from(DATA_DEFAULT)),
            remote,
        })
    }
}

fn remote(url: &str, token: Option<String>) -> Result<Remote, CliError> {
    let address = url.trim_end_matches('/').to_owned();
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(plain) => {}
        _ => {
            return Err(CliError::Usage(format!(
                "--host {url}: write the address as http://HOST:PORT or https://HOST, without a path"
            )));
        }
    }
    match token {
        Some(token) => Ok(Remote { address, token }),
        None => Err(CliError::NoToken { address }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> GlobalArgs {
        GlobalArgs {
            output: Output::Text,
            color: None,
            data: None,
            host: None,
        }
    }

    fn around() -> Surroundings {
        Surroundings {
            stdout_terminal: true,
            stderr_terminal: true,
            no_color: false,
            dumb: false,
            token: Some("t".to_owned()),
        }
    }

    fn colors(color: Option<Color>, around: Surroundings) -> bool {
        let raw = GlobalArgs { color, ..raw() };
        Settings::within(&raw, around).unwrap().color
    }

    #[test]
    fn colors_follow_the_terminal_unless_somebody_says_otherwise() {
        assert!(colors(None, around()));
        assert!(!colors(
            None,
            Surroundings {
                no_color: true,
                ..around()
            }
        ));
        assert!(!colors(
            None,
            Surroundings {
                stdout_terminal: false,
                ..around()
            }
        ));
        assert!(!colors(
            None,
            Surroundings {
                dumb: true,
                ..around()
            }
        ));
        assert!(colors(
            Some(Color::Always),
            Surroundings {
                stdout_terminal: false,
                ..around()
            }
        ));
        assert!(!colors(Some(Color::Never), around()));
    }

    #[test]
    fn json_output_is_never_drawn_over_or_colored() {
        let raw = GlobalArgs {
            output: Output::Json,
            color: Some(Color::Always),
            ..raw()
        };
        let settings = Settings::within(&raw, around()).unwrap();
        assert!(settings.json && !settings.color && !settings.progress.live);
    }

    #[test]
    fn a_named_host_needs_an_address_and_a_token() {
        let with = |host: &str, token: Option<&str>| {
            let raw = GlobalArgs {
                host: Some(host.to_owned()),
                ..raw()
            };
            let token = token.map(str::to_owned);
            Settings::within(&raw, Surroundings { token, ..around() })
        };
        let named = with("https://segue.example/", Some("t"))
            .unwrap()
            .remote
            .unwrap();
        assert_eq!(named.address, "https://segue.example");
        assert!(matches!(
            with("https://segue.example", None),
            Err(CliError::NoToken { .. })
        ));
        for wrong in [
            "segue.example",
            "ftp://a",
            "https://",
            "https://a/v1",
            "http://u:p@a",
        ] {
            assert!(
                matches!(with(wrong, Some("t")), Err(CliError::Usage(_))),
                "{wrong}"
            );
        }
    }
}
