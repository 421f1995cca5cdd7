//! The figures of `bench durable`, for people and for programs.

use serde_json::{Value, json};

use super::durable::{Disk, Load};
use crate::failure::Failure;

/// One measurement.
pub(super) struct Row {
    pub(super) form: &'static str,
    pub(super) connections: usize,
    pub(super) load: Load,
}

/// All of one run, with its references.
pub(super) struct Table {
    pub(super) disk: Disk,
    /// The line about bare wasmtime.
    pub(super) bare: String,
    pub(super) rows: Vec<Row>,
}

impl Row {
    fn rate(&self) -> f64 {
        self.load.runs as f64 / self.load.seconds
    }
}

impl Table {
    pub(super) fn print(&self, as_json: bool) {
        if as_json {
            println!("{}", self.json());
            return;
        }
        let disk = &self.disk;
        println!(
            "floor           {:8.2} ms   five appends of 4 KiB, an fdatasync after each",
            disk.floor_us / 1e3
        );
        println!(
            "sqlite          {:8.2} ms   one row in a transaction; {:.0} rows/s in hundreds",
            disk.sqlite_us / 1e3,
            disk.sqlite_rows
        );
        println!("{}", self.bare);
        println!();
        println!("form        at once    runs/s     p50 ms     p99 ms   failed");
        for row in &self.rows {
            println!(
                "{:10} {:8} {:9.0} {:10.2} {:10.2} {:8}",
                row.form,
                row.connections,
                row.rate(),
                row.load.p50_us / 1e3,
                row.load.p99_us / 1e3,
                row.load.failed,
            );
        }
        println!("{}", self.last_line());
    }

    fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "form": row.form,
                "connections": row.connections,
                "runsPerSecond": row.rate(),
                "p50Ms": row.load.p50_us / 1e3,
                "p99Ms": row.load.p99_us / 1e3,
                "failed": row.load.failed,
            })
        });
        json!({
            "floorMs": self.disk.floor_us / 1e3,
            "sqliteMs": self.disk.sqlite_us / 1e3,
            "sqliteRowsPerSecond": self.disk.sqlite_rows,
            "bare": self.bare,
            "rows": rows.collect::<Vec<_>>(),
        })
    }

    fn row(&self, form: &str, connections: usize) -> Option<&Row> {
        let mut rows = self.rows.iter();
        rows.find(|row| row.form == form && row.connections == connections)
    }

    fn last_line(&self) -> String {
        let latency = |form| self.row(form, 1).map_or(0.0, |row| row.load.p50_us / 1e3);
        let rate = |form| self.row(form, 256).map_or(0.0, Row::rate);
        let effectful = latency("effectful");
        format!(
            "durable: effectful c1 {effectful:.2} ms ({:.1} x floor), c256 {:.0} runs/s; pure c1 {:.2} ms, c256 {:.0} runs/s",
            effectful * 1e3 / self.disk.floor_us,
            rate("effectful"),
            latency("pure"),
            rate("pure"),
        )
    }

    /// A run that failed makes every figure worthless.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        let failed: usize = self.rows.iter().map(|row| row.load.failed).sum();
        match failed {
            0 => Ok(()),
            failed => Err(Failure::new(format!("{failed} runs failed"))),
        }
    }
}
