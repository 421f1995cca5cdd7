//! One scenario on a host: its sentences, one after another.

use serde_json::{Value, json};

use super::api::{Deployment, Host, list, until};
use super::checks;
use super::corpus::Scenario;
use super::names::Name;
use super::sentence::{End, Expect, Sentence};
use super::stub::Stub;

type Outcome<T = ()> = Result<T, String>;

/// What a scenario has brought about so far.
pub(super) struct Stage<'a> {
    pub(super) host: &'a Host,
    pub(super) stub: &'a Stub,
    main: Option<Deployment>,
    further: Vec<Name>,
    input: Value,
    run: Option<String>,
    secrets: Vec<(String, Value)>,
    events: usize,
}

/// Plays a scenario; nothing, or the line and the reason of its failure.
pub(super) fn play(scenario: &Scenario, host: &Host, stub: &Stub) -> Option<(usize, String)> {
    let mut stage = Stage {
        host,
        stub,
        main: None,
        further: Vec::new(),
        input: Value::Null,
        run: None,
        secrets: Vec::new(),
        events: 0,
    };
    let failed = scenario.steps.iter().find_map(|step| {
        let done = match &step.sentence {
            Ok(sentence) => stage.take(sentence),
            Err(why) => Err(why.clone()),
        };
        let why = done.err()?;
        Some((step.line, format!("`{}`: {why}", step.text)))
    });
    let left = stage.clear_away().err();
    failed.or_else(|| left.map(|why| (scenario.line, format!("clearing away: {why}"))))
}

