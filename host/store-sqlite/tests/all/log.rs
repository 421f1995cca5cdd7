//! The log: it stays short while commits go on, and nobody waits for it.

use rusqlite::Connection;
use segue_store::conformance::run_id;
use segue_store::{CommitRuns, ReadRuns};
use segue_store_sqlite::Options;

use super::support::{check_whole, commit, open, open_with, step};

/// Bytes of a page in the log.
const FRAME: u64 = 4096 + 24;

#[tokio::test]
async fn the_log_is_started_anew_while_commits_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        checkpoint_pages: 300,
        log_reserve_bytes: 0,
        ..Options::default()
    };
    let store = open_with(directory.path(), &options);
    for n in 1..=60 {
        let batch = (0..20).map(|m| step(&store, n * 100 + m, 1));
        for result in store.commit(batch.collect()).await.unwrap() {
            result.unwrap();
        }
    }
    let size = |name: &str| {
        std::fs::metadata(directory.path().join(name))
            .unwrap()
            .len()
    };
    let (log, database) = (size("segue.db-wal"), size("segue.db"));
    assert!(
        database > 2_000_000,
        "most was copied back: {database} bytes"
    );
    // Eight times as long is where the writer does it itself; a batch comes on top.
    assert!(log < 9 * 300 * FRAME, "the log has {log} bytes");
    for n in [100, 3_000, 6_019] {
        assert_eq!(check_whole(&store, n).await, 1);
    }
}

#[tokio::test]
async fn the_log_is_written_ahead_and_holds_what_is_committed_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        log_reserve_bytes: 3 << 20,
        ..Options::default()
    };
    let kept = directory.path().join("kept");
    let store = open_with(&kept, &options);
    for n in 1..=50 {
        commit(&store, step(&store, n, 1)).await.unwrap().unwrap();
    }
    // A copy of the open files is what a kill leaves behind.
    let copy = directory.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    for name in ["segue.db", "segue.db-wal"] {
        std::fs::copy(kept.join(name), copy.join(name)).unwrap();
    }
    drop(store);
    let store = open(&copy);
    for n in 1..=50 {
        assert_eq!(check_whole(&store, n).await, 1);
    }
}

#[tokio::test]
async fn reads_do_not_wait_for_the_writer() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    commit(&store, step(&store, 1, 1)).await.unwrap().unwrap();
    // Another connection holds the database's only write lock, and so the writer.
    let outside = Connection::open(directory.path().join("segue.db")).unwrap();
    outside.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held = tokio::task::spawn({
        let store = store.clone();
        async move { commit(&store, step(&store, 1, 2)).await }
    });
    for _ in 0..20 {
        let found = store.summary(&run_id(1)).await.unwrap().unwrap();
        assert_eq!(found.seq, 2);
    }
    assert!(!held.is_finished());
    outside.execute_batch("ROLLBACK").unwrap();
    held.await.unwrap().unwrap().unwrap();
    assert_eq!(check_whole(&store, 1).await, 2);
}
