//! Purity, first proof: the same recorded inputs give the same outputs, the same fuel and the
//! same journal, in whatever process and however often the host is killed.
//!
//! A run's inputs are its start (input, seed and time) and nothing else as long as its steps
//! are pure. So a host is killed right after it acknowledged a run; copies of its data
//! directory then hold the same start, and hosts in different processes make everything that
//! follows from it, one of them in two lives.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::host::{Host, copy_data};

/// Rounds of the loop: enough for a host to be killed in the middle of the chain.
const ROUNDS: u64 = 400;

/// Every well-behaved fixture and pure plugin once, then a long chain with all that could
/// differ: clocks, randomness and Python's hashes.
const WORKFLOW: &str = r#"
document:
  dsl: '1.0.3'
  namespace: test
  name: pure
  version: '1.0.0'
do:
  - echo:
      call: echo:0.1@default
      with: { all: '${ $workflow.input }' }
  - hello:
      call: hello/greet:0.1@default
      with: { name: Ada }
  - clocks:
      call: clock-and-random:0.1@default
      with: {}
  - sleep:
      call: sleeper:0.1@default
      with: { ms: 5000 }
  - python:
      call: python-step:0.1@default
      with: { text: 'the quick brown fox jumps over the lazy dog' }
  - chain:
      for: { each: i, in: '${ [range($workflow.input.rounds)] }' }
      do:
        - count:
            call: counter:0.1@default
            with: { n: '${ $i }' }
        - look:
            call: clock-and-random:0.1@default
            with: {}
  - again:
      call: python-step:0.1@default
      with: { text: 'and once more' }
"#;

const PLUGINS: [&str; 6] = [
    "echo",
    "hello",
    "clock-and-random",
    "sleeper",
    "python-step",
    "counter",
];

/// All of a run that must not differ.
#[derive(Debug, PartialEq)]
struct Trace {
    output: Value,
    usage: Vec<Value>,
    journal: Vec<Value>,
}

#[test]
fn pure_steps_give_the_same_output_fuel_and_journal_in_every_process_and_after_a_kill() {
    let [original, plain, recompiled, killed] = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let run = acknowledged_and_killed(original.path());
    for copy in [&plain, &recompiled, &killed] {
        copy_data(original.path(), copy.path());
    }

    let first = finished(plain.path(), &run);
    assert_eq!(first.usage.len() as u64, 6 + 2 * ROUNDS);
    // Other machine code of the same components, made anew.
    std::fs::remove_dir_all(recompiled.path().join("segue-data").join("compiled")).unwrap();
    same(&first, &finished(recompiled.path(), &run));
    let committed = killed_in_the_chain(killed.path(), &run);
    assert!(
        committed < first.journal.len(),
        "the chain was over before the kill"
    );
    same(&first, &finished(killed.path(), &run));
    // The host that was killed first is a process as good as any.
    same(&first, &finished(original.path(), &run));
}

/// Starts a run and kills the host at once: of the run, hardly more than its start is on disk.
fn acknowledged_and_killed(directory: &Path) -> String {
    let host = Host::start(directory, &[]);
    PLUGINS.iter().for_each(|plugin| host.plugin(plugin));
    host.workflow(WORKFLOW);
    let client = host.client();
    let started = client
        .start("test/pure", &json!({ "rounds": ROUNDS }), "pure")
        .unwrap();
    host.kill();
    assert_eq!(started.status, 202, "{}", started.json);
    started.json["id"].as_str().unwrap().to_owned()
}

/// Kills the host when some of the chain is on disk, and not all; gives how many entries
/// were seen.
fn killed_in_the_chain(directory: &Path, run: &str) -> usize {
    let host = Host::start(directory, &[]);
    let client = host.client();
    let path = format!("/v1/runs/{run}/journal?from=12&limit=500");
    loop {
        let entries = client.get(&path).unwrap().json["entries"]
            .as_array()
            .map_or(0, Vec::len);
        if entries > 0 {
            host.kill();
            return 11 + entries;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn finished(directory: &Path, run: &str) -> Trace {
    let host = Host::start(directory, &[]);
    let client = host.client();
    let view = client.ended(run);
    assert_eq!(view["status"], "completed", "{view}");
    let attempts = view["attempts"].as_array().unwrap();
    let observed_beside = |mut entry: Value| {
        // Real times are observed beside a journal; nothing depends on them.
        entry.as_object_mut().unwrap().remove("observed");
        entry
    };
    Trace {
        output: view["output"].clone(),
        usage: attempts
            .iter()
            .map(|attempt| attempt["usage"].clone())
            .collect(),
        journal: client
            .journal(run)
            .into_iter()
            .map(observed_beside)
            .collect(),
    }
}

fn same(one: &Trace, other: &Trace) {
    assert_eq!(one.output, other.output);
    assert_eq!(one.usage, other.usage);
    for (one, other) in one.journal.iter().zip(&other.journal) {
        assert_eq!(one, other);
    }
    assert_eq!(one.journal.len(), other.journal.len());
}
