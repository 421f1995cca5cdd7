//! `segue version`: this binary, and the plugins inside of it.

use segue_executor::Builtin as _;
use serde_json::json;

use crate::builtin;
use crate::config::Settings;
use crate::error::{CliError, Exit};
use crate::show::Out;

/// Says what this is.
pub(crate) fn version(settings: &Settings) -> Result<Exit, CliError> {
    let plugins = builtin::all().map_err(|problem| CliError::Refused(Box::new(problem)))?;
    let listed: Vec<_> = plugins
        .iter()
        .map(|plugin| {
            let descriptor = plugin.descriptor();
            json!({
                "name": descriptor.name,
                "version": descriptor.version,
                "digest": descriptor.digest,
                "sizeBytes": descriptor.size_bytes,
            })
        })
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    let json = json!({ "version": version, "standardPlugins": listed });
    Out::new(settings).result(&json, || {
        if plugins.is_empty() {
            return format!("segue {version}, {}", builtin::ABSENT);
        }
        let names: Vec<String> = plugins
            .iter()
            .map(|plugin| {
                let descriptor = plugin.descriptor();
                format!("{} {}", descriptor.name, descriptor.version)
            })
            .collect();
        format!("segue {version}, with the plugins {}", names.join(", "))
    })?;
    Ok(Exit::Ok)
}
