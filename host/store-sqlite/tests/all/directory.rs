//! The data directory: private, and owned by one host at a time.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use segue_store::{CommitRuns, ManualClock, StoreError};
use segue_store_sqlite::{Options, SqliteStore};

use super::support::{CHILD_DIRECTORY, check_whole, child, commit, open, step};

#[tokio::test]
async fn the_directory_is_made_and_private() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b/data");
    let store = open(&directory);
    commit(&store, step(&store, 1, 1)).await.unwrap().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    for file in std::fs::read_dir(&directory).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(
            mode(&path) & 0o077,
            0,
            "{} is for its owner only",
            path.display()
        );
    }
}

#[test]
fn a_second_owner_is_refused_with_the_holders_name() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let again = || {
        SqliteStore::open(
            directory.path(),
            &Options::default(),
            ManualClock::default(),
        )
    };
    let Err(StoreError::InUse {
        directory: named,
        holder,
    }) = again()
    else {
        unreachable!("the directory is in use");
    };
    assert_eq!(Path::new(&named), directory.path());
    assert!(
        holder.contains(&format!("process {}", std::process::id())),
        "{holder}"
    );
    assert!(holder.contains("since 2026-01-01T00:00:00"), "{holder}");
    drop(store);
    assert!(again().is_ok(), "a closed store lets go of its directory");
}

#[tokio::test]
async fn a_closed_store_refuses_everything_and_wrote_what_waited() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let waiting: Vec<_> = (1..=20)
        .map(|n| {
            let store = store.clone();
            tokio::task::spawn(async move { commit(&store, step(&store, n, 1)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    store.close();
    let refused = commit(&store, step(&store, 99, 1)).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    let refused =
        segue_store::ReadRuns::summary(&store, &segue_store::conformance::run_id(1)).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    let mut acknowledged = Vec::new();
    for (n, task) in (1..).zip(waiting) {
        if task.await.unwrap().is_ok() {
            acknowledged.push(n);
        }
    }
    assert!(!acknowledged.is_empty());
    drop(store);
    let store = open(directory.path());
    for n in acknowledged {
        assert_eq!(check_whole(&store, n).await, 1);
    }
    let log = || std::fs::metadata(directory.path().join("segue.db-wal")).unwrap();
    assert!(log().len() > 0);
    drop(store);
    assert_eq!(
        log().len(),
        0,
        "the database of a closed store is whole without its log"
    );
}

/// Holds the directory until it is killed. Does nothing unless it is started as a child.
#[test]
fn child_that_holds_the_directory() {
    let Some(directory) = std::env::var_os(CHILD_DIRECTORY) else {
        return;
    };
    let _store = open(Path::new(&directory));
    println!("open");
    loop {
        std::thread::park();
    }
}

#[tokio::test]
async fn a_killed_owner_leaves_nothing_to_clean_up() {
    let directory = tempfile::tempdir().unwrap();
    let mut holder = child(
        "directory::child_that_holds_the_directory",
        directory.path(),
    );
    let mut out = BufReader::new(holder.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("open") {
        assert!(
            out.read_line(&mut text).unwrap() > 0,
            "the child ended: {text}"
        );
    }
    let open = || {
        SqliteStore::open(
            directory.path(),
            &Options::default(),
            ManualClock::default(),
        )
    };
    let Err(StoreError::InUse { holder: named, .. }) = open() else {
        unreachable!("the child has the directory");
    };
    assert!(
        named.contains(&format!("process {}", holder.id())),
        "{named}"
    );
    holder.kill().unwrap();
    holder.wait().unwrap();
    let store = open().unwrap();
    assert_eq!(store.fence().0, 2);
}
