//! The words of a scenario: the vocabulary of the kit, and two sentences of our own
//! (`refused with 'code'`, `should take N ms`).

use gherkin::{Scenario, Step};
use segue_engine::RunEnd;
use segue_model::ir::Workflow;
use serde_json::{Value, json};

use super::world::{Played, run};

pub(super) enum Verdict {
    Passed,
    /// The workflow was refused, and no sentence asked for that.
    Refused,
    Failed(String),
}

#[derive(Default)]
struct Stage {
    workflow: Option<Workflow>,
    refusals: Vec<String>,
    input: Value,
    played: Option<Played>,
}

pub(super) fn play(scenario: &Scenario) -> Verdict {
    let mut stage = Stage::default();
    for step in &scenario.steps {
        let refused = stage.workflow.is_none() && !stage.refusals.is_empty();
        if refused && !step.value.contains("should be refused") {
            let executes = step.value == "the workflow is executed";
            let expected = scenario
                .steps
                .iter()
                .any(|s| s.value.contains("should be refused"));
            if executes && !expected {
                return Verdict::Refused;
            }
            continue;
        }
        if let Err(why) = stage.take(step) {
            return Verdict::Failed(format!("`{}`: {why}", step.value));
        }
    }
    Verdict::Passed
}

impl Stage {
    fn take(&mut self, step: &Step) -> Result<(), String> {
        let text = step.value.trim();
        let doc = step.docstring().map(|d| unfence(d)).unwrap_or_default();
        match text.strip_prefix("given ").unwrap_or(text) {
            "a workflow with definition:" => self.define(&doc),
            "the workflow input is:" => {
                self.input = data(&doc)?;
                Ok(())
            }
            "the workflow is executed" => self.execute(),
            "the workflow should complete" => self.output().map(|_| ()),
            "the workflow should complete with output:" => same(&self.output()?, &data(&doc)?),
            "the workflow should fault" => self.problem().map(|_| ()),
            "the workflow should fault with error:" => contains(&self.problem()?, &data(&doc)?),
            other => self.sentence(other),
        }
    }

    fn define(&mut self, doc: &str) -> Result<(), String> {
        let compiled = segue_dsl::compile(doc);
        let errors = compiled
            .diagnostics
            .iter()
            .filter(|d| d.severity == segue_dsl::Severity::Error);
        self.refusals = errors
            .map(|d| format!("{}: {}", d.code, d.message))
            .collect();
        self.workflow = compiled.workflow;
        Ok(())
    }

    fn execute(&mut self) -> Result<(), String> {
        let workflow = self.workflow.clone().ok_or("there is no workflow")?;
        self.played = Some(run(workflow, self.input.clone())?);
        Ok(())
    }

    fn played(&self) -> Result<&Played, String> {
        self.played
            .as_ref()
            .ok_or_else(|| "the workflow was not executed".to_owned())
    }

    fn output(&self) -> Result<Value, String> {
        match &self.played()?.end {
            RunEnd::Completed { output } => Ok(output.value().clone()),
            other => Err(format!("it ended with {other:?}")),
        }
    }

    fn problem(&self) -> Result<Value, String> {
        match &self.played()?.end {
            RunEnd::Faulted { problem } => Ok(json!(problem)),
            other => Err(format!("it ended with {other:?}")),
        }
    }

    /// Sentences with names in them.
    fn sentence(&self, text: &str) -> Result<(), String> {
        if let Some(code) = quoted_after(text, "the workflow should be refused with ") {
            let found = self
                .refusals
                .iter()
                .any(|r| r.starts_with(&format!("{code}:")));
            return verdict(found, || format!("the refusals are {:?}", self.refusals));
        }
        if let Some(ms) = text.strip_prefix("the workflow should take ") {
            let wanted: u64 = ms
                .trim_end_matches(" ms")
                .parse()
                .map_err(|_| "not a number")?;
            let took = self.played()?.took_ms;
            return verdict(took == wanted, || format!("it took {took} ms"));
        }
        if let Some(names) = text.strip_prefix("the workflow output should have properties ") {
            let output = self.output()?;
            let missing: Vec<_> = names
                .split(',')
                .filter(|n| lookup(&output, unquote(n)).is_none())
                .collect();
            return verdict(missing.is_empty(), || {
                format!("{missing:?} are missing in {output}")
            });
        }
        if let Some((name, rest)) = text.split_once(" should run ") {
            return self.order(unquote(name), rest);
        }
        Err("this sentence is not known".to_owned())
    }

    fn order(&self, name: &str, rest: &str) -> Result<(), String> {
        let tasks = &self.played()?.tasks;
        let position = |name: &str| tasks.iter().position(|task| task == name);
        let ok = match rest {
            "first" => tasks.first().is_some_and(|task| task == name),
            "last" => tasks.last().is_some_and(|task| task == name),
            "never" => position(name).is_none(),
            _ => match rest.split_once(' ') {
                Some(("after", other)) => {
                    position(name) > position(unquote(other)) && position(unquote(other)).is_some()
                }
                Some(("before", other)) => {
                    position(name).is_some() && position(name) < position(unquote(other))
                }
                _ => return Err("this order is not known".to_owned()),
            },
        };
        verdict(ok, || format!("the tasks ran as {tasks:?}"))
    }
}

fn verdict(ok: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if ok { Ok(()) } else { Err(why()) }
}

fn same(found: &Value, wanted: &Value) -> Result<(), String> {
    verdict(found == wanted, || {
        format!("found {found}, wanted {wanted}")
    })
}

/// Whether every member that is wanted is found.
fn contains(found: &Value, wanted: &Value) -> Result<(), String> {
    let members = wanted.as_object().ok_or("an error is an object")?;
    let differs = members
        .iter()
        .find(|(name, value)| found.get(name.as_str()) != Some(value));
    verdict(differs.is_none(), || {
        format!("found {found}, wanted {wanted}")
    })
}

fn lookup<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.trim()
        .split('.')
        .try_fold(value, |value, name| value.get(name))
}

fn unquote(text: &str) -> &str {
    text.trim().trim_matches('\'')
}

fn quoted_after<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.strip_prefix(prefix).map(unquote)
}

/// The text of a doc string without the name of its format.
fn unfence(doc: &str) -> String {
    let doc = doc.trim_start_matches('\n');
    let body = doc
        .strip_prefix("yaml\n")
        .or_else(|| doc.strip_prefix("json\n"));
    body.unwrap_or(doc).to_owned()
}

/// YAML as a value, read by the front end itself: as the value of a `set`.
fn data(yaml: &str) -> Result<Value, String> {
    let mut document = String::from(
        "document: {dsl: '1.0.3', namespace: test, name: data, version: '1.0.0'}\ndo:\n  - data:\n      set:\n        value:\n",
    );
    for line in yaml.lines() {
        document.push_str(&format!("          {line}\n"));
    }
    let compiled = segue_dsl::compile(&document);
    let workflow = compiled
        .workflow
        .ok_or_else(|| format!("{:?}", compiled.diagnostics))?;
    match run(workflow, Value::Null)?.end {
        RunEnd::Completed { output } => Ok(output.value()["value"].clone()),
        other => Err(format!("{other:?}")),
    }
}
