//! `segue deploy`: plugins first, then the workflows that call them.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::upload::{self, Content, Uploaded};
use crate::client;
use crate::config::Settings;
use crate::error::{CliError, Exit};
use crate::show::{Out, bytes, clean};

/// Deploys every file, or as many as it can: one bad document does not hold back others.
pub(crate) fn deploy(settings: &Settings, files: &[PathBuf]) -> Result<Exit, CliError> {
    let client = client::connect(settings)?;
    let (mut components, mut documents) = (Vec::new(), Vec::new());
    for path in files {
        match upload::read(path)? {
            Content::Component(component) => components.push((path, component)),
            Content::Document(source) => documents.push((path, source)),
        }
    }
    let mut report = Report::default();
    for (path, component) in components {
        let plugin = upload::plugin(&client, path, &component)?;
        report.text += &format!(
            "plugin    {}:{}  {}\n",
            member(&plugin, "name"),
            member(&plugin, "version"),
            bytes(component.len() as u64),
        );
        report.plugins.push(plugin);
    }
    for (path, source) in documents {
        match upload::workflow(&client, path, source)? {
            Uploaded::Taken { answer, found } => {
                let note = match answer.get("created").and_then(Value::as_bool) {
                    Some(false) => "  (was deployed already)",
                    _ => "",
                };
                report.text += &found.text(settings.color);
                report.text += &format!("workflow  {}{note}\n", member(&answer, "workflow"));
                report.workflows.push(answer);
            }
            Uploaded::Refused(found) => {
                report.text += &found.text(settings.color);
                report.text += &format!("refused   {}\n", found.file);
                report.refused.push(found.json());
            }
        }
    }
    let exit = match report.refused.is_empty() {
        true => Exit::Ok,
        false => Exit::Failed,
    };
    let json = json!({
        "plugins": report.plugins,
        "workflows": report.workflows,
        "refused": report.refused,
    });
    Out::new(settings).result(&json, || report.text)?;
    Ok(exit)
}

#[derive(Default)]
struct Report {
    plugins: Vec<Value>,
    workflows: Vec<Value>,
    refused: Vec<Value>,
    text: String,
}

fn member(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .map(clean)
        .unwrap_or_default()
}
