//! Payloads.

use super::Harness;
use super::fixtures::{change, commit, create_runs, digest, payload, run_id};
use crate::{ForgetRuns, ManualClock, ReadRuns, RunCommit, RunStatus, Store, StoreError};

/// The same payload in one commit, in two commits and in two runs.
pub async fn payloads_are_stored_once<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 2).await;
    keep(harness.store(), 1, &["a", "b", "a"], RunStatus::Running).await;
    keep(harness.store(), 1, &["a"], RunStatus::Running).await;
    keep(harness.store(), 2, &["b", "c"], RunStatus::Running).await;
    let harness = harness.reopened();
    let wanted = ["c", "a", "b", "a"].map(payload);
    let digests = wanted.clone().map(|(digest, _)| digest);
    let texts = harness.store().payloads(&digests).await.unwrap();
    assert_eq!(texts, wanted.map(|(_, text)| text));
    assert!(harness.store().payloads(&[]).await.unwrap().is_empty());
}

/// Rows refer to payloads: one that is missing is never silently empty.
pub async fn a_payload_that_is_not_stored_is_damage<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    keep(harness.store(), 1, &["a"], RunStatus::Running).await;
    let wanted = [payload("a").0, digest("nothing")];
    let found = harness.store().payloads(&wanted).await;
    let missing = wanted[1].to_string();
    assert!(
        matches!(&found, Err(StoreError::Damaged { what }) if what.contains(&missing)),
        "{found:?}"
    );
}

/// Each run counts once, however often it refers to a payload.
pub async fn payloads_go_with_their_last_run<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 3).await;
    keep(store, 1, &["a", "b"], RunStatus::Running).await;
    keep(store, 1, &["a"], RunStatus::Completed).await;
    keep(store, 2, &["a"], RunStatus::Completed).await;
    keep(store, 3, &["a", "c"], RunStatus::Running).await;

    assert_eq!(store.forget(&[run_id(1)]).await.unwrap(), 1);
    assert_eq!(stored(store).await, ["a", "c"]);
    assert_eq!(store.forget(&[run_id(2), run_id(3)]).await.unwrap(), 1);
    assert_eq!(stored(store).await, ["a", "c"]);
    keep(store, 3, &[], RunStatus::Faulted).await;
    assert_eq!(store.forget(&[run_id(3)]).await.unwrap(), 1);
    assert_eq!(stored(store).await, [""; 0]);

    create_runs(store, 1).await;
    keep(store, 1, &["a"], RunStatus::Running).await;
    let harness = harness.reopened();
    assert_eq!(stored(harness.store()).await, ["a"]);
}

/// Which of the payloads are stored.
async fn stored(store: &impl Store) -> Vec<&'static str> {
    let mut stored = Vec::new();
    for text in ["a", "b", "c"] {
        if store.payloads(&[payload(text).0]).await.is_ok() {
            stored.push(text);
        }
    }
    stored
}

async fn keep(store: &impl Store, run: u64, texts: &[&str], status: RunStatus) {
    let one = RunCommit {
        payloads: texts.iter().map(|text| payload(text)).collect(),
        status,
        ..change(&run_id(run), 1, 0, store.fence())
    };
    commit(store, one).await.unwrap();
}
