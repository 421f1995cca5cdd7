//! Recovery counters.

use super::Harness;
use super::fixtures::{change, commit, create_runs, run_id};
use crate::{ManualClock, ReadRuns, Recovering, RunCommit, Store};

/// Only runs that were in flight, in order of their ids.
pub async fn runs_in_flight_are_found_after_a_restart<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 6).await;
    for (run, in_flight) in [(5, true), (2, true), (3, true), (3, false), (1, false)] {
        fly(harness.store(), run, in_flight).await;
    }
    let harness = harness.reopened();
    let found = harness.store().begin_recovery(None, 99).await.unwrap();
    assert_eq!(found, [recovering(2, 1), recovering(5, 1)]);
}

/// A counter survives restarts, and a commit of its run sets it back.
pub async fn recoveries_are_counted_until_a_commit<H: Harness>() {
    let mut harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 2).await;
    fly(harness.store(), 1, true).await;
    fly(harness.store(), 2, true).await;
    for count in 1..=3 {
        harness = harness.reopened();
        let found = harness.store().begin_recovery(None, 99).await.unwrap();
        assert_eq!(found, [recovering(1, count), recovering(2, count)]);
    }
    fly(harness.store(), 1, true).await;
    fly(harness.store(), 2, false).await;
    harness = harness.reopened();
    let found = harness.store().begin_recovery(None, 99).await.unwrap();
    assert_eq!(found, [recovering(1, 1)]);
    fly(harness.store(), 2, true).await;
    let found = harness.store().begin_recovery(None, 99).await.unwrap();
    assert_eq!(found, [recovering(1, 2), recovering(2, 1)]);
}

/// Pages raise only the counters of the runs that they return.
pub async fn recovery_goes_page_by_page<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 5).await;
    for run in 1..=5 {
        fly(store, run, true).await;
    }
    assert_eq!(store.begin_recovery(None, 0).await.unwrap(), []);
    let first = store.begin_recovery(None, 2).await.unwrap();
    assert_eq!(first, [recovering(1, 1), recovering(2, 1)]);
    let second = store.begin_recovery(Some(&run_id(2)), 2).await.unwrap();
    assert_eq!(second, [recovering(3, 1), recovering(4, 1)]);
    let third = store.begin_recovery(Some(&run_id(4)), 2).await.unwrap();
    assert_eq!(third, [recovering(5, 1)]);
    assert_eq!(store.begin_recovery(Some(&run_id(5)), 2).await.unwrap(), []);
}

fn recovering(run: u64, recoveries: u32) -> Recovering {
    Recovering {
        run: run_id(run),
        recoveries,
    }
}

async fn fly(store: &impl Store, run: u64, in_flight: bool) {
    let one = RunCommit {
        in_flight,
        ..change(&run_id(run), 1, 0, store.fence())
    };
    commit(store, one).await.unwrap();
}
