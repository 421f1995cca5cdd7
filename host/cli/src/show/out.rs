//! stdout and stderr.

use std::io::{self, Write};

use serde_json::Value;

use crate::config::Settings;
use crate::error::CliError;

/// Where results go, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    /// Whether results are JSON.
    pub(crate) json: bool,
}

impl Out {
    pub(crate) fn new(settings: &Settings) -> Self {
        Out {
            json: settings.json,
        }
    }

    /// Prints the result: `json`, or what `text` makes of it.
    pub(crate) fn result(
        &self,
        json: &Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        if self.json {
            self.value(json)
        } else {
            self.text(&text())
        }
    }

    /// Prints one of many results, on a line of its own.
    pub(crate) fn item(&self, json: &Value, text: impl FnOnce() -> String) -> Result<(), CliError> {
        if self.json {
            self.text(&json.to_string())
        } else {
            self.text(&text())
        }
    }

    /// Prints one JSON value over several lines.
    pub(crate) fn value(&self, json: &Value) -> Result<(), CliError> {
        // A JSON value always serialises.
        self.text(&serde_json::to_string_pretty(json).unwrap_or_default())
    }

    /// Prints text, with a newline at its end.
    pub(crate) fn text(&self, text: &str) -> Result<(), CliError> {
        let mut stdout = io::stdout().lock();
        let text = text.trim_end_matches('\n');
        let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
        match written {
            // Whoever read the output has seen enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(CliError::Output),
        }
    }
}

/// Prints a line for people on stderr. Nobody is helped by failing where they do not listen.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
