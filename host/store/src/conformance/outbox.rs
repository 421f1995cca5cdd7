//! The outbox.

use super::Harness;
use super::fixtures::{change, commit, create_runs, creation, payload, run_id};
use crate::check::BODY_BYTES_MAX;
use crate::{
    CommitError, CommitRuns, ForgetRuns, ManualClock, Outbox, OutboxItem, ReadRuns, RunCommit,
    RunStatus, Store,
};

/// In order of commits and within one, page by page, until they are done.
pub async fn items_stay_in_order_until_they_are_done<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 2).await;
    assert_eq!(store.outbox(0, 9).await.unwrap(), []);
    put(store, 2, &["a", "b"]).await;
    put(store, 1, &["c"]).await;
    put(store, 2, &["a"]).await;
    let harness = harness.reopened();
    let store = harness.store();
    let items = store.outbox(0, 9).await.unwrap();
    assert_eq!(texts(&items), ["2 a", "2 b", "1 c", "2 a"]);
    assert!(items.is_sorted_by(|a, b| a.number < b.number));
    assert_eq!(store.outbox(0, 2).await.unwrap(), items[..2]);
    assert_eq!(store.outbox(items[1].number, 9).await.unwrap(), items[2..]);
    assert_eq!(store.outbox(u64::MAX, 9).await.unwrap(), []);
    assert_eq!(store.outbox(0, 0).await.unwrap(), []);

    let numbers: Vec<u64> = items.iter().map(|item| item.number).collect();
    store
        .done(&[numbers[2], numbers[0], u64::MAX])
        .await
        .unwrap();
    store.done(&[numbers[0]]).await.unwrap();
    store.done(&[]).await.unwrap();
    let harness = harness.reopened();
    let left = harness.store().outbox(0, 9).await.unwrap();
    assert_eq!(texts(&left), ["2 b", "2 a"]);
}

/// Whoever has read up to a number misses nothing that comes later.
pub async fn numbers_of_items_are_never_given_out_twice<H: Harness>() {
    let mut harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    let mut last = 0;
    for text in ["a", "b", "c"] {
        let store = harness.store();
        put(store, 1, &[text]).await;
        let items = store.outbox(last, 9).await.unwrap();
        assert_eq!(texts(&items), [format!("1 {text}")]);
        last = items[0].number;
        store.done(&[last]).await.unwrap();
        assert_eq!(store.outbox(0, 9).await.unwrap(), []);
        harness = harness.reopened();
    }
}

/// All or nothing, as everything of a commit; and items have a largest size.
pub async fn a_refused_commit_puts_nothing_out<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 1).await;
    let stale = RunCommit {
        outbox: vec!["\"stale\"".into()],
        ..change(&run_id(1), 7, 1, store.fence())
    };
    assert!(commit(store, stale).await.is_err());
    let too_large = RunCommit {
        outbox: vec!["\"small\"".into(), "x".repeat(BODY_BYTES_MAX + 1).into()],
        ..creation(&run_id(2), store.fence())
    };
    let refused = commit(store, too_large).await;
    assert!(matches!(refused, Err(CommitError::Refused { run, .. }) if run == run_id(2)));
    assert_eq!(store.outbox(0, 9).await.unwrap(), []);
    let largest = RunCommit {
        outbox: vec!["x".repeat(BODY_BYTES_MAX).into()],
        ..creation(&run_id(2), store.fence())
    };
    commit(store, largest).await.unwrap();
    let items = store.outbox(0, 9).await.unwrap();
    assert_eq!(items[0].body.len(), BODY_BYTES_MAX);
}

/// An item may refer to its run's payloads: the run stays as long as it does.
pub async fn a_run_with_items_is_not_forgotten<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 2).await;
    let ended = [1, 2].map(run_id);
    for run in &ended {
        let one = RunCommit {
            outbox: vec!["\"tell\"".into(), "\"them\"".into()],
            payloads: vec![payload(run.as_str())],
            status: RunStatus::Completed,
            ..change(run, 1, 1, store.fence())
        };
        commit(store, one).await.unwrap();
    }
    let items = store.outbox(0, 9).await.unwrap();
    assert_eq!(store.forget(&ended).await.unwrap(), 0);
    store
        .done(&[items[0].number, items[2].number])
        .await
        .unwrap();
    assert_eq!(store.forget(&ended).await.unwrap(), 0);
    let left = payload(ended[0].as_str()).0;
    assert!(store.payloads(&[left]).await.is_ok());
    store.done(&[items[1].number]).await.unwrap();
    assert_eq!(store.forget(&ended).await.unwrap(), 1);
    assert_eq!(store.summary(&ended[0]).await.unwrap(), None);
    let left = store.outbox(0, 9).await.unwrap();
    assert_eq!(left, items[3..]);
    store.done(&[items[3].number]).await.unwrap();
    assert_eq!(store.forget(&ended).await.unwrap(), 1);
}

async fn put(store: &impl Store, run: u64, texts: &[&str]) {
    let one = RunCommit {
        outbox: texts.iter().map(|text| (*text).into()).collect(),
        ..change(&run_id(run), 1, 0, store.fence())
    };
    commit(store, one).await.unwrap();
}

/// Items of runs 1 and 2, as `run body`.
fn texts(items: &[OutboxItem]) -> Vec<String> {
    let number = |item: &OutboxItem| if item.run == run_id(1) { 1 } else { 2 };
    let items = items.iter();
    items
        .map(|item| format!("{} {}", number(item), item.body))
        .collect()
}
