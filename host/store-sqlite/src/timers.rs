//! The `timers` table.

use std::ops::Range;

use rusqlite::{Connection, params};
use segue_model::{RunId, Timestamp};
use segue_store::{DueTimer, TimerChange, check, shard_of};

use crate::codec::{Columns, RunNo, integer, limit};
use crate::failure::Failure;

/// Changes the timers of a run.
pub(crate) fn change(
    connection: &Connection,
    run: &RunId,
    no: RunNo,
    changes: &[TimerChange],
) -> Result<(), Failure> {
    for change in changes {
        match change {
            TimerChange::Set { timer, at } => {
                let at = integer(check::timer_time(*at).0);
                connection
                    .prepare_cached(
                        "INSERT INTO timers (run, timer, at, shard) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (run, timer) DO UPDATE SET at = excluded.at",
                    )?
                    .execute(params![no, column(*timer), at, shard_of(run)])?;
            }
            TimerChange::Clear { timer } => {
                connection
                    .prepare_cached("DELETE FROM timers WHERE run = ?1 AND timer = ?2")?
                    .execute([no, column(*timer)])?;
            }
        }
    }
    Ok(())
}

/// Timers that are due at `now`, earliest first.
pub(crate) fn due(
    connection: &Connection,
    shards: &Range<u16>,
    now: Timestamp,
    rows: usize,
) -> Result<Vec<DueTimer>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT runs.id, timers.timer, timers.at
         FROM timers INDEXED BY timers_due CROSS JOIN runs ON runs.no = timers.run
         WHERE timers.at <= ?1 AND timers.shard >= ?2 AND timers.shard < ?3
         ORDER BY timers.at LIMIT ?4",
    )?;
    let mut found = find.query((integer(now.0), shards.start, shards.end, limit(rows)))?;
    let mut timers = Vec::new();
    while let Some(row) = found.next()? {
        let columns = Columns(row);
        timers.push(DueTimer {
            run: columns.run_id(0)?,
            timer: columns.signed(1)?.cast_unsigned(),
            at: columns.time(2)?,
        });
    }
    Ok(timers)
}

/// When the next timer is due.
pub(crate) fn next_due(
    connection: &Connection,
    shards: &Range<u16>,
) -> Result<Option<Timestamp>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT at FROM timers INDEXED BY timers_due
         WHERE shard >= ?1 AND shard < ?2 ORDER BY at LIMIT 1",
    )?;
    let mut found = find.query([shards.start, shards.end])?;
    match found.next()? {
        Some(row) => Columns(row).time(0).map(Some),
        None => Ok(None),
    }
}

/// Removes all timers of a run.
pub(crate) fn delete(connection: &Connection, run: RunNo) -> Result<(), Failure> {
    connection
        .prepare_cached("DELETE FROM timers WHERE run = ?1")?
        .execute([run])?;
    Ok(())
}

/// A timer's number as SQLite stores it: the same 64 bits, signed.
fn column(timer: u64) -> i64 {
    timer.cast_signed()
}
