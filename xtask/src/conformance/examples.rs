//! The specification's examples: each is accepted, or refused for one of the reasons that the
//! host declares, which the example itself must give.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::api::{Deployment, Host};
use super::checks;
use super::names::{Name, Names};
use super::yaml;
use crate::failure::{Doing, Failure};
use crate::files;

/// At least so many of the examples must be accepted.
const ACCEPTED_MIN: usize = 50;
/// Calls that are refused.
const CALLS: &[&str] = &["grpc", "asyncapi", "a2a", "mcp"];
/// Processes that are refused.
const PROCESSES: &[&str] = &["shell", "container"];
/// The languages of scripts that are not.
const LANGUAGES: &[&str] = &["js", "javascript", "python"];

/// A document.
pub(super) struct Example {
    file: PathBuf,
    text: String,
}

/// How the examples went.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) total: usize,
    pub(super) accepted: usize,
    pub(super) refused: usize,
    /// What went otherwise than it should, with the file.
    pub(super) failed: Vec<String>,
}

/// The examples in a folder; none if there is no such folder.
pub(super) fn read(folder: &Path, names: &mut Names) -> Result<Vec<Example>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut examples = Vec::new();
    for file in files::entries(folder)? {
        if file.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            let text = fs::read_to_string(&file).doing(|| format!("read {}", file.display()))?;
            examples.push(Example { file, text });
        }
    }
    for example in &mut examples {
        names.claim_texts(&mut [&mut example.text]);
    }
    Ok(examples)
}

impl Example {
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Deploys all of them.
pub(super) fn deploy(examples: &[Example], host: &Host) -> Tally {
    let mut tally = Tally {
        total: examples.len(),
        ..Tally::default()
    };
    for example in examples {
        match one(example, host) {
            Ok(true) => tally.accepted += 1,
            Ok(false) => tally.refused += 1,
            Err(why) => tally
                .failed
                .push(format!("{}: {why}", example.file.display())),
        }
    }
    if tally.total > ACCEPTED_MIN && tally.accepted < ACCEPTED_MIN {
        let why = checks::differ(
            format!("at least {ACCEPTED_MIN} accepted examples"),
            tally.accepted,
        );
        tally.failed.push(why);
    }
    tally
}

/// Whether it was accepted, if that is as it should be.
fn one(example: &Example, host: &Host) -> Result<bool, String> {
    let reason = reason(&yaml::read(&example.text)?);
    match (host.deploy(&example.text)?, reason) {
        (Deployment::Taken(name, _), None) => {
            stop(host, &name)?;
            Ok(true)
        }
        (Deployment::Taken(..), Some(reason)) => Err(format!("`{reason}` was accepted")),
        (Deployment::Refused(why), Some(reason)) => {
            checks::mentions(&why, &reason)?;
            Ok(false)
        }
        (Deployment::Refused(why), None) => {
            let why: Vec<String> = why.iter().map(|d| d["message"].to_string()).collect();
            Err(format!("it was refused: {}", why.join("; ")))
        }
    }
}

/// An example with a schedule has begun to run with its deployment.
fn stop(host: &Host, name: &Name) -> Result<(), String> {
    host.stop(name)
}

/// The first thing in a document that the host refuses by what it is.
fn reason(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().find_map(reason),
        Value::Object(members) => {
            let own = members
                .iter()
                .find_map(|(name, value)| own_reason(name, value));
            own.or_else(|| members.values().find_map(reason))
        }
        _ => None,
    }
}

fn own_reason(name: &str, value: &Value) -> Option<String> {
    let text = value.as_str();
    let named = |list: &[&str], text: &str| list.contains(&text);
    match name {
        "call" => text.filter(|call| named(CALLS, call)).map(str::to_owned),
        "run" => PROCESSES
            .iter()
            .find(|process| value.get(**process).is_some())
            .map(|process| (*process).to_owned()),
        "script" => value["language"]
            .as_str()
            .filter(|language| !named(LANGUAGES, language))
            .map(str::to_owned),
        "grant" => text
            .filter(|grant| *grant != "client_credentials")
            .map(str::to_owned),
        _ => None,
    }
}
