//! Copies of a database, also of one that is written meanwhile.

use std::os::unix::fs::PermissionsExt;

use segue_store::StoreError;
use segue_store_sqlite::backup;

use crate::support::{check_whole, commit, open, step};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_busy_store_holds_whole_commits_and_all_that_was_acknowledged_before() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let to = to.path().join("copy");
    let store = open(from.path());
    for n in 1..=20 {
        commit(&store, step(&store, n, 1)).await.unwrap().unwrap();
    }
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 21..=400 {
                commit(&store, step(&store, n, 1)).await.unwrap().unwrap();
            }
        })
    };
    let source = from.path().to_owned();
    let target = to.clone();
    let bytes = tokio::task::spawn_blocking(move || backup(&source, &target));
    assert!(bytes.await.unwrap().unwrap() > 4096);
    writing.await.unwrap();

    let mode = std::fs::metadata(to.join("segue.db"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let copy = open(&to);
    for n in 1..=400 {
        let steps = check_whole(&copy, n).await;
        assert!(n > 20 || steps == 1, "run {n}");
    }
    commit(&copy, step(&copy, 1_000, 1)).await.unwrap().unwrap();
    assert_eq!(
        check_whole(&store, 1_000).await,
        0,
        "the copy is a database of its own"
    );
}

#[tokio::test]
async fn a_store_that_nobody_has_open_is_copied_too() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(from.path());
    commit(&store, step(&store, 1, 1)).await.unwrap().unwrap();
    drop(store);
    backup(from.path(), to.path()).unwrap();
    assert_eq!(check_whole(&open(to.path()), 1).await, 1);
}

#[tokio::test]
async fn nothing_is_written_over_and_nothing_is_made_of_nothing() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let missing = to.path().join("new");
    let refused = backup(&from.path().join("nowhere"), &missing);
    assert!(
        matches!(refused, Err(StoreError::Backend { .. })),
        "{refused:?}"
    );
    assert!(!missing.exists());
    drop(open(from.path()));
    backup(from.path(), to.path()).unwrap();
    let again = backup(from.path(), to.path()).unwrap_err();
    let source = std::error::Error::source(&again).map(ToString::to_string);
    assert!(
        source.is_some_and(|text| text.contains("already")),
        "{again:?}"
    );
}
