//! Full disks and failing writes: nothing acknowledged is lost, nothing is half written, and
//! a write of unknown fate is never tried again.

use std::path::Path;
use std::process::{Command, Output};

use segue_store::conformance::{change, run_id};
use segue_store::{CommitRuns, ForgetRuns, Outbox, RunCommit, RunStatus, StoreError};
use segue_store_sqlite::{Options, SqliteStore};

use super::support::{CHILD_DIRECTORY, check_outbox, check_whole, commit, open, open_with, step};

/// Commits of run 1 that a child tries.
const STEPS: u64 = 60;

/// Creates runs of one step from number `first` until the disk is full; returns the number
/// of the first run that was refused.
async fn fill(store: &SqliteStore, first: u64) -> u64 {
    for n in first.. {
        match commit(store, step(store, n, 1)).await {
            Ok(done) => assert_eq!(done.map(|done| done.seq), Ok(2)),
            Err(StoreError::Full) => return n,
            Err(other) => unreachable!("run {n}: {other:?}"),
        }
    }
    0
}

#[tokio::test]
async fn a_full_store_loses_nothing_and_goes_on_when_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let small = Options {
        database_bytes_max: Some(600 << 10),
        ..Options::default()
    };
    let store = open_with(directory.path(), &small);
    let full_at = fill(&store, 1).await;
    assert!(full_at > 20, "full at run {full_at}");
    for _ in 0..3 {
        let refused = commit(&store, step(&store, full_at, 1)).await;
        assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    }
    for n in 1..full_at {
        assert_eq!(check_whole(&store, n).await, 1);
    }
    assert_eq!(check_whole(&store, full_at).await, 0);
    check_outbox(&store).await;

    // Ending runs and doing what they want done needs no space, and forgetting them makes some.
    let ended: Vec<_> = (1..=10).map(run_id).collect();
    for run in &ended {
        let end = RunCommit {
            status: RunStatus::Completed,
            ..change(run, 2, 0, store.fence())
        };
        commit(&store, end).await.unwrap().unwrap();
    }
    assert_eq!(store.forget(&ended).await.unwrap(), 0);
    let items = store.outbox(0, 10).await.unwrap();
    let done: Vec<u64> = items.iter().map(|item| item.number).collect();
    store.done(&done).await.unwrap();
    assert_eq!(store.forget(&ended).await.unwrap(), 10);
    store.probe().await.unwrap();
    let full_again = fill(&store, full_at).await;
    assert!(full_again > full_at, "ten runs' space holds at least one");
    drop(store);

    let store = open(directory.path());
    for n in 11..full_again {
        assert_eq!(check_whole(&store, n).await, 1, "run {n}");
    }
    commit(&store, step(&store, full_again, 1))
        .await
        .unwrap()
        .unwrap();
}

/// Commits until a write fails, which it then says, and what became of the next one. Does
/// nothing unless it is started as a child.
#[test]
fn child_that_commits_until_a_write_fails() {
    let Some(directory) = std::env::var_os(CHILD_DIRECTORY) else {
        return;
    };
    let options = Options {
        log_reserve_bytes: 0,
        checkpoint_pages: std::env::var("SEGUE_TEST_PAGES").unwrap().parse().unwrap(),
        ..Options::default()
    };
    let clock = segue_store::ManualClock::default();
    let store = match SqliteStore::open(Path::new(&directory), &options, clock) {
        Ok(store) => store,
        Err(error) => return println!("\nrefused {error}"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for at in 1..=STEPS {
            match commit(&store, step(&store, 1, at)).await {
                Ok(done) => {
                    done.unwrap();
                    println!("\nack {at}");
                }
                Err(error) => {
                    println!("\nfailed {error:?}");
                    let next = commit(&store, step(&store, 1, at)).await;
                    println!("\nnext {next:?}");
                    return;
                }
            }
        }
        println!("\nall");
    });
}

