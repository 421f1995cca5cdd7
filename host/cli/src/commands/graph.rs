//! `segue graph`: a workflow as a flowchart.

use serde_json::json;

use crate::args::GraphArgs;
use crate::config::{Config, Settings};
use crate::error::{CliError, Exit};
use crate::files;
use crate::show::{Found, Out, note};
use crate::wiring::Folders;

/// Draws a document, or says what is wrong with it.
pub(crate) fn graph(settings: &Settings, args: &GraphArgs) -> Result<Exit, CliError> {
    let source = files::read_text(&args.file)?;
    let config = Config::load(args.config.as_deref())?;
    let catalogs = Folders::open(&config.outside.catalogs)?;
    let compiled = segue_dsl::compile_with(&source, &catalogs);
    let out = Out::new(settings);
    if let Some(workflow) = compiled.workflow {
        let mermaid = segue_dsl::mermaid(&workflow);
        out.result(&json!({ "mermaid": mermaid }), || mermaid.clone())?;
        return Ok(Exit::Ok);
    }
    let found = Found {
        file: args.file.display().to_string(),
        source,
        diagnostics: compiled.diagnostics,
    };
    match out.json {
        true => out.value(&found.json())?,
        // What stdout holds is a flowchart, or nothing.
        false => note(found.text(settings.progress.color).trim_end()),
    }
    Ok(Exit::Failed)
}
