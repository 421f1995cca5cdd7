//! Sending plugins and workflows to a host, as `run`, `deploy` and `check` do.

use std::path::Path;

use segue_model::Problem;
use serde_json::Value;

use crate::client::Client;
use crate::error::CliError;
use crate::files;
use crate::show::{Found, from_host};

/// How every WebAssembly file begins (core specification, section 5.5.16).
const WASM_MAGIC: &[u8] = b"\0asm";

/// A document that the host takes, or what is wrong with it.
pub(crate) enum Uploaded {
    /// The host's answer, and warnings.
    Taken { answer: Value, found: Found },
    /// Findings, at least one of them an error.
    Refused(Found),
}

/// A file to deploy.
pub(crate) enum Content {
    /// A component, or something that should be one.
    Component(Vec<u8>),
    /// A workflow document.
    Document(String),
}

/// Reads a file and says what it is, by its first bytes; the name decides where they do not.
pub(crate) fn read(path: &Path) -> Result<Content, CliError> {
    let named = path
        .extension()
        .is_some_and(|extension| extension == "wasm");
    if named {
        return Ok(Content::Component(files::read_component(path)?));
    }
    let bytes = files::read_component(path)?;
    if bytes.starts_with(WASM_MAGIC) {
        return Ok(Content::Component(bytes));
    }
    Ok(Content::Document(files::read_text(path)?))
}

/// Deploys a component; a refusal names the file.
pub(crate) fn plugin(client: &Client, path: &Path, component: &[u8]) -> Result<Value, CliError> {
    let sent = client.post("/v1/plugins", "application/octet-stream", component);
    sent.map(|answer| answer.json)
        .map_err(|error| named(path, error))
}

/// Deploys a document. What it says about the document is rendered from its text.
pub(crate) fn workflow(client: &Client, path: &Path, source: String) -> Result<Uploaded, CliError> {
    let file = path.display().to_string();
    let found = |diagnostics: Option<&Value>, source: String| Found {
        file: file.clone(),
        diagnostics: diagnostics.map(from_host).unwrap_or_default(),
        source,
    };
    match client.post("/v1/workflows", "application/yaml", source.as_bytes()) {
        Ok(answer) => Ok(Uploaded::Taken {
            found: found(answer.json.get("diagnostics"), source),
            answer: answer.json,
        }),
        Err(CliError::Refused(problem)) => match problem.extensions.get("diagnostics") {
            Some(listed) => Ok(Uploaded::Refused(found(Some(listed), source))),
            None => Err(named(path, CliError::Refused(problem))),
        },
        Err(error) => Err(error),
    }
}

/// The refusal with the file's name before its detail.
fn named(path: &Path, error: CliError) -> CliError {
    match error {
        CliError::Refused(problem) => {
            let detail = problem.detail.as_deref().unwrap_or_default();
            let detail = Some(format!("{}: {detail}", path.display()));
            CliError::Refused(Box::new(Problem { detail, ..*problem }))
        }
        error => error,
    }
}