/// Writes fail (EFBIG) from each of many sizes of a file on: while the store is opened, while
/// its log grows, while the log is copied back. After every one of them the store opens again
/// and has what was acknowledged.
#[tokio::test]
async fn a_write_that_fails_anywhere_breaks_the_store_and_loses_nothing() {
    let mut seen = [0; 3];
    for (pages, blocks) in [100_000, 30]
        .into_iter()
        .flat_map(|p| (4..1_500).step_by(97).map(move |b| (p, b)))
    {
        let directory = tempfile::tempdir().unwrap();
        let output = failing_child(directory.path(), pages, blocks);
        let said = String::from_utf8(output.stdout).unwrap();
        let acknowledged = said.lines().filter(|line| line.starts_with("ack ")).count() as u64;
        let what = format!("{pages} pages, {blocks} blocks: {said}");
        let line = |start: &str| said.lines().find(|line| line.starts_with(start));
        match (line("refused "), line("failed "), line("all")) {
            (Some(_), None, None) => seen[0] += 1,
            (None, Some(failed), None) => {
                seen[1] += 1;
                assert!(
                    failed.contains("Backend") || failed.contains("Broken"),
                    "{what}"
                );
                assert!(
                    line("next ").is_some_and(|next| next.contains("Broken")),
                    "{what}"
                );
            }
            (None, None, Some(_)) => seen[2] += 1,
            _ => unreachable!("{what}"),
        }
        let store = open(directory.path());
        let steps = check_whole(&store, 1).await;
        let range = acknowledged..=acknowledged + 1;
        assert!(range.contains(&steps), "{steps} steps are there; {what}");
        check_outbox(&store).await;
        commit(&store, step(&store, 1, steps + 1))
            .await
            .unwrap()
            .unwrap();
    }
    println!("refused to open, broke, went through: {seen:?}");
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}

fn failing_child(directory: &Path, pages: u32, blocks: u32) -> Output {
    let script = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, "sh", &blocks.to_string()])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "faults::child_that_commits_until_a_write_fails",
            "--nocapture",
        ])
        .env(CHILD_DIRECTORY, directory)
        .env("SEGUE_TEST_PAGES", pages.to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Fills a disk of a few MiB, frees some, goes on. Does nothing unless it is started as a
/// child, on such a disk.
#[test]
fn child_on_a_small_disk() {
    let Some(directory) = std::env::var_os(CHILD_DIRECTORY) else {
        return;
    };
    let directory = Path::new(&directory);
    let ballast = directory.join("ballast");
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    let data = directory.join("data");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = Options {
            log_reserve_bytes: 0,
            checkpoint_pages: 200,
            ..Options::default()
        };
        let store = open_with(&data, &options);
        let full_at = fill(&store, 1).await;
        assert!(matches!(
            store.probe().await,
            Ok(()) | Err(StoreError::Full)
        ));
        std::fs::remove_file(&ballast).unwrap();
        store.probe().await.unwrap();
        let full_again = fill(&store, full_at).await;
        assert!(
            full_again > full_at + 10,
            "full at {full_at} and {full_again}"
        );
        for n in 1..full_again {
            assert_eq!(check_whole(&store, n).await, 1, "run {n}");
        }
        assert_eq!(check_whole(&store, full_again).await, 0);
        println!("\nfilled {full_at} {full_again}");
    });
}

/// As the store's own limit above, but the kernel's: in a mount namespace of its own, which
/// not every machine allows its users.
#[test]
fn a_disk_that_is_really_full_is_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=4m none \"$1\" || exit 77; shift; exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(directory.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "faults::child_on_a_small_disk", "--nocapture"])
        .env(CHILD_DIRECTORY, directory.path())
        .output();
    let output = match output {
        Ok(output) if output.status.code() != Some(77) => output,
        _ => return println!("this machine gives its users no mounts of their own: not shown"),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    if complaint.contains("unshare") {
        return println!("this machine gives its users no namespaces: not shown");
    }
    assert!(
        output.status.success() && said.contains("filled "),
        "{said}{complaint}"
    );
}
