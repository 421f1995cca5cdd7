//! What the disk allows: the floor under every durable step, measured in the folder that is
//! named, so that it is the file system of the host's data.
//!
//! `disk FOLDER` prints one line of JSON, in microseconds at the median: `floor_us`, five
//! appends of 4 KiB into a growing file with an fdatasync after each; `sqlite_us`, one row in a
//! transaction of its own; and rows per second in transactions of a hundred, `sqlite_rows`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark: it measures, prints, and may stop at the first surprise"
)]

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// Durable steps of one run.
const STEPS: usize = 5;
/// Runs of the floor.
const FLOORS: usize = 400;
/// Single-row transactions.
const SINGLES: usize = 2_000;
/// Rows of one batch, and batches.
const BATCH: usize = 100;
const BATCHES: usize = 200;

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    let floor = floor(&folder.join("floor.bin"));
    let (single, rows) = sqlite(&folder.join("floor.db"));
    println!(
        "{{\"floor_us\": {}, \"sqlite_us\": {}, \"sqlite_rows\": {rows:.0}}}",
        floor.as_micros(),
        single.as_micros()
    );
}

fn floor(path: &Path) -> Duration {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    let block = [7; 4096];
    let times = (0..FLOORS).map(|_| {
        let start = Instant::now();
        for _ in 0..STEPS {
            file.write_all(&block).unwrap();
            file.sync_data().unwrap();
        }
        start.elapsed()
    });
    median(times.collect())
}

/// As the store opens its database.
fn sqlite(path: &Path) -> (Duration, f64) {
    let database = Connection::open(path).unwrap();
    for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL")] {
        database.pragma_update(None, name, value).unwrap();
    }
    database
        .execute(
            "CREATE TABLE entry (number INTEGER PRIMARY KEY, body BLOB)",
            (),
        )
        .unwrap();
    let mut insert = database
        .prepare("INSERT INTO entry (body) VALUES (?1)")
        .unwrap();
    let body = [7_u8; 200];
    let singles = (0..SINGLES).map(|_| {
        let start = Instant::now();
        insert.execute([body]).unwrap();
        start.elapsed()
    });
    let single = median(singles.collect());
    let start = Instant::now();
    for _ in 0..BATCHES {
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..BATCH {
            insert.execute([body]).unwrap();
        }
        database.execute_batch("COMMIT").unwrap();
    }
    (
        single,
        (BATCH * BATCHES) as f64 / start.elapsed().as_secs_f64(),
    )
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
