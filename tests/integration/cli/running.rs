//! `segue run` without a host.

use std::process::Stdio;

use serde_json::json;

use super::{COUNT, Done, counter, does, place};
use crate::arrivals::Arrivals;
use crate::guests::component;
use crate::host::{interrupt, segue};

const FAULT: &str = "\
document:
  dsl: '1.0.3'
  namespace: test
  name: fault
  version: '1.0.0'
do:
  - no:
      raise:
        error: { type: 'https://example.test/no', status: 400, title: Not today }
";

#[test]
fn run_prints_the_output_on_stdout_and_progress_on_stderr() {
    let here = place(&[("count.yaml", COUNT)]);
    let done = does(
        here.path(),
        &[
            "run",
            "count.yaml",
            "--input",
            "{\"n\": 41}",
            "--plugin",
            &counter(),
        ],
    );
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(done.json(), json!({ "n": 42 }));
    for part in [
        "/do/0/first",
        "counter/run:0.1.0",
        "attempt 1",
        "fuel",
        "memory",
        "completed",
    ] {
        assert!(done.err.contains(part), "{part} in {}", done.err);
    }
    assert!(
        !done.err.contains('\u{1b}'),
        "no escape sequences without a terminal"
    );
}

#[test]
fn run_takes_its_input_from_a_file_or_stdin_and_prints_the_whole_run_as_json() {
    let here = place(&[("count.yaml", COUNT), ("input.json", "{\"n\": 1}")]);
    let file = does(
        here.path(),
        &[
            "run",
            "count.yaml",
            "-i",
            "@input.json",
            "-p",
            &counter(),
            "--output",
            "json",
        ],
    );
    assert_eq!(file.json()["output"], json!({ "n": 2 }), "{}", file.err);
    assert_eq!(file.json()["attempts"][0]["step"], "counter/run:0.1.0");
    let mut command = segue(here.path());
    command.args(["run", "count.yaml", "-i", "-"]);
    command.stdin(std::fs::File::open(here.path().join("input.json")).unwrap());
    let stdin: Done = command.output().unwrap().into();
    assert_eq!(stdin.json(), json!({ "n": 2 }), "{}", stdin.err);
}

#[test]
fn a_run_that_faults_exits_with_1_and_says_where_and_why() {
    let here = place(&[("fault.yaml", FAULT)]);
    let done = does(here.path(), &["run", "fault.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""));
    for part in [
        "faulted",
        "Not today",
        "https://example.test/no",
        "/do/0/no",
    ] {
        assert!(done.err.contains(part), "{part} in {}", done.err);
    }
    let json = does(here.path(), &["run", "fault.yaml", "--output", "json"]);
    assert_eq!(
        (json.code, &json.json()["status"]),
        (Some(1), &json!("faulted"))
    );
}

#[test]
fn the_same_key_goes_on_with_the_same_run_in_another_process() {
    let here = place(&[("count.yaml", COUNT)]);
    let run = |input: &str| {
        does(
            here.path(),
            &[
                "run",
                "count.yaml",
                "-p",
                &counter(),
                "-i",
                input,
                "--key",
                "k",
                "--output",
                "json",
            ],
        )
    };
    let (first, again) = (run("{\"n\": 1}"), run("{\"n\": 1}"));
    assert_eq!(first.json()["id"], again.json()["id"]);
    let other = run("{\"n\": 2}");
    assert_eq!(other.code, Some(3), "{}", other.err);
    assert!(
        other.err.contains("idempotency-key-reused"),
        "{}",
        other.err
    );
}

#[test]
fn an_interrupted_run_goes_on_with_its_key() {
    // The service answers late, so that the run is in flight when the signal comes.
    let arrivals = Arrivals::listen(std::time::Duration::from_secs(3));
    let source = "\
document: { dsl: '1.0.3', namespace: test, name: slow, version: '1.0.0' }
do:
  - send:
      call: http-get:0.1@default
      with: { url: '${ .url }', body: one }
      output: { as: '${ .status }' }
";
    let here = place(&[
        ("slow.yaml", source),
        ("segue.toml", &arrivals.grant("http-get")),
    ]);
    let plugin = component("http-get").display().to_string();
    let input = json!({ "url": arrivals.url() }).to_string();
    let arguments = [
        "run",
        "slow.yaml",
        "-p",
        &plugin,
        "-i",
        &input,
        "--key",
        "k",
    ];
    let child = segue(here.path())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while arrivals.by_body().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    interrupt(&child);
    let stopped: Done = child.wait_with_output().unwrap().into();
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    assert!(stopped.err.contains("--key k"), "{}", stopped.err);
    let gone_on = does(here.path(), &arguments);
    assert_eq!(
        (gone_on.code, gone_on.out.trim()),
        (Some(0), "200"),
        "{}",
        gone_on.err
    );
    // The attempt in flight was let finish, and its result was used.
    assert_eq!(arrivals.by_body()["one"].len(), 1);
}
