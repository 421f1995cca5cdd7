//! kill -9 at any moment: every run that was acknowledged goes on from its last commit, and
//! no result that was recorded is executed again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use crate::arrivals::{Arrival, Arrivals};
use crate::host::{Client, Host};

/// How often the host is killed.
const ROUNDS: u64 = 15;
/// Runs that are started before each kill.
const RUNS: u64 = 4;
/// The latest moment of a kill after the first start: by then, most runs of a round have ended.
const KILL_MS_MAX: u64 = 250;
/// What an answer of the service takes: long enough for kills to fall into it.
const ANSWER: Duration = Duration::from_millis(15);

/// Pure chains around two effectful calls, and a timer between them.
const WORKFLOW: &str = r#"
document:
  dsl: '1.0.3'
  namespace: test
  name: crash
  version: '1.0.0'
do:
  - before:
      for: { each: i, in: '${ [range(5)] }' }
      do:
        - count:
            call: counter:0.1@default
            with: { n: '${ $i }' }
  - first:
      call: http-get:0.1@default
      with: { url: '${ $workflow.input.url }', body: '${ $workflow.input.mark + "/first" }' }
      output: { as: '${ .body }' }
      export: { as: '${ { first: . } }' }
  - pause:
      wait: { milliseconds: 20 }
  - between:
      call: counter:0.1@default
      with: { n: 1 }
  - second:
      call: http-get:0.1@default
      with: { url: '${ $workflow.input.url }', body: '${ $workflow.input.mark + "/second" }' }
      output: { as: '${ .body }' }
  - collect:
      set:
        first: '${ $context.first }'
        second: '${ . }'
"#;

/// What callers were told: the run of each key that was acknowledged.
type Acknowledged = BTreeMap<String, String>;

#[test]
fn a_host_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing_recorded() {
    let arrivals = Arrivals::listen(ANSWER);
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    std::fs::write(directory.join("segue.toml"), arrivals.grant("http-get")).unwrap();
    deploy(directory);

    let acknowledged = Mutex::new(Acknowledged::new());
    let mut random = Random(0x5e60_e5e6);
    for round in 0..ROUNDS {
        let host = Host::start(directory, &[]);
        let client = host.client();
        std::thread::scope(|scope| {
            // Keys of the round before are sent again: their answers may have been lost.
            for key in keys(round.saturating_sub(1)).chain(keys(round)) {
                let (client, acknowledged, url) = (client.clone(), &acknowledged, arrivals.url());
                scope.spawn(move || start(&client, &key, &url, acknowledged));
            }
            std::thread::sleep(Duration::from_millis(random.below(KILL_MS_MAX)));
            host.kill();
        });
    }

    let host = Host::start(directory, &[]);
    let client = host.client();
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(!acknowledged.is_empty());
    for (key, run) in &acknowledged {
        let view = client.ended(run);
        assert!(completed_or_quarantined(&view), "{view}");
        let again = client
            .start("test/crash", &input(key, &arrivals.url()), key)
            .unwrap();
        assert_eq!(
            (again.status, again.json["id"].as_str()),
            (200, Some(run.as_str())),
            "{}",
            again.json
        );
        assert_eq!(again.json["output"], view["output"]);
    }
    // Runs that were made without anybody being told are held to the same.
    let views: Vec<Value> = all_runs(&client)
        .iter()
        .map(|run| client.ended(run))
        .collect();
    let by_body = arrivals.by_body();
    let mut repeats = 0;
    for view in &views {
        assert!(completed_or_quarantined(view), "{view}");
        if view["status"] != "completed" {
            continue;
        }
        let mark = view["input"]["mark"].as_str().unwrap().to_owned();
        let journal = client.journal(view["id"].as_str().unwrap());
        for which in ["first", "second"] {
            let arrived = by_body
                .get(&format!("{mark}/{which}"))
                .map_or(&[] as &[Arrival], Vec::as_slice);
            repeats += explained(view, &journal, which, arrived);
        }
    }
    println!(
        "{} runs acknowledged, {repeats} arrivals repeated, each of unknown fate",
        acknowledged.len()
    );
}

