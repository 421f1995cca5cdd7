//! What the other modules share: stores in temporary directories, and runs whose every part
//! can be told from their number, so that a half-written one shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use segue_model::{RunId, Timestamp};
use segue_store::conformance::{change, event, new_run, payload, put_row, run_id};
use segue_store::{
    CommitError, CommitRuns, Committed, Events, InboxQuery, ListenerChange, ManualClock, NewRun,
    Outbox, ParentLink, ReadRuns, ReadTimers, RunCommit, SHARDS, StoreError, TimerChange,
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
/// all runs share, a listener that changes, an event and an item for the outbox. The run is
/// child `n` of run 0, which is nowhere.
pub(crate) fn step(store: &SqliteStore, n: u64, step: u64) -> RunCommit {
    let run = run_id(n);
    RunCommit {
        create: (step == 1).then(|| NewRun {
            parent: Some(child_of_nobody(n)),
            ..new_run()
        }),
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
        listeners: vec![
            ListenerChange::Set {
                listen: 1,
                types: Some(vec![format!("after {n}/{step}"), "any step".to_owned()]),
                since: 2 * step,
            },
            ListenerChange::Clear { listen: 2 },
        ],
        consumed: vec![(1, 2 * step)],
        emitted: vec![event("run", &format!("{n}/{step}"), &kind(n))],
        outbox: vec![format!("{n}/{step}").into()],
        in_flight: true,
        payloads: vec![payload(&format!("{n}/{step}")), payload("shared")],
        ..change(&run, (step - 1) * 2, 2, store.fence())
    }
}

fn child_of_nobody(n: u64) -> ParentLink {
    ParentLink {
        run: run_id(0),
        child: n,
    }
}

/// The type of the events of a run.
fn kind(n: u64) -> String {
    format!("run {n}")
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
        assert_eq!(
            steps_outside(store, n).await,
            (0, 0),
            "run {n} is not there"
        );
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
    assert_eq!(stored.summary.parent, Some(child_of_nobody(n)));
    let outside = steps_outside(store, n).await;
    assert_eq!(outside, (steps, steps), "events and listeners of run {n}");
    steps
}

/// How many steps a run has, as its events and its listener tell.
async fn steps_outside(store: &SqliteStore, n: u64) -> (u64, u64) {
    let query = InboxQuery {
        after: 0,
        types: Some(vec![kind(n)]),
        limit: 1_000,
    };
    let events = store.inbox(&query).await.unwrap();
    for (step, found) in (1..).zip(&events) {
        assert_eq!(
            found.body,
            event("run", &format!("{n}/{step}"), &kind(n)).body
        );
    }
    let mut heard = 0;
    for step in 1..=events.len() as u64 + 1 {
        let kind = format!("after {n}/{step}");
        if store.listeners(&kind, None, 9).await.unwrap() == [run_id(n)] {
            assert_eq!(heard, 0, "run {n} has two listeners");
            heard = step;
        }
    }
    (events.len() as u64, heard)
}

/// Checks that the outbox holds one item for each step of each run that is there, those of a
/// run in order. Nothing of it must have been done.
pub(crate) async fn check_outbox(store: &SqliteStore) {
    let mut last = BTreeMap::new();
    for item in store.outbox(0, usize::MAX).await.unwrap() {
        let (n, step) = item.body.split_once('/').unwrap();
        let (n, step): (u64, u64) = (n.parse().unwrap(), step.parse().unwrap());
        assert_eq!(item.run, run_id(n));
        let before = last.insert(n, step).unwrap_or(0);
        assert_eq!(step, before + 1, "items of run {n}");
    }
    for (n, steps) in last {
        let summary = store.summary(&run_id(n)).await.unwrap().unwrap();
        assert_eq!(summary.seq, 2 * steps, "items of run {n}");
    }
    // The other way round: no run is without its items.
    let runs = store.listening(None, usize::MAX).await.unwrap();
    let items = store.outbox(0, usize::MAX).await.unwrap();
    let with_items: BTreeSet<_> = items.into_iter().map(|item| item.run).collect();
    assert!(runs.iter().eq(&with_items));
}

async fn timers_of(store: &SqliteStore, run: &RunId) -> Vec<(u64, u64)> {
    let due = store.due(0..SHARDS, usize::MAX).await.unwrap();
    let own = due.iter().filter(|timer| timer.run == *run);
    own.map(|timer| (timer.timer, timer.at.0)).collect()
}
