//! The same step, input and seed give the same output and the same fuel, in any process.

use std::process::Command;

use segue_model::{AttemptReport, Payload};
use serde_json::{Value, json};

use super::harness::{attempt, output, runtime_on_demand};

/// The well-behaved fixtures and plugins that need no input of their own.
fn well_behaved() -> Vec<(&'static str, Value)> {
    vec![
        ("echo", json!({"a": [1, 2.5, "x"]})),
        ("counter", json!({"n": 7})),
        ("clock-and-random", json!({})),
        ("sleeper", json!({"ms": 1234})),
        ("python-step", json!("one two three four five six")),
        ("trap", json!({})),
    ]
}

fn summary(report: &AttemptReport) -> Value {
    json!({
        "outcome": Payload::new(serde_json::to_value(&report.outcome).unwrap()).digest(),
        "usage": report.usage,
    })
}

async fn all() -> Value {
    let mut said = serde_json::Map::new();
    for (name, input) in well_behaved() {
        let report = attempt(name, input).run().await;
        said.insert(name.to_owned(), summary(&report));
    }
    Value::Object(said)
}

const MARK: &str = "purity-report:";
const CHILD: &str = "SEGUE_TEST_PURITY_CHILD";

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_agree_on_output_and_fuel() {
    let here = all().await;
    if std::env::var_os(CHILD).is_some() {
        println!("\n{MARK}{here}");
        return;
    }
    assert_eq!(here, all().await);
    let there = Command::new(std::env::current_exe().unwrap())
        .args(["two_processes_agree_on_output_and_fuel", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&there.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix(MARK));
    let there: Value = serde_json::from_str(line.expect("a report")).unwrap();
    assert_eq!(here, there);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_changes_nothing_that_a_step_can_see() {
    let on_demand = runtime_on_demand();
    for (name, input) in well_behaved() {
        let pooled = attempt(name, input.clone()).run().await;
        let alone = attempt(name, input).run_in(&on_demand).await;
        // A trap's message holds addresses of compiled code's source, which are the same.
        assert_eq!(summary(&pooled), summary(&alone), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_on_the_machine_changes_nothing() {
    let quiet = attempt("python-step", json!("a b c")).run().await;
    let busy: Vec<_> = (0..8)
        .map(|_| tokio::spawn(attempt("python-step", json!("a b c")).run()))
        .collect();
    for report in busy {
        let report = report.await.unwrap();
        assert_eq!(
            (output(&report), report.usage),
            (output(&quiet), quiet.usage)
        );
    }
}
