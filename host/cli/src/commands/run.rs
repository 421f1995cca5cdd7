//! `segue run`: a workflow in the terminal, durable all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::embedded::Local;
use super::upload::{self, Uploaded};
use crate::args::RunArgs;
use crate::client::{self, Client, Run};
use crate::config::{Config, Settings, parse_input};
use crate::error::{CliError, Exit};
use crate::files::{self, DataDir};
use crate::record::random_hex;
use crate::show::progress::Progress;
use crate::show::{Found, Out, clean, note, run_summary};
use crate::wiring::Kept;

/// How often a host that went away is looked for again, and with which pause. A host needs a
/// few seconds to start.
const RETURN_TRIES: u32 = 60;
const RETURN_PAUSE: Duration = Duration::from_millis(500);

/// Runs a workflow and prints its output.
pub(crate) fn run(settings: &Settings, args: RunArgs) -> Result<Exit, CliError> {
    let input = parse_input(&args.input)?;
    let source = files::read_text(&args.file)?;
    let config = Config::load(args.config.as_deref())?;
    let place = Place::find(settings, &config)?;
    for path in &args.plugin {
        let component = files::read_component(path)?;
        upload::plugin(&place.client(settings)?, path, &component)?;
    }
    let workflow = match upload::workflow(&place.client(settings)?, &args.file, source)? {
        Uploaded::Taken { answer, found } => {
            tell(&found, settings);
            answer
                .get("workflow")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        }
        Uploaded::Refused(found) => {
            let out = Out::new(settings);
            if out.json {
                out.value(&found.json())?;
            } else {
                tell(&found, settings);
            }
            return Ok(Exit::Failed);
        }
    };
    let key = match args.key {
        Some(key) => key,
        None => random_hex(16)?,
    };
    // Its own key makes asking again harmless.
    let started = place.patiently(settings, |client| client.start(&workflow, &input, &key))?;
    let id = started
        .json
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    follow(settings, &place, &id, &key)
}

/// Findings go to stderr: stdout is for the output.
fn tell(found: &Found, settings: &Settings) {
    let text = found.text(settings.progress.color);
    if !text.is_empty() && !settings.json {
        note(text.trim_end());
    }
}

/// Shows the run's progress until it ends, and then its result.
fn follow(settings: &Settings, place: &Place, id: &str, key: &str) -> Result<Exit, CliError> {
    let mut progress = Progress::new(settings);
    progress.say(&format!(
        "run   {}  (--key {} goes on with it)",
        clean(id),
        clean(key)
    ));
    let ended = watch(settings, place, id, &mut progress);
    progress.finish();
    if place.is_interrupted() {
        // Whatever broke, broke because of it.
        let (id, key) = (clean(id), clean(key));
        note(&format!(
            "interrupted: the same command with --key {key} goes on with run {id}"
        ));
        return Ok(Exit::Interrupted);
    }
    let json = ended?;
    let run = Run::deserialize(&json).map_err(|error| CliError::Foreign {
        address: settings.data.display().to_string(),
        detail: error.to_string(),
    })?;
    finish(settings, &run, &json)
}

/// Reads events until the run has ended or somebody interrupts; gives the run.
fn watch(
    settings: &Settings,
    place: &Place,
    id: &str,
    progress: &mut Progress,
) -> Result<Value, CliError> {
    let mut last: Option<String> = None;
    loop {
        let events = place.patiently(settings, |client| client.events(id, last.as_deref()))?;
        for event in events {
            progress.event(&event);
            last = event.id.or(last);
        }
        let run = place
            .patiently(settings, |client| client.get(&format!("/v1/runs/{id}")))?
            .json;
        let status = run
            .get("status")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if client::is_ended(status) || place.is_interrupted() {
            return Ok(run);
        }
        std::thread::sleep(RETURN_PAUSE);
    }
}

fn finish(settings: &Settings, run: &Run, json: &Value) -> Result<Exit, CliError> {
    let out = Out::new(settings);
    let exit = match run.is_completed() {
        true => Exit::Ok,
        false => Exit::Failed,
    };
    if out.json {
        out.value(json)?;
        return Ok(exit);
    }
    note(&run_summary(run));
    match (&run.output, &run.problem) {
        (Some(output), _) => out.value(output)?,
        (None, Some(problem)) => {
            note(&format!(
                "{}: {}",
                clean(&run.status),
                clean(&problem.to_string())
            ));
            if let Some(instance) = &problem.instance {
                note(&format!("  at {}", clean(instance)));
            }
            note(&format!("  type {}", clean(&problem.kind)));
        }
        (None, None) => {}
    }
    Ok(exit)
}

/// Where the workflow runs.
enum Place {
    /// In the host that was found.
    Host(Client),
    /// In this process.
    Here {
        local: Local,
        interrupted: Arc<AtomicBool>,
    },
}

impl Place {
    fn find(settings: &Settings, config: &Config) -> Result<Self, CliError> {
        if let Some(client) = client::find(settings)? {
            if config.file.is_some() {
                note(
                    "the running host goes by its own configuration; the one given here is not used",
                );
            }
            return Ok(Place::Host(client));
        }
        let data = DataDir::create(&settings.data)?;
        let local = Local::start(&data, config, Kept::Durably)?;
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        local.on_interrupt(move || flag.store(true, Ordering::Release));
        Ok(Place::Here { local, interrupted })
    }

    /// A client of the host as it is now: one that was started again has another address.
    fn client(&self, settings: &Settings) -> Result<Client, CliError> {
        match self {
            Place::Here { local, .. } => Ok(local.client().clone()),
            Place::Host(first) => Ok(client::find(settings)?.unwrap_or_else(|| first.clone())),
        }
    }

    fn is_interrupted(&self) -> bool {
        match self {
            Place::Here { interrupted, .. } => interrupted.load(Ordering::Acquire),
            Place::Host(_) => false,
        }
    }

    /// Asks, and asks again for a while where the host has gone away: it may come back, and
    /// the run is in its store.
    fn patiently<T>(
        &self,
        settings: &Settings,
        ask: impl Fn(&Client) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let mut tries = 0;
        loop {
            match ask(&self.client(settings)?) {
                Err(CliError::Unreachable { .. })
                    if tries < RETURN_TRIES && !self.is_interrupted() =>
                {
                    if tries == 0 {
                        note("the host does not answer; waiting for it to come back");
                    }
                    tries += 1;
                    std::thread::sleep(RETURN_PAUSE);
                }
                other => return other,
            }
        }
    }
}
