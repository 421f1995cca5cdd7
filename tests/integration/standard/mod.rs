//! The standard plugins as they are shipped: real components in the sandbox, real sockets.

mod http;
mod javascript;
mod openapi;
mod python;
mod server;
mod whole;

use segue_model::outcome::Outcome;
use segue_model::{AttemptReport, Problem};
use serde_json::Value;

use crate::guests::root;
use crate::sandbox::harness::{Attempt, attempt, bytes, denied, runtime};

/// An attempt of a script, as a workflow runs it.
fn script(language: &str, input: Value) -> Attempt {
    attempt(language, input)
}

/// The problem of a step that said itself what is wrong, and whether it can be retried.
fn step_error(report: &AttemptReport) -> (&Problem, bool) {
    match &report.outcome {
        Outcome::StepError {
            problem, retryable, ..
        } => (problem, *retryable),
        other => panic!("expected an error of the step, got {other:?}"),
    }
}

/// The last part of a problem's type.
fn kind(problem: &Problem) -> String {
    let text = serde_json::to_value(problem).unwrap();
    let uri = text["type"].as_str().unwrap_or_default();
    uri.rsplit('/').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_says_what_it_is() {
    for (name, step, capabilities) in [
        ("http", "request", 1),
        ("openapi", "call", 1),
        ("javascript", "run", 0),
        ("python", "run", 0),
    ] {
        let plugin = runtime().inspect(&bytes(name), &denied()).await.unwrap();
        assert_eq!(plugin.name, name);
        assert_eq!(plugin.version.to_string(), "1.0.0", "{name}");
        let steps: Vec<&str> = plugin.steps.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(steps, [step]);
        assert_eq!(plugin.steps[0].capabilities.len(), capabilities, "{name}");
        assert_eq!(plugin.steps[0].input_schema["type"], "object", "{name}");
    }
}

/// The binary knows its plugins by these files, without compiling any of them. To write them
/// anew after a plugin has changed what it says, run this test with `SEGUE_BLESS=1`.
#[tokio::test(flavor = "multi_thread")]
async fn the_descriptors_in_the_repository_are_what_the_plugins_say() {
    for name in ["http", "openapi", "javascript", "python"] {
        let plugin = runtime().inspect(&bytes(name), &denied()).await.unwrap();
        let mut said = serde_json::to_value(&plugin).unwrap();
        let members = said.as_object_mut().unwrap();
        for of_these_bytes in ["digest", "sizeBytes", "imports", "producers"] {
            members.remove(of_these_bytes);
        }
        let path = root().join(format!("plugins/{name}/descriptor.json"));
        if std::env::var_os("SEGUE_BLESS").is_some() {
            let text = serde_json::to_string_pretty(&said).unwrap();
            std::fs::write(&path, text + "\n").unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let kept: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(kept, said, "run this test with SEGUE_BLESS=1 ({name})");
    }
}
