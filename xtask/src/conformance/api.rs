//! The host as the suite uses it: over its API, and with the right to kill it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::names::Name;
use super::sentence::Steering;
use crate::failure::Failure;
use crate::host::{Place, Running};
use crate::http;

/// What a scenario waits for comes within this time, or not at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
/// How often something is looked at that the API cannot wait for.
const POLL: Duration = Duration::from_millis(25);

/// A host under test.
pub(super) struct Host {
    place: Place,
    logs: PathBuf,
    running: Mutex<(Option<Running>, u32)>,
}

/// What became of a deployment.
#[derive(Clone, Debug)]
pub(super) enum Deployment {
    /// The workflow, and the warnings.
    Taken(Name, Vec<Value>),
    /// The errors.
    Refused(Vec<Value>),
}

type Outcome<T> = Result<T, String>;

impl Host {
    /// A host that is not started yet; its logs get names that begin with `logs`.
    pub(super) fn new(place: Place, logs: PathBuf) -> Host {
        let running = Mutex::default();
        Host {
            place,
            logs,
            running,
        }
    }

    /// Starts it.
    pub(super) fn start(&self) -> Result<(), Failure> {
        let mut running = self.running();
        running.1 += 1;
        let log = format!("{}-{}.log", self.logs.display(), running.1);
        running.0 = Some(Running::start(&self.place, log.as_ref())?);
        Ok(())
    }

    /// Kills it.
    pub(super) fn kill(&self) -> Result<(), Failure> {
        self.running().0.take().map_or(Ok(()), Running::kill)
    }

    fn running(&self) -> MutexGuard<'_, (Option<Running>, u32)> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request to the API.
    fn ask(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: Option<&str>,
    ) -> Outcome<(u16, Value)> {
        let (url, token) = match &self.running().0 {
            Some(running) => (format!("{}{path}", running.url), running.token.clone()),
            None => return Err("the host does not run".to_owned()),
        };
        let headers = [("Content-Type", kind)];
        let headers = body.map_or(&[][..], |_| &headers);
        http::send(method, &url, Some(&token), headers, body.map(str::as_bytes)).map_err(told)
    }

    fn get(&self, path: &str) -> Outcome<Value> {
        match self.ask("GET", path, "", None)? {
            (200, value) => Ok(value),
            (status, value) => Err(format!("GET {path} was answered {status}: {value}")),
        }
    }

    fn post(&self, path: &str, kind: &str, body: &str) -> Outcome<Value> {
        match self.ask("POST", path, kind, Some(body))? {
            (200..300, value) => Ok(value),
            (status, value) => Err(format!("POST {path} was answered {status}: {value}")),
        }
    }

    /// Deploys a document.
    pub(super) fn deploy(&self, text: &str) -> Outcome<Deployment> {
        let (status, answer) = self.ask("POST", "/v1/workflows", "application/yaml", Some(text))?;
        let found = list(&answer["diagnostics"]);
        let name = Name::of(text);
        match (status, name) {
            (200 | 201, Some(name)) => Ok(Deployment::Taken(name, found)),
            (400..500, _) if !found.is_empty() => Ok(Deployment::Refused(found)),
            // Refused for what only a host can know.
            (422, _) => Ok(Deployment::Refused(vec![answer])),
            _ => Err(format!("the deployment was answered {status}: {answer}")),
        }
    }

    /// Starts a run.
    pub(super) fn run(&self, name: &Name, input: &Value) -> Outcome<String> {
        let workflow = format!("{}/{}:{}", name.namespace, name.name, name.version);
        let body = json!({"workflow": workflow, "input": input});
        let answer = self.post("/v1/runs", "application/json", &body.to_string())?;
        let id = answer["id"].as_str();
        id.map(str::to_owned)
            .ok_or_else(|| format!("no id in {answer}"))
    }

    /// A run as it is now.
    pub(super) fn view(&self, run: &str) -> Outcome<Value> {
        self.get(&format!("/v1/runs/{run}"))
    }

