//! More attempts than sandboxes, and attempts that are given up.

use std::time::Duration;

use segue_model::Outcome;
use segue_model::outcome::Stop;
use segue_runtime::Runtime;
use serde_json::json;

use super::harness::{assert_stop, attempt, options, output, runtime_on_demand};

fn tiny() -> Runtime {
    let mut options = options();
    options.pool.small_slots = 2;
    options.pool.large_slots = 1;
    Runtime::new(options).expect("a runtime")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exhausted_pool_queues() {
    let runtime = tiny();
    assert!(runtime.pooling());
    let many: Vec<_> = (0..40)
        .map(|n| {
            let runtime = runtime.clone();
            let sleep = attempt("sleeper", json!({"ms": 5})).real();
            let count = attempt("counter", json!({ "n": n }));
            tokio::spawn(
                async move { (sleep.run_in(&runtime).await, count.run_in(&runtime).await) },
            )
        })
        .collect();
    for (n, both) in many.into_iter().enumerate() {
        let (slept, counted) = both.await.unwrap();
        assert!(
            matches!(slept.outcome, Outcome::Completed { .. }),
            "{slept:?}"
        );
        assert_eq!(*output(&counted), json!({"n": n + 1}));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_attempt_frees_its_sandbox() {
    let runtime = tiny();
    for _ in 0..6 {
        let endless = attempt("endless-loop", json!(1)).limits(|l| l.fuel = u64::MAX);
        let run = endless.run_in(&runtime);
        let gone = tokio::time::timeout(Duration::from_millis(50), run).await;
        assert!(gone.is_err(), "the loop ended: {gone:?}");
    }
    let after = attempt("counter", json!({"n": 1})).run_in(&runtime).await;
    assert_eq!(*output(&after), json!({"n": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pool_everything_works_the_same() {
    let runtime = runtime_on_demand();
    assert!(!runtime.pooling());
    let counted = attempt("counter", json!({"n": 1})).run_in(&runtime).await;
    let pooled = attempt("counter", json!({"n": 1})).run().await;
    assert_eq!(output(&counted), output(&pooled));
    assert_eq!(counted.usage, pooled.usage);
    let table = attempt("table-growth", json!(1)).run_in(&runtime).await;
    assert_stop(&table, Stop::Table);
    let memory = attempt("memory-growth", json!(1)).run_in(&runtime).await;
    assert_stop(&memory, Stop::Memory);
    let stack = attempt("deep-recursion", json!(1)).run_in(&runtime).await;
    assert_stop(&stack, Stop::Stack);
}

#[tokio::test]
async fn a_component_that_was_never_loaded_is_the_hosts_fault() {
    let runtime = tiny();
    let attempt = attempt("counter", json!({"n": 1}));
    let silent = std::sync::Arc::new(segue_runtime::Silent);
    let report = runtime.invoke(&attempt.invocation, silent).await;
    assert!(matches!(report.outcome, Outcome::HostFault { .. }));
}
