//! The journal.

use super::Harness;
use super::fixtures::{change, commit, create_runs, run_id};
use crate::{CommitRuns, ManualClock, ReadRuns, Store};

/// Ranges within one commit's entries.
pub async fn entries_are_read_by_range<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 2).await;
    commit(store, change(&run_id(1), 1, 9, store.fence()))
        .await
        .unwrap();
    assert_eq!(
        numbers(store, 1, 0, 100).await,
        (1..=10).collect::<Vec<_>>()
    );
    assert_eq!(numbers(store, 1, 1, 3).await, [1, 2, 3]);
    assert_eq!(numbers(store, 1, 5, 2).await, [5, 6]);
    assert_eq!(numbers(store, 1, 10, 5).await, [10]);
    assert_eq!(numbers(store, 1, 11, 5).await, [0; 0]);
    assert_eq!(numbers(store, 1, u64::MAX, 5).await, [0; 0]);
    assert_eq!(numbers(store, 1, 1, 0).await, [0; 0]);
    assert_eq!(numbers(store, 2, 1, 100).await, [1]);
    assert_eq!(numbers(store, 99, 1, 100).await, [0; 0]);
}

/// Commits of every length, none among them, and reads that cross them.
pub async fn entries_of_several_commits_follow_each_other<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    let mut seq = 1;
    for entries in [3, 0, 1, 0, 7, 1, 2] {
        let store = harness.store();
        commit(store, change(&run_id(1), seq, entries, store.fence()))
            .await
            .unwrap();
        seq += entries;
    }
    let harness = harness.reopened();
    for from in 1..=seq {
        for limit in [1, 2, 5, 100] {
            let expected: Vec<u64> = (from..=seq).take(limit).collect();
            assert_eq!(numbers(harness.store(), 1, from, limit).await, expected);
        }
    }
}

/// Both texts of an entry, of every length that is packed differently.
pub async fn entries_keep_every_byte<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 1).await;
    let mut one = change(&run_id(1), 1, 8, store.fence());
    for (row, length) in one
        .journal
        .iter_mut()
        .zip([0, 1, 127, 128, 129, 16_383, 16_384, 300_000])
    {
        row.entry = "x".repeat(length).into();
        row.observed = "ü\n\u{0}".repeat(length / 4).into();
    }
    let expected = one.journal.clone();
    commit(store, one).await.unwrap();
    assert_eq!(store.journal(&run_id(1), 2, 100).await.unwrap(), expected);
}

async fn numbers(store: &impl Store, run: u64, from: u64, limit: usize) -> Vec<u64> {
    let entries = store.journal(&run_id(run), from, limit).await.unwrap();
    for entry in &entries {
        assert_eq!(*entry.entry, *format!("{{\"entry\":{}}}", entry.seq));
    }
    entries.iter().map(|entry| entry.seq).collect()
}
