//! Group commit: many callers, one transaction, and each its own fate.

use segue_store::conformance::{change, put_row, run_id};
use segue_store::{CommitError, CommitRuns, Committed, Outbox, ReadRuns, RunCommit};

use super::support::{check_whole, commit, open, step};

/// Callers at the same moment, some of whom expect what is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_are_grouped_succeed_and_fail_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let tasks: Vec<_> = (0..300)
        .map(|n| {
            let store = store.clone();
            tokio::task::spawn(async move {
                let stale = n % 4 == 3;
                let first = if stale { 2 } else { 1 };
                for at in first..first + 5 {
                    let mut one = step(&store, n, at);
                    if stale {
                        one.create = None;
                    }
                    match commit(&store, one).await.unwrap() {
                        Ok(done) => assert_eq!((done.seq, stale), (2 * at, false)),
                        Err(CommitError::Existence { exists, .. }) => {
                            assert_eq!((exists, stale), (false, true));
                        }
                        Err(other) => unreachable!("{other}"),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    drop(store);
    let store = open(directory.path());
    for n in 0..300 {
        let steps = check_whole(&store, n).await;
        assert_eq!(steps, if n % 4 == 3 { 0 } else { 5 }, "run {n}");
    }
}

/// A row that the database itself refuses, in the middle of a batch and of a group. It stands
/// for anything that passes the checks and fails while it is written.
#[tokio::test]
async fn a_run_that_fails_while_it_is_written_fails_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for n in 1..=3 {
        commit(&store, step(&store, n, 1)).await.unwrap().unwrap();
    }
    // A row that is there without its run: run 4, when it is made, gets that number.
    let outside = rusqlite::Connection::open(directory.path().join("segue.db")).unwrap();
    outside
        .execute(
            "INSERT INTO journal (part, entries) VALUES (4 << 32 | 1, x'00')",
            [],
        )
        .unwrap();
    drop(outside);

    let next = |n| RunCommit {
        rows: vec![put_row(0, "after")],
        ..change(&run_id(n), 2, 1, store.fence())
    };
    let beside = [next(1), step(&store, 4, 1), next(2)];
    let other = [next(3)];
    let (results, alone) = tokio::join!(store.commit(beside.into()), store.commit(other.into()));
    let results = results.unwrap();
    let good =
        |result: &Result<Committed, CommitError>| matches!(result, Ok(done) if done.seq == 3);
    assert!(good(&results[0]) && good(&results[2]), "{results:?}");
    assert!(
        matches!(&results[1], Err(CommitError::Refused { run, reason })
            if *run == run_id(4) && reason.contains("UNIQUE")),
        "{:?}",
        results[1]
    );
    assert!(alone.unwrap().iter().all(good));
    // Nothing of it is there, neither its own nor what it said to others.
    assert_eq!(check_whole(&store, 4).await, 0);
    let items = store.outbox(0, 99).await.unwrap();
    assert!(items.iter().all(|item| item.run != run_id(4)));
    for n in 1..=3 {
        let stored = store.load(&run_id(n)).await.unwrap().unwrap();
        assert_eq!(&*stored.rows[0].body, "after");
    }
    // The heads that were kept in memory are the database's own.
    let again = commit(&store, next(1)).await.unwrap();
    let run = run_id(1);
    assert_eq!(
        again,
        Err(CommitError::Stale {
            run,
            expected: 2,
            found: 3
        })
    );
}