impl Stage<'_> {
    fn take(&mut self, sentence: &Sentence) -> Outcome {
        match sentence {
            Sentence::Workflow(text) => {
                self.main = Some(self.host.deploy(text)?);
                Ok(())
            }
            Sentence::Further(text) => match self.host.deploy(text)? {
                Deployment::Taken(name, _) => {
                    self.further.push(name);
                    Ok(())
                }
                Deployment::Refused(why) => Err(format!("it was refused: {}", json!(why))),
            },
            Sentence::Input(value) => {
                self.input = value.clone();
                Ok(())
            }
            Sentence::Secret(name, value) => {
                self.secrets.push((name.clone(), value.clone()));
                self.host.keep_secret(name, value)
            }
            Sentence::Execute => self.execute(),
            Sentence::ExecuteFurther(name) => {
                let run = self.host.run(self.named(name)?, &Value::Null)?;
                self.host.ended(&run).map(|_| ())
            }
            Sentence::Deployed => self.taken().map(|_| ()),
            Sentence::Publish(event) => self.publish(event),
            Sentence::Reached(task) => self.reach(task),
            Sentence::Steer(how) => self.host.steer(self.run()?, *how),
            Sentence::KillHost => {
                let again = self.host.kill().and_then(|()| self.host.start());
                again.map_err(|failure| failure.to_string())
            }
            Sentence::Answer(with) => self.answer(with, 200..300),
            Sentence::WrongAnswer(with) => self.answer(with, 400..500),
            Sentence::Expect(expected) => self.expect(expected),
        }
    }

    fn execute(&mut self) -> Outcome {
        if let Some(Deployment::Taken(name, _)) = &self.main {
            self.run = Some(self.host.run(name, &self.input)?);
        }
        // A refusal is told by what is expected next.
        Ok(())
    }

    /// What an event lacks is filled in, so that scenarios say only what matters.
    fn publish(&mut self, event: &Value) -> Outcome {
        self.events += 1;
        let mut event = event.as_object().ok_or("an event is an object")?.clone();
        let id = format!("{}-{}", std::process::id(), self.events);
        let source = self.taken().map(|name| format!("/suite/{}", name.name));
        let defaults = [
            ("specversion", "1.0".to_owned()),
            ("id", id),
            ("source", source.unwrap_or_else(|_| "/suite".to_owned())),
        ];
        for (name, value) in defaults {
            event.entry(name).or_insert(value.into());
        }
        self.host.publish(&event.into())
    }

    /// Waits until the run rests, with the task of that name entered.
    fn reach(&self, task: &str) -> Outcome {
        let run = self.run()?;
        until(&format!("`{task}`"), || {
            let view = self.host.view(run)?;
            if super::api::has_ended(&view) {
                return Err(format!("the run has ended: {view}"));
            }
            let waits = view["status"] == "waiting";
            let entered = || Ok::<_, String>(self.entered()?.iter().any(|name| name == task));
            Ok((waits && entered()?).then_some(()))
        })
    }

    fn answer(&self, with: &Value, allowed: std::ops::Range<u16>) -> Outcome {
        let status = self.host.answer(self.run()?, with)?;
        if allowed.contains(&status) {
            return Ok(());
        }
        Err(checks::differ(format!("{allowed:?}"), status))
    }

    fn expect(&self, expected: &Expect) -> Outcome {
        match expected {
            Expect::Completes(output) => {
                let view = self.ended(End::Completed)?;
                let check = output
                    .as_ref()
                    .map(|output| checks::same(&view["output"], output));
                check.unwrap_or(Ok(()))
            }
            Expect::Faults(error) => {
                let view = self.ended(End::Faulted)?;
                let check = error
                    .as_ref()
                    .map(|error| checks::contains(&view["problem"], error));
                check.unwrap_or(Ok(()))
            }
            Expect::DetailMentions(words) => {
                let view = self.ended(End::Faulted)?;
                checks::mentions(&[view["problem"]["detail"].clone()], words)
            }
            Expect::Cancelled => self.ended(End::Cancelled).map(|_| ()),
            Expect::Properties(names) => checks::properties(&self.output()?, names),
            Expect::Property(name, value) => checks::property(&self.output()?, name, value),
            Expect::Items(name, count) => checks::items(&self.output()?, name, *count),
            Expect::Order(task, order) => {
                self.host.ended(self.run()?)?;
                checks::order(&self.entered()?, task, order)
            }
            Expect::Task(task, end, error) => self.task_ended(task, *end, error.as_ref()),
            Expect::TookAtLeast(ms) => self.took_at_least(*ms),
            Expect::Requests(count, address) => self.requests(*count, address),
            Expect::SecretHidden(name) => self.secret_hidden(name),
            Expect::Lifecycle(kind) => self.lifecycle(kind),
            Expect::Refused(_)
            | Expect::DiagnosticMentions(_)
            | Expect::Accepted
            | Expect::WarningMentions(_) => self.about_the_document(expected),
            Expect::Runs(..) | Expect::RunsExactly(..) | Expect::FurtherEnds(..) => {
                self.about_further_runs(expected)
            }
        }
    }

    fn about_the_document(&self, expected: &Expect) -> Outcome {
        let main = self.main.as_ref().ok_or("there is no workflow")?;
        match (expected, main) {
            (Expect::Refused(None), Deployment::Refused(_))
            | (Expect::Accepted, Deployment::Taken(..)) => Ok(()),
            (Expect::Refused(Some(code)), Deployment::Refused(why)) => checks::has_code(why, code),
            (Expect::DiagnosticMentions(words), Deployment::Refused(why)) => {
                checks::mentions(why, words)
            }
            (Expect::WarningMentions(words), Deployment::Taken(_, warnings)) => {
                checks::mentions(warnings, words)
            }
            (_, Deployment::Taken(..)) => Err("it was accepted".to_owned()),
            (_, Deployment::Refused(why)) => Err(format!("it was refused: {}", json!(why))),
        }
    }

    fn about_further_runs(&self, expected: &Expect) -> Outcome {
        match expected {
            Expect::Runs(count, name, output) => self.runs(*count, name, output.as_ref()),
            Expect::RunsExactly(count, name) => self.runs_exactly(*count, name),
            Expect::FurtherEnds(name, end) => {
                let name = self.named(name)?;
                until("an end", || {
                    let runs = self.host.runs(name)?;
                    let ended = runs.iter().find(|run| run["status"] == end.status());
                    Ok(ended.map(|_| ()))
                })
            }
            _ => Err("this is not about runs".to_owned()),
        }
    }

    fn taken(&self) -> Outcome<&Name> {
        match &self.main {
            Some(Deployment::Taken(name, _)) => Ok(name),
            Some(Deployment::Refused(why)) => Err(format!("it was refused: {}", json!(why))),
            None => Err("there is no workflow".to_owned()),
        }
    }

    /// A workflow of this scenario, by the name that its document gave it.
    fn named(&self, name: &str) -> Outcome<&Name> {
        let main = self.taken().ok();
        let all = self.further.iter().rev().chain(main);
        // It may have been renamed: then its name begins with the one that is asked for.
        let mut all: Vec<&Name> = all.filter(|found| found.name.starts_with(name)).collect();
        all.sort_by_key(|found| found.name.len());
        let found = all.first().copied();
        found.ok_or_else(|| format!("there is no workflow `{name}`"))
    }

    fn run(&self) -> Outcome<&str> {
        self.taken()?;
        let run = self.run.as_deref();
        run.ok_or_else(|| "the workflow was not executed".to_owned())
    }

    fn ended(&self, end: End) -> Outcome<Value> {
        let view = self.host.ended(self.run()?)?;
        if view["status"] == end.status() {
            return Ok(view);
        }
        let found = json!({
            "status": view["status"], "output": view["output"], "problem": view["problem"],
        });
        Err(checks::differ(end.status(), found))
    }

    fn output(&self) -> Outcome<Value> {
        Ok(self.ended(End::Completed)?["output"].clone())
    }

    /// What followed from the run's entries, in order.
    fn notes(&self) -> Outcome<Vec<Value>> {
        let journal = self.host.journal(self.run()?)?;
        Ok(journal
            .iter()
            .flat_map(|entry| list(&entry["events"]))
            .collect())
    }

    /// The tasks that were entered, by name, in their order.
    fn entered(&self) -> Outcome<Vec<String>> {
        let notes = self.notes()?;
        let entered = notes.iter().filter(|note| note["event"] == "task-started");
        Ok(entered.filter_map(task_name).collect())
    }

    fn task_ended(&self, task: &str, end: End, error: Option<&Value>) -> Outcome {
        self.host.ended(self.run()?)?;
        let notes = self.notes()?;
        let ended: Vec<&Value> = notes
            .iter()
            .filter(|note| note["event"] == "task-ended")
            .filter(|note| task_name(note).as_deref() == Some(task))
            .collect();
        let as_expected = ended.iter().rfind(|note| note["end"] == end.status());
        let Some(note) = as_expected else {
            return Err(checks::differ(end.status(), json!(ended)));
        };
        let check = error.map(|error| checks::contains(&note["problem"], error));
        check.unwrap_or(Ok(()))
    }

    fn took_at_least(&self, ms: u64) -> Outcome {
        let view = self.host.ended(self.run()?)?;
        let moment = |name: &str| -> Outcome<jiff::Timestamp> {
            let text = view[name].as_str().unwrap_or_default();
            text.parse().map_err(|_| format!("`{text}` is no time"))
        };
        let took = moment("endedAt")?.duration_since(moment("createdAt")?);
        if took.as_millis() >= i128::from(ms) {
            return Ok(());
        }
        Err(checks::differ(format!("{ms} ms"), format!("{took:?}")))
    }

    fn requests(&self, count: usize, address: &str) -> Outcome {
        if let Some(run) = &self.run {
            self.host.ended(run)?;
        }
        let found = self.stub.requests(address);
        if found == count {
            return Ok(());
        }
        Err(checks::differ(count, found))
    }

    fn secret_hidden(&self, name: &str) -> Outcome {
        let run = self.run()?;
        self.host.ended(run)?;
        let secret = self.secrets.iter().find(|(n, _)| n == name);
        let (_, value) = secret.ok_or_else(|| format!("there is no secret `{name}`"))?;
        let known = json!([self.host.view(run)?, self.host.journal(run)?]).to_string();
        let texts = checks::texts(value);
        if texts.is_empty() {
            return Err("the secret is too short to be found".to_owned());
        }
        let seen = |text: &str| known.contains(text) || !self.stub.events_about(text).is_empty();
        match texts.iter().find(|text| seen(text)) {
            Some(_) => Err(format!(
                "`{name}` stands in the run, its journal or an event"
            )),
            None => Ok(()),
        }
    }

    fn lifecycle(&self, kind: &str) -> Outcome {
        let run = self.run()?;
        let plain = run.trim_start_matches("run-");
        let kind = format!("io.serverlessworkflow.{kind}.v1");
        until(&kind, || {
            let events = self.stub.events_about(plain);
            let found = events.iter().find(|event| event.contains(&kind));
            Ok(found.map(|_| ()))
        })
    }

    fn runs(&self, count: usize, name: &str, output: Option<&Value>) -> Outcome {
        let name = self.named(name)?;
        let completed = until(&format!("{count} runs of {}", name.name), || {
            let runs = self.host.runs(name)?;
            let done: Vec<_> = runs
                .into_iter()
                .filter(|run| run["status"] == "completed")
                .collect();
            Ok((done.len() >= count).then_some(done))
        })?;
        let Some(output) = output else { return Ok(()) };
        for run in &completed {
            let view = self.host.view(run["id"].as_str().unwrap_or_default())?;
            checks::same(&view["output"], output)?;
        }
        Ok(())
    }

    fn runs_exactly(&self, count: usize, name: &str) -> Outcome {
        let name = self.named(name)?;
        until("the runs", || {
            Ok((self.host.runs(name)?.len() >= count).then_some(()))
        })?;
        let found = self.host.runs(name)?.len();
        if found == count {
            return Ok(());
        }
        Err(checks::differ(count, found))
    }

    /// Ends what the scenario has left running.
    fn clear_away(&self) -> Outcome {
        for name in self.taken().ok().into_iter().chain(&self.further) {
            self.host.stop(name)?;
        }
        Ok(())
    }
}

/// The name of the task that a note is about: the last part of its pointer.
fn task_name(note: &Value) -> Option<String> {
    let pointer = note["task"].as_str()?;
    let name = pointer.rsplit('/').next()?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}
