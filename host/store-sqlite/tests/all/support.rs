//! What the other modules share: stores in temporary directories, and runs whose every part
//! can be told from their number, so that a half-written one shows.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use segue_model::{RunId, Timestamp};
use segue_store::conformance::{change, new_run, payload, put_row, run_id};
use segue_store::{
    CommitError, CommitRuns, Committed, ManualClock, ReadRuns, ReadTimers, RunCommit, SHARDS,
    StoreError, TimerChange,
};
use segue_store_sqlite::{Options, SqliteStore};

/// Tells a child process what to do, and where.
pub(crate) const CHILD_DIRECTORY: &str = "SEGUE_TEST_DIRECTORY";

/// Opens the store with default options.
pub(crate) fn open(directory: &Path) -> SqliteStore {
    open_with(directory, &Options::default())
}

/// Opens the store.
pub(crate) fn open_with(directory: &Path, options: &Options) -> SqliteStore {
    SqliteStore::open(directory, options, ManualClock::default()).unwrap()
}

/// Runs the test of that name in a process of its own, on a directory.
pub(crate) fn child(test: &str, directory: &Path) -> Child {
    child_command(test, directory).spawn().unwrap()
}

/// As [`child`], before it starts.
pub(crate) fn child_command(test: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture"])
        .env(CHILD_DIRECTORY, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// The `step`-th commit of run `n`, from 1: two journal entries, the root row, one of three
/// scope rows, a timer that moves and one that is cleared, a payload of its own and one that
/// all runs share.
pub(crate) fn step(store: &SqliteStore, n: u64, step: u64) -> RunCommit {
    let run = run_id(n);
    RunCommit {
        create: (step == 1).then(new_run),
        rows: vec![
            put_row(0, &format!("root {step}")),
            put_row(1 + (step % 3) as u32, &format!("scope {step}")),
        ],
        timers: vec![
            TimerChange::Set {
                timer: 1,
                at: Timestamp(n * 1_000 + step),
            },
            TimerChange::Clear { timer: 2 },
        ],
        in_flight: true,
        payloads: vec![payload(&format!("{n}/{step}")), payload("shared")],
        ..change(&run, (step - 1) * 2, 2, store.fence())
    }
}

/// Commits one run.
pub(crate) async fn commit(
    store: &SqliteStore,
    one: RunCommit,
) -> Result<Result<Committed, CommitError>, StoreError> {
    let mut results = store.commit(vec![one]).await?;
    Ok(results.remove(0))
}

/// Checks that a run made of [`step`]s is whole, and returns how many steps it has.
pub(crate) async fn check_whole(store: &SqliteStore, n: u64) -> u64 {
    let run = run_id(n);
    let Some(stored) = store.load(&run).await.unwrap() else {
        assert!(store.journal(&run, 0, 1_000).await.unwrap().is_empty());
        return 0;
    };
    let steps = stored.summary.seq / 2;
    let journal = store.journal(&run, 0, 10_000).await.unwrap();
    let numbers: Vec<u64> = journal.iter().map(|entry| entry.seq).collect();
    assert_eq!(
        numbers,
        (1..=2 * steps).collect::<Vec<_>>(),
        "journal of run {n}"
    );
    let mut expected = vec![format!("0 root {steps}")];
    for scope in 1..=3 {
        let last = (1..=steps).rev().find(|step| 1 + step % 3 == scope);
        expected.extend(last.map(|step| format!("{scope} scope {step}")));
    }
    let rows = stored.rows.iter();
    let rows: Vec<String> = rows
        .map(|row| format!("{} {}", row.key, row.body))
        .collect();
    assert_eq!(rows, expected, "rows of run {n}");
    for step in 1..=steps {
        let wanted = [payload(&format!("{n}/{step}")), payload("shared")];
        let texts = store
            .payloads(&wanted.clone().map(|(digest, _)| digest))
            .await;
        assert_eq!(
            texts.unwrap(),
            wanted.map(|(_, text)| text),
            "payloads of run {n}"
        );
    }
    let later = store
        .payloads(&[payload(&format!("{n}/{}", steps + 1)).0])
        .await;
    assert!(
        later.is_err(),
        "run {n} has a payload of a commit that is not there"
    );
    let timers = timers_of(store, &run).await;
    assert_eq!(timers, [(1, n * 1_000 + steps)], "timers of run {n}");
    steps
}

async fn timers_of(store: &SqliteStore, run: &RunId) -> Vec<(u64, u64)> {
    let due = store.due(0..SHARDS, usize::MAX).await.unwrap();
    let own = due.iter().filter(|timer| timer.run == *run);
    own.map(|timer| (timer.timer, timer.at.0)).collect()
}
