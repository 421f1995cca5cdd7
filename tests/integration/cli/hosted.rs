//! Commands that talk to the host of the data directory.

use serde_json::{Value, json};

use super::{COUNT, counter, does, place};
use crate::guests::component;
use crate::host::Host;

/// A workflow that waits for an hour.
const WAIT: &str = "\
document:
  dsl: '1.0.3'
  namespace: test
  name: wait
  version: '1.0.0'
do:
  - nap:
      wait: { hours: 1 }
";

#[test]
fn without_a_host_commands_say_how_to_start_one() {
    let here = place(&[("count.yaml", COUNT)]);
    for arguments in [
        vec!["runs", "list"],
        vec!["plugin", "list"],
        vec!["deploy", "count.yaml"],
    ] {
        let done = does(here.path(), &arguments);
        assert_eq!(done.code, Some(3), "{arguments:?}");
        assert!(
            done.err.contains("segue serve --data segue-data"),
            "{}",
            done.err
        );
        let json = does(
            here.path(),
            &[&arguments[..], &["--output", "json"]].concat(),
        );
        let error: Value = serde_json::from_str(&json.err).unwrap();
        assert_eq!(error["error"]["exit"], 3);
    }
}

#[test]
fn commands_find_the_host_of_the_data_directory_and_use_it() {
    let here = place(&[("count.yaml", COUNT), ("wait.yaml", WAIT)]);
    let host = Host::start(here.path(), &["--plugin", &counter()]);
    let deployed = does(here.path(), &["deploy", "wait.yaml", "count.yaml"]);
    assert_eq!(deployed.code, Some(0), "{}", deployed.err);
    assert!(deployed.out.contains("test/wait:1.0.0") && deployed.out.contains("test/count:1.0.0"));
    assert!(
        does(here.path(), &["plugin", "list"])
            .out
            .contains("counter")
    );
    assert!(
        does(here.path(), &["plugin", "show", "counter"])
            .out
            .contains("effect        pure")
    );

    // No --plugin: the host has it.
    let run = does(
        here.path(),
        &["run", "count.yaml", "-i", "{\"n\": 1}", "--output", "json"],
    );
    assert_eq!(
        (run.code, &run.json()["output"]),
        (Some(0), &json!({ "n": 2 })),
        "{}",
        run.err
    );
    let run = run.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(host.client().ended(&run)["status"], "completed");
    let shown = does(here.path(), &["runs", "show", &run]);
    assert!(
        shown.out.contains("completed") && shown.out.contains("\"n\": 2"),
        "{}",
        shown.out
    );
    let journal = does(here.path(), &["runs", "journal", &run]).out;
    assert!(
        journal.contains("start") && journal.contains("attempt-ended /do/0/first"),
        "{journal}"
    );
    let entries = does(
        here.path(),
        &["runs", "journal", &run, "--limit", "1", "--output", "json"],
    )
    .json();
    assert_eq!(entries["entries"].as_array().unwrap().len(), 1);
    assert!(does(here.path(), &["runs", "list"]).out.contains(&run));
    assert!(
        !does(here.path(), &["runs", "list", "--status", "faulted"])
            .out
            .contains(&run)
    );

    let waiting = host
        .client()
        .start("test/wait", &json!({}), "w")
        .unwrap()
        .json;
    let waiting = waiting["id"].as_str().unwrap();
    let cancelled = does(
        here.path(),
        &["runs", "cancel", waiting, "--reason", "enough"],
    );
    assert_eq!(cancelled.code, Some(0), "{}", cancelled.err);
    assert_eq!(host.client().ended(waiting)["status"], "cancelled");
    assert_eq!(does(here.path(), &["runs", "cancel", &run]).code, Some(3));
}

#[test]
fn deploying_a_bad_document_exits_with_1_and_deploys_the_others() {
    let here = place(&[("count.yaml", COUNT), ("wait.yaml", WAIT)]);
    let _host = Host::start(here.path(), &[]);
    let done = does(here.path(), &["deploy", "count.yaml", "wait.yaml"]);
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(
        done.out.contains("error[") && done.out.contains("--> count.yaml:8:13"),
        "{}",
        done.out
    );
    assert!(
        done.out.contains("workflow  test/wait:1.0.0"),
        "{}",
        done.out
    );
    let refused = does(
        here.path(),
        &["deploy", &component("http-get").display().to_string()],
    );
    assert_eq!(refused.code, Some(3));
    assert!(
        refused.err.contains("[[plugins.http-get.grants.http]]"),
        "{}",
        refused.err
    );
}
