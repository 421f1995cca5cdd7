//! A well-behaved step beside hostile ones gets its result, and gets the same one.

use segue_model::{AttemptReport, Outcome};
use serde_json::json;

use super::harness::{attempt, output};

/// Every fixture that attacks the sandbox it runs in.
const HOSTILE: [&str; 14] = [
    "bad-json",
    "bad-realloc",
    "deep-json",
    "deep-recursion",
    "endless-loop",
    "endless-wait",
    "handle-leak",
    "huge-error",
    "huge-output",
    "invalid-utf8",
    "log-flood",
    "loop-in-start",
    "memory-growth",
    "table-growth",
];

/// Starts an attack that goes on for up to a second if its limits let it.
fn attack(name: &'static str) -> tokio::task::JoinHandle<AttemptReport> {
    let attack = attempt(name, json!({})).limits(|l| {
        l.time_ms = 1_000;
        l.fuel = u64::MAX;
        l.host_calls = u64::MAX;
        l.memory_bytes = 256 << 20;
    });
    tokio::spawn(attack.run())
}

async fn stopped(attack: tokio::task::JoinHandle<AttemptReport>) {
    let report = attack.await.unwrap();
    assert!(
        matches!(report.outcome, Outcome::Stopped { .. }),
        "{report:?}"
    );
}

/// Counts and finds the same output and the same use of everything as `alone`.
async fn undisturbed(alone: &AttemptReport) {
    let beside = attempt("counter", json!({"n": 1})).run().await;
    assert_eq!(*output(&beside), json!({"n": 2}));
    assert_eq!(beside.usage, alone.usage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_well_behaved_step_is_not_disturbed_by_any_hostile_one() {
    let alone = attempt("counter", json!({"n": 1})).run().await;
    for name in HOSTILE {
        let attack = attack(name);
        for _ in 0..5 {
            undisturbed(&alone).await;
        }
        stopped(attack).await;
        undisturbed(&alone).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_well_behaved_step_is_not_disturbed_by_all_of_them_together() {
    let alone = attempt("counter", json!({"n": 1})).run().await;
    let attacks: Vec<_> = HOSTILE.map(attack).into();
    for _ in 0..50 {
        undisturbed(&alone).await;
    }
    for attack in attacks {
        stopped(attack).await;
    }
    undisturbed(&alone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_attempt_is_left_for_the_next() {
    let first = attempt("echo", json!({"secret": "a".repeat(10_000)}))
        .run()
        .await;
    assert!(first.usage.output_bytes > 10_000);
    let small = attempt("echo", json!(1)).run().await;
    let again = attempt("echo", json!(1)).run().await;
    assert_eq!((output(&small), small.usage), (output(&again), again.usage));
}