    /// A run once it has ended.
    pub(super) fn ended(&self, run: &str) -> Outcome<Value> {
        let begun = Instant::now();
        loop {
            let view = self.get(&format!("/v1/runs/{run}?wait=10"))?;
            if has_ended(&view) {
                return Ok(view);
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("it has not ended: {view}"));
            }
        }
    }

    /// The journal's entries.
    pub(super) fn journal(&self, run: &str) -> Outcome<Vec<Value>> {
        let mut entries = Vec::new();
        let mut next = Some(format!("/v1/runs/{run}/journal?limit=500"));
        while let Some(path) = next {
            let page = self.get(&path)?;
            entries.extend(list(&page["entries"]));
            next = page["next"].as_str().map(str::to_owned);
        }
        Ok(entries)
    }

    /// The runs of a workflow, in all its versions, its schedule's own run aside.
    pub(super) fn runs(&self, name: &Name) -> Outcome<Vec<Value>> {
        let all = self.all_runs(name)?;
        let own = all.into_iter().filter(|run| run["role"] != "schedule");
        Ok(own.collect())
    }

    fn all_runs(&self, name: &Name) -> Outcome<Vec<Value>> {
        let mut runs = Vec::new();
        let first = format!(
            "/v1/runs?workflow={}/{}&limit=100",
            name.namespace, name.name
        );
        let mut next = Some(first);
        while let Some(path) = next {
            let page = self.get(&path)?;
            runs.extend(list(&page["runs"]));
            next = page["next"].as_str().map(str::to_owned);
        }
        Ok(runs)
    }

    /// Ends what still runs of a workflow, its schedule too.
    pub(super) fn stop(&self, name: &Name) -> Outcome<()> {
        for run in self.all_runs(name)?.iter().filter(|run| !has_ended(run)) {
            self.steer(run["id"].as_str().unwrap_or_default(), Steering::Cancel)?;
        }
        Ok(())
    }

    /// Cancels, suspends or resumes a run.
    pub(super) fn steer(&self, run: &str, how: Steering) -> Outcome<()> {
        let reason = r#"{"reason": "the scenario says so"}"#;
        let (verb, body) = match how {
            Steering::Cancel => ("cancel", Some(reason)),
            Steering::Suspend => ("suspend", Some(reason)),
            Steering::Resume => ("resume", None),
        };
        let path = format!("/v1/runs/{run}/{verb}");
        match self.ask("POST", &path, "application/json", body)? {
            // 409: it ended meanwhile.
            (200..300 | 409, _) => Ok(()),
            (status, answer) => Err(format!("`{verb}` was answered {status}: {answer}")),
        }
    }

    /// Publishes an event.
    pub(super) fn publish(&self, event: &Value) -> Outcome<()> {
        let kind = "application/cloudevents+json";
        self.post("/v1/events", kind, &event.to_string())
            .map(|_| ())
    }

    /// Stores a secret.
    pub(super) fn keep_secret(&self, name: &str, value: &Value) -> Outcome<()> {
        let path = format!("/v1/secrets/{name}");
        let body = value.to_string();
        match self.ask("PUT", &path, "application/json", Some(&body))? {
            (200..300, _) => Ok(()),
            (status, answer) => Err(format!("PUT {path} was answered {status}: {answer}")),
        }
    }

    /// Answers the first callback that a run waits for; the status of the answer.
    pub(super) fn answer(&self, run: &str, with: &Value) -> Outcome<u16> {
        let path = format!("/v1/runs/{run}/callbacks");
        let url = until("a callback", || {
            let pending = self.get(&path)?;
            let first = list(&pending["callbacks"]).into_iter().next();
            Ok(first.and_then(|callback| callback["url"].as_str().map(str::to_owned)))
        })?;
        let path = url
            .find("/v1/")
            .and_then(|at| url.get(at..))
            .unwrap_or(&url);
        let body = with.to_string();
        let (status, _) = self.ask("POST", path, "application/json", Some(&body))?;
        Ok(status)
    }
}

/// Whether a run is over.
pub(super) fn has_ended(view: &Value) -> bool {
    matches!(
        view["status"].as_str(),
        Some("completed" | "faulted" | "cancelled")
    )
}

/// Looks again until there is something.
pub(super) fn until<T>(what: &str, mut look: impl FnMut() -> Outcome<Option<T>>) -> Outcome<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("waited in vain for {what}"));
        }
        std::thread::sleep(POLL);
    }
}

/// The items of an array; none for anything else.
pub(super) fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn told(failure: Failure) -> String {
    use std::error::Error;
    let cause = failure.source().map(|cause| format!(": {cause}"));
    format!("{failure}{}", cause.unwrap_or_default())
}
