//! State rows.

use super::Harness;
use super::fixtures::{change, commit, create_runs, put_row, run_id};
use crate::{ManualClock, ReadRuns, RowChange, RunCommit, StateRow, Store};

/// Rows of two commits.
pub async fn rows_are_put_replaced_and_deleted<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    let rows = vec![
        put_row(7, "seven"),
        put_row(0, "root"),
        put_row(u32::MAX, "last"),
    ];
    change_rows(harness.store(), 1, rows).await;
    assert_eq!(
        bodies(harness.store()).await,
        ["0 root", "7 seven", "4294967295 last"]
    );

    let rows = vec![
        RowChange::Put(StateRow {
            key: 0,
            version: 9,
            body: "new root".into(),
        }),
        RowChange::Delete(u32::MAX),
        RowChange::Delete(1_000),
        put_row(3, "ä€\u{10ffff}\u{0}"),
    ];
    change_rows(harness.store(), 1, rows).await;
    let harness = harness.reopened();
    assert_eq!(
        bodies(harness.store()).await,
        ["0 new root", "3 ä€\u{10ffff}\u{0}", "7 seven"]
    );
    let stored = harness.store().load(&run_id(1)).await.unwrap().unwrap();
    let versions: Vec<u16> = stored.rows.iter().map(|row| row.version).collect();
    assert_eq!(versions, [9, 3, 3]);

    change_rows(harness.store(), 1, vec![RowChange::Delete(0)]).await;
    assert_eq!(
        bodies(harness.store()).await,
        ["3 ä€\u{10ffff}\u{0}", "7 seven"]
    );
}

/// Changes of one row are made in order.
pub async fn the_last_change_of_a_row_in_a_commit_counts<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    for key in [0, 5] {
        let rows = vec![put_row(key, "a"), RowChange::Delete(key), put_row(key, "b")];
        change_rows(harness.store(), 1, rows).await;
    }
    assert_eq!(bodies(harness.store()).await, ["0 b", "5 b"]);
    for key in [0, 5] {
        let rows = vec![put_row(key, "c"), RowChange::Delete(key)];
        change_rows(harness.store(), 1, rows).await;
    }
    assert_eq!(bodies(harness.store()).await, [""; 0]);
}

/// A fork of many branches, beside runs that have none.
pub async fn a_run_keeps_its_many_rows_apart_from_other_runs<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 3).await;
    let branches = (1..=2_000).map(|key| put_row(key, "branch"));
    change_rows(harness.store(), 2, branches.collect()).await;
    let root = vec![put_row(0, "root"), put_row(u32::MAX, "end")];
    change_rows(harness.store(), 1, root.clone()).await;
    change_rows(harness.store(), 3, root).await;
    for (run, expected) in [(1, 2), (2, 2_000), (3, 2)] {
        let stored = harness.store().load(&run_id(run)).await.unwrap().unwrap();
        assert_eq!(stored.rows.len(), expected);
    }
}

async fn change_rows(store: &impl Store, run: u64, rows: Vec<RowChange>) {
    let one = RunCommit {
        rows,
        ..change(&run_id(run), 1, 0, store.fence())
    };
    commit(store, one).await.unwrap();
}

/// The rows of run 1, as `key body`.
async fn bodies(store: &impl Store) -> Vec<String> {
    let stored = store.load(&run_id(1)).await.unwrap().unwrap();
    let rows = stored.rows.iter();
    rows.map(|row| format!("{} {}", row.key, row.body))
        .collect()
}
