//! How fast the store commits, beside SQLite itself in the same run.
//!
//! `cargo run -p segue-store-sqlite --example commit [SECONDS] [DIRECTORY]`
//!
//! A commit is what a step of a run writes: two journal entries, the root row, the head.
//! The reference commits one row of the same size at a time, with the same settings.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement: it reads the clock, prints, and ends where something fails"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use segue_model::RunId;
use segue_store::conformance::{change, new_run, put_row, run_id};
use segue_store::{CommitRuns, RunCommit, SystemClock};
use segue_store_sqlite::{Options, SqliteStore};

/// Bytes of a root row.
const ROOT_BYTES: usize = 600;
/// Bytes of a journal entry.
const ENTRY_BYTES: usize = 150;
/// Commits of a run before a writer starts the next one.
const COMMITS: u64 = 6;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds: f64 = arguments.next().and_then(|s| s.parse().ok()).unwrap_or(3.0);
    let length = Duration::from_secs_f64(seconds);
    let parent = arguments.next().unwrap_or_else(|| ".".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();

    report("sqlite, one row per commit", 1, raw(&parent, length), None);
    for writers in [1, 16, 64, 256] {
        let directory = tempfile::tempdir_in(&parent).unwrap();
        let store = open(&directory);
        let times = runtime.block_on(commits(&store, writers, length));
        let runs = times.len() as u64 / COMMITS;
        drop(store);
        let database = directory.path().join("segue.db");
        let bytes = std::fs::metadata(database).unwrap().len();
        report("segue", writers, times, Some(bytes / runs.max(1)));
    }
    report("sqlite, one row per commit", 1, raw(&parent, length), None);
}

fn open(directory: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(directory.path(), &Options::default(), SystemClock::new()).unwrap()
}

/// Writers that each commit one run after the other; how long each commit took.
async fn commits(store: &SqliteStore, writers: u64, length: Duration) -> Vec<Duration> {
    let stop = Arc::new(AtomicBool::new(false));
    let all = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (store, stop, all) = (store.clone(), Arc::clone(&stop), Arc::clone(&all));
            tokio::spawn(async move {
                let mut times = Vec::new();
                let mut runs = (writer..).step_by(writers as usize).map(run_id);
                while !stop.load(Ordering::Relaxed) {
                    let run = runs.next().unwrap();
                    for step in 0..COMMITS {
                        let begun = Instant::now();
                        let done = store.commit(vec![step_of(&store, &run, step)]).await;
                        assert!(done.unwrap()[0].is_ok());
                        times.push(begun.elapsed());
                    }
                }
                all.lock().unwrap().append(&mut times);
            })
        })
        .collect();
    tokio::time::sleep(length).await;
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    std::mem::take(&mut *all.lock().unwrap())
}

fn step_of(store: &SqliteStore, run: &RunId, step: u64) -> RunCommit {
    let mut commit = change(run, step * 2, 2, store.fence());
    for row in &mut commit.journal {
        row.entry = "e".repeat(ENTRY_BYTES).into();
    }
    commit.create = (step == 0).then(new_run);
    commit.rows = vec![put_row(0, &"r".repeat(ROOT_BYTES + step as usize))];
    commit.in_flight = step + 1 < COMMITS;
    if !commit.in_flight {
        commit.status = segue_store::RunStatus::Completed;
    }
    commit
}

/// The reference: single rows, one thread.
fn raw(parent: &str, length: Duration) -> Vec<Duration> {
    let directory = tempfile::tempdir_in(parent).unwrap();
    let connection = Connection::open(directory.path().join("raw.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = full;
             CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)",
        )
        .unwrap();
    let body = "r".repeat(ROOT_BYTES + 2 * ENTRY_BYTES);
    let mut times = Vec::new();
    let start = Instant::now();
    while start.elapsed() < length {
        let begun = Instant::now();
        let mut insert = connection
            .prepare_cached("INSERT INTO rows (body) VALUES (?1)")
            .unwrap();
        insert.execute([&body]).unwrap();
        times.push(begun.elapsed());
    }
    times
}

fn report(what: &str, writers: u64, mut times: Vec<Duration>, bytes_per_run: Option<u64>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let total: Duration = times.iter().sum();
    let per_second = times.len() as f64 * writers as f64 / total.as_secs_f64();
    let bytes = bytes_per_run.map_or(String::new(), |bytes| format!("  {bytes} bytes/run"));
    println!(
        "{what:28} writers {writers:4}  {per_second:8.0} commits/s  p50 {:7.3} ms  p99 {:7.3} ms  max {:7.1} ms{bytes}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
