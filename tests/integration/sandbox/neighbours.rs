//! A well-behaved step beside hostile ones gets its result, and gets the same one.

use segue_model::Outcome;
use serde_json::json;

use super::harness::{attempt, output};

/// The hostile ones that take the longest to stop.
const HOSTILE: [&str; 6] = [
    "endless-loop",
    "endless-wait",
    "memory-growth",
    "table-growth",
    "deep-recursion",
    "log-flood",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_neighbours_do_not_disturb_a_well_behaved_step() {
    let counter = || attempt("counter", json!({"n": 1}));
    let alone = counter().run().await;
    let hostile: Vec<_> = HOSTILE
        .iter()
        .map(|name| {
            let attack = attempt(name, json!({})).limits(|l| {
                l.time_ms = 1_500;
                l.fuel = u64::MAX;
                l.host_calls = u64::MAX;
            });
            tokio::spawn(attack.run())
        })
        .collect();
    for _ in 0..50 {
        let beside = counter().run().await;
        assert_eq!(*output(&beside), json!({"n": 2}));
        assert_eq!(beside.usage, alone.usage);
    }
    for attack in hostile {
        let report = attack.await.unwrap();
        assert!(
            matches!(report.outcome, Outcome::Stopped { .. }),
            "{report:?}"
        );
    }
    assert_eq!(counter().run().await.usage, alone.usage);
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
