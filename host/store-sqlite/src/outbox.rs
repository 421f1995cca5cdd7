//! The `outbox` table: what runs want done outside of themselves, in order of commits.

use std::sync::Arc;

use rusqlite::{Connection, params};
use segue_store::OutboxItem;

use crate::codec::{Columns, RunNo, integer, limit};
use crate::failure::Failure;

/// Items after a number, with their runs' ids.
pub(crate) const READ: &str = "SELECT outbox.number, runs.id, outbox.body
     FROM outbox CROSS JOIN runs ON runs.no = outbox.run
     WHERE outbox.number > ?1 ORDER BY outbox.number LIMIT ?2";

/// Puts items of a run into the outbox.
pub(crate) fn put(connection: &Connection, run: RunNo, items: &[Arc<str>]) -> Result<(), Failure> {
    for item in items {
        connection
            .prepare_cached("INSERT INTO outbox (run, body) VALUES (?1, ?2)")?
            .execute(params![run, &**item])?;
    }
    Ok(())
}

/// Items by number, after number `after`.
pub(crate) fn read(
    connection: &Connection,
    after: u64,
    rows: usize,
) -> Result<Vec<OutboxItem>, Failure> {
    let mut find = connection.prepare_cached(READ)?;
    let mut found = find.query([integer(after), limit(rows)])?;
    let mut items = Vec::new();
    while let Some(row) = found.next()? {
        let columns = Columns(row);
        items.push(OutboxItem {
            number: columns.unsigned(0)?,
            run: columns.run_id(1)?,
            body: columns.shared_text(2)?,
        });
    }
    Ok(items)
}

/// Removes items.
pub(crate) fn done(connection: &Connection, numbers: &[u64]) -> Result<(), Failure> {
    let mut delete = connection.prepare_cached("DELETE FROM outbox WHERE number = ?1")?;
    for number in numbers {
        delete.execute([integer(*number)])?;
    }
    Ok(())
}

/// Whether a run has items.
pub(crate) fn has(connection: &Connection, run: RunNo) -> Result<bool, Failure> {
    let mut find = connection.prepare_cached("SELECT 1 FROM outbox WHERE run = ?1")?;
    Ok(find.exists([run])?)
}
