//! SIGKILL at any moment: what was acknowledged is there, and nothing is half there.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use segue_store::CommitRuns;
use segue_store_sqlite::Options;

use super::support::{
    CHILD_DIRECTORY, check_outbox, check_whole, child_command, commit, open, open_with, step,
};

/// Rounds of the kill test. Each one goes on with the data of the one before.
const ROUNDS: u64 = 25;

/// Tasks of the child that commit at the same time, each its own runs.
const WRITERS: u64 = 8;

/// Runs of one writer have numbers of their own.
const RUNS_OF_WRITER: u64 = 1_000_000;

/// Commits of a run before its writer starts the next.
const STEPS: u64 = 7;

/// Commits until it is killed, and says of each that it was acknowledged. Does nothing
/// unless it is started as a child.
#[test]
fn child_that_commits_until_it_is_killed() {
    let Some(directory) = std::env::var_os(CHILD_DIRECTORY) else {
        return;
    };
    let first: u64 = std::env::var("SEGUE_TEST_ROUND").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = open_with(Path::new(&directory), &short_log());
        let writers = (0..WRITERS).map(|writer| {
            let store = store.clone();
            tokio::task::spawn(async move {
                for n in (writer * RUNS_OF_WRITER + first * 10_000)..u64::MAX {
                    for at in 1..=STEPS {
                        let done = commit(&store, step(&store, n, at)).await;
                        assert!(matches!(done, Ok(Ok(_))), "{done:?}");
                        say(&format!("ack {n} {at}"));
                    }
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

/// A log so short that kills fall into its being copied back and started anew.
fn short_log() -> Options {
    Options {
        checkpoint_pages: 100,
        log_reserve_bytes: 512 << 10,
        ..Options::default()
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

#[tokio::test]
async fn every_acknowledged_commit_survives_sigkill_whole() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged: HashMap<u64, u64> = HashMap::new();
    let mut in_rounds = Vec::new();
    for round in 0..ROUNDS {
        let acks = one_round(directory.path(), round);
        in_rounds.push(acks.len());
        for (run, step) in acks {
            let last = acknowledged.entry(run).or_default();
            *last = step.max(*last);
        }
        // Checking every earlier run after every round would take long and show little.
        let newest = round * 10_000;
        let store = open(directory.path());
        for (run, steps) in &acknowledged {
            if run % RUNS_OF_WRITER >= newest {
                assert!(
                    check_whole(&store, *run).await >= *steps,
                    "round {round}, run {run}"
                );
            }
        }
    }
    let store = open(directory.path());
    assert_eq!(
        store.fence().0,
        2 * ROUNDS + 1,
        "every start is another owner"
    );
    for (run, steps) in &acknowledged {
        assert!(check_whole(&store, *run).await >= *steps, "run {run}");
    }
    check_unacknowledged(&store, &acknowledged).await;
    check_outbox(&store).await;
    let total: usize = in_rounds.iter().sum();
    println!("{ROUNDS} kills, {total} acknowledged commits: {in_rounds:?}");
    assert!(
        total > ROUNDS as usize * 20,
        "too few commits to show anything: {in_rounds:?}"
    );
}

/// Starts a child, lets it commit for a while that is different each time, and kills it.
/// Returns what it had acknowledged.
fn one_round(directory: &Path, round: u64) -> Vec<(u64, u64)> {
    let mut command = child_command("crash::child_that_commits_until_it_is_killed", directory);
    let mut child = command
        .env("SEGUE_TEST_ROUND", round.to_string())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    // The first acknowledgement starts the time, so that a slow start kills nothing early.
    let mut text = String::new();
    while !text.contains("ack ") {
        assert!(
            out.read_line(&mut text).unwrap() > 0,
            "the child ended: {text}"
        );
    }
    std::thread::sleep(Duration::from_micros(random_below(100_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    out.read_to_string(&mut text).unwrap();
    text.lines().filter_map(acknowledgement).collect()
}

/// A whole line; the last one may have been cut by the kill.
fn acknowledgement(line: &str) -> Option<(u64, u64)> {
    let (_, rest) = line.split_once("ack ")?;
    let (run, step) = rest.split_once(' ')?;
    Some((run.parse().ok()?, step.parse().ok()?))
}

/// Runs that were committed, but whose acknowledgement was lost, are whole as well.
async fn check_unacknowledged(
    store: &segue_store_sqlite::SqliteStore,
    acknowledged: &HashMap<u64, u64>,
) {
    for run in acknowledged.keys() {
        let next = run + 1;
        if !acknowledged.contains_key(&next) {
            let steps = check_whole(store, next).await;
            assert!(
                steps <= 1,
                "run {next} had {steps} commits, none acknowledged"
            );
        }
    }
}

/// A random number, from the standard library's own seeding of hash maps.
fn random_below(most: u64) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish() % most
}

/// A log that ends anywhere, as a power loss may leave it: commits whose whole log is there
/// are there, and of the next one nothing is.
#[tokio::test]
async fn a_log_that_is_cut_anywhere_holds_whole_commits_only() {
    let directory = tempfile::tempdir().unwrap();
    let kept = directory.path().join("kept");
    let options = Options {
        log_reserve_bytes: 0,
        ..Options::default()
    };
    let store = open_with(&kept, &options);
    let reader = hold_back_copying(&kept);
    let log = kept.join("segue.db-wal");
    let length = || std::fs::metadata(&log).unwrap().len();
    let mut lengths = vec![length()];
    for at in 1..=6 {
        commit(&store, step(&store, 1, at)).await.unwrap().unwrap();
        lengths.push(length());
    }
    // Copied while it is open: closing would empty the log.
    let database = std::fs::read(kept.join("segue.db")).unwrap();
    let log = std::fs::read(&log).unwrap();
    drop((reader, store));

    let first = lengths[0] as usize;
    let anywhere = (first..log.len()).step_by(2_003);
    let edges = lengths.iter().flat_map(|length| [*length - 1, *length]);
    let edges = edges.map(|cut| cut as usize).filter(|cut| *cut >= first);
    for cut in anywhere.chain(edges) {
        let copy = directory.path().join(format!("cut-{cut}"));
        write_copy(&copy, &database, &log[..cut]);
        let whole = lengths
            .iter()
            .filter(|length| **length <= cut as u64)
            .count()
            - 1;
        let store = open_with(&copy, &options);
        assert_eq!(check_whole(&store, 1).await, whole as u64, "cut at {cut}");
        check_outbox(&store).await;
        drop(store);
        std::fs::remove_dir_all(copy).unwrap();
    }
}

/// A reader of what is there now: what is committed later stays in the log as long as it
/// reads.
fn hold_back_copying(directory: &Path) -> Connection {
    let reader = Connection::open(directory.join("segue.db")).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM runs")
        .unwrap();
    reader
}

fn write_copy(directory: &PathBuf, database: &[u8], log: &[u8]) {
    std::fs::create_dir(directory).unwrap();
    std::fs::write(directory.join("segue.db"), database).unwrap();
    std::fs::write(directory.join("segue.db-wal"), log).unwrap();
}

/// The negative control of the one above: it would see a commit that is half there.
#[tokio::test]
async fn a_database_without_its_log_shows_fewer_commits() {
    let directory = tempfile::tempdir().unwrap();
    let kept = directory.path().join("kept");
    let store = open(&kept);
    let _reader = hold_back_copying(&kept);
    for at in 1..=3 {
        commit(&store, step(&store, 1, at)).await.unwrap().unwrap();
    }
    let database = std::fs::read(kept.join("segue.db")).unwrap();
    let copy = directory.path().join("copy");
    write_copy(&copy, &database, &[]);
    assert_eq!(check_whole(&open(&copy), 1).await, 0);
    assert_eq!(check_whole(&store, 1).await, 3);
}