/// A run completes, unless its host was killed three times while the same step was running: then
/// the step is quarantined, as promised. How often that happens is up to the machine's load.
fn completed_or_quarantined(view: &Value) -> bool {
    if view["status"] == "completed" {
        return true;
    }
    let lost = |which: &str| {
        let attempts = view["attempts"].as_array().unwrap().iter();
        let of_task = attempts.filter(|a| a["task"].as_str().unwrap().ends_with(which));
        of_task.filter(|a| a["fateUnknown"] == true).count()
    };
    let quarantined = view["problem"]["type"] == "urn:segue:problem:quarantined";
    quarantined && (lost("/first") == 3 || lost("/second") == 3)
}

fn deploy(directory: &Path) {
    let host = Host::start(directory, &[]);
    host.plugin("counter");
    host.plugin("http-get");
    host.workflow(WORKFLOW);
    host.kill();
}

fn keys(round: u64) -> impl Iterator<Item = String> {
    (0..RUNS).map(move |n| format!("run-{round}-{n}"))
}

fn input(key: &str, url: &str) -> Value {
    json!({ "mark": key, "url": url })
}

fn start(client: &Client, key: &str, url: &str, acknowledged: &Mutex<Acknowledged>) {
    // A broken connection tells nothing: the run may exist or not.
    let Ok(answer) = client.start("test/crash", &input(key, url), key) else {
        return;
    };
    // An answer that was cut off in the middle has no JSON, and acknowledges nothing.
    let (200 | 202, Some(run)) = (answer.status, answer.json["id"].as_str()) else {
        return;
    };
    let before = acknowledged
        .lock()
        .unwrap()
        .insert(key.to_owned(), run.to_owned());
    assert!(
        before.is_none_or(|before| before == run),
        "key {key} has two runs"
    );
}

fn all_runs(client: &Client) -> Vec<String> {
    let listed = client.get("/v1/runs?limit=500").unwrap().json;
    let runs = listed["runs"].as_array().unwrap();
    runs.iter()
        .map(|run| run["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Checks that the arrivals of one task are explained by its run's journal: one result was
/// recorded, it is the run's, and every other arrival is an attempt of unknown fate. Gives
/// the number of those.
fn explained(view: &Value, journal: &[Value], which: &str, arrived: &[Arrival]) -> usize {
    let ended = |entry: &&Value| {
        let ends = entry["events"].as_array().unwrap().iter();
        ends.filter(|note| note["event"] == "attempt-ended")
            .any(|note| {
                note["task"]
                    .as_str()
                    .unwrap()
                    .ends_with(&format!("/{which}"))
            })
    };
    let ends: Vec<&Value> = journal.iter().filter(ended).collect();
    let (unknown, known): (Vec<&Value>, Vec<&Value>) = ends
        .iter()
        .copied()
        .partition(|entry| entry["input"]["kind"] == "fate-unknown");
    assert_eq!(known.len(), 1, "{which}: one result is recorded: {ends:?}");
    let recorded = &known[0]["input"]["outcome"]["output"]["body"];
    assert_eq!(
        &view["output"][which], recorded,
        "the recorded result is the one that is used"
    );
    let shown = view["attempts"].as_array().unwrap().iter();
    let shown = shown.filter(|attempt| {
        attempt["task"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/{which}"))
    });
    assert_eq!(shown.count(), ends.len());
    assert!(!arrived.is_empty());
    assert!(
        arrived.len() <= 1 + unknown.len(),
        "{which} of {}: {} arrivals, {} attempts of unknown fate",
        view["id"],
        arrived.len(),
        unknown.len()
    );
    assert!(
        arrived
            .iter()
            .all(|arrival| arrival.key == arrived[0].key && !arrival.key.is_empty()),
        "{arrived:?}"
    );
    arrived.len() - 1
}

/// Different moments in every round, the same in every run of the test: xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
