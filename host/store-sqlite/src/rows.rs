//! The `state_rows` table: state rows other than the root, which stands with the run's head.

use rusqlite::{Connection, params};
use segue_store::{RowChange, RunCommit, StateRow};

use crate::codec::{Columns, RunNo, part_key, part_of};
use crate::failure::Failure;

/// The key of the root row.
pub(crate) const ROOT: u32 = 0;

/// What a commit does to the root row: `None` where it leaves it as it is, `Some(None)`
/// where it removes it.
pub(crate) fn root_after(commit: &RunCommit) -> Option<Option<&StateRow>> {
    let mut after = None;
    for change in &commit.rows {
        match change {
            RowChange::Put(row) if row.key == ROOT => after = Some(Some(row)),
            RowChange::Delete(ROOT) => after = Some(None),
            RowChange::Put(_) | RowChange::Delete(_) => {}
        }
    }
    after
}

/// Changes the rows of a run other than the root.
pub(crate) fn change(
    connection: &Connection,
    run: RunNo,
    changes: &[RowChange],
) -> Result<(), Failure> {
    for change in changes {
        match change {
            RowChange::Put(row) if row.key != ROOT => {
                connection
                    .prepare_cached(
                        "INSERT INTO state_rows (part, version, body) VALUES (?1, ?2, ?3)
                         ON CONFLICT (part) DO UPDATE
                             SET version = excluded.version, body = excluded.body",
                    )?
                    .execute(params![part_key(run, row.key), row.version, &*row.body])?;
            }
            RowChange::Delete(key) if *key != ROOT => {
                connection
                    .prepare_cached("DELETE FROM state_rows WHERE part = ?1")?
                    .execute([part_key(run, *key)])?;
            }
            RowChange::Put(_) | RowChange::Delete(_) => {}
        }
    }
    Ok(())
}

/// The rows of a run other than the root, by key.
pub(crate) fn read(connection: &Connection, run: RunNo) -> Result<Vec<StateRow>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT part, version, body FROM state_rows WHERE part BETWEEN ?1 AND ?2 ORDER BY part",
    )?;
    let mut found = find.query([part_key(run, 0), part_key(run, u32::MAX)])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let columns = Columns(row);
        rows.push(StateRow {
            key: part_of(columns.signed(0)?),
            version: columns.small(1)?,
            body: columns.shared_text(2)?,
        });
    }
    Ok(rows)
}

/// Removes all rows of a run.
pub(crate) fn delete(connection: &Connection, run: RunNo) -> Result<(), Failure> {
    connection
        .prepare_cached("DELETE FROM state_rows WHERE part BETWEEN ?1 AND ?2")?
        .execute([part_key(run, 0), part_key(run, u32::MAX)])?;
    Ok(())
}
