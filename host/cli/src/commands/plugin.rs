//! `segue plugin`: look at a component, or at what the host has.

use std::path::Path;
use std::sync::Arc;

use segue_runtime::NoSecrets;
use serde_json::{Value, json};

use crate::args::PluginCommand;
use crate::client;
use crate::config::{Config, Settings};
use crate::error::{CliError, Exit};
use crate::files::{self, DataDir};
use crate::show::{Out, plugin_text, plugins_text};
use crate::wiring::{Scratch, everything_denied, sandbox, tokio_runtime};

/// Looks at plugins.
pub(crate) fn plugin(settings: &Settings, command: PluginCommand) -> Result<Exit, CliError> {
    match command {
        PluginCommand::Inspect { file } => inspect(settings, &file),
        PluginCommand::List => list(settings),
        PluginCommand::Show { name } => show(settings, &name),
    }
}

/// Looks at a component in a sandbox that grants nothing. Compiled code is kept where there
/// is a data directory, so that looking twice is quick.
fn inspect(settings: &Settings, file: &Path) -> Result<Exit, CliError> {
    let component = files::read_component(file)?;
    let scratch;
    let existing = DataDir::open(&settings.data)?;
    let data = match &existing {
        Some(data) => data,
        None => {
            scratch = Scratch::new()?;
            scratch.data()
        }
    };
    let runtime = tokio_runtime()?;
    let sandbox = {
        let _inside = runtime.enter();
        sandbox(data, &Config::default(), Arc::new(NoSecrets))?
    };
    let inspected = runtime.block_on(sandbox.inspect(&component, &everything_denied()));
    let descriptor = inspected.map_err(|problem| CliError::Refused(Box::new(problem)))?;
    let json = json!(descriptor);
    Out::new(settings).result(&json, || plugin_text(&json))?;
    Ok(Exit::Ok)
}

fn list(settings: &Settings) -> Result<Exit, CliError> {
    let answer = client::connect(settings)?.get("/v1/plugins")?.json;
    let plugins = answer.get("plugins").and_then(Value::as_array);
    let plugins = plugins.cloned().unwrap_or_default();
    Out::new(settings).result(&answer, || plugins_text(&plugins))?;
    Ok(Exit::Ok)
}

fn show(settings: &Settings, name: &str) -> Result<Exit, CliError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.:+".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        return Err(CliError::Usage(format!(
            "`{name}` is no plugin's name: write NAME or NAME:VERSION"
        )));
    }
    let plugin = client::connect(settings)?
        .get(&format!("/v1/plugins/{name}"))?
        .json;
    Out::new(settings).result(&plugin, || plugin_text(&plugin))?;
    Ok(Exit::Ok)
}
