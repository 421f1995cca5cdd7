//! Runs that were in flight, and how often each was recovered: columns of `runs`.

use rusqlite::Connection;
use segue_model::RunId;
use segue_store::Recovering;

use crate::codec::{Columns, RunNo, integer, limit};
use crate::failure::Failure;

/// Runs in flight in order of their ids, each with its counter raised.
pub(crate) fn begin(
    connection: &Connection,
    after: Option<&RunId>,
    rows: usize,
) -> Result<Vec<Recovering>, Failure> {
    let found = in_flight(connection, after, rows)?;
    let mut raise = connection.prepare_cached("UPDATE runs SET recoveries = ?2 WHERE no = ?1")?;
    for (no, recovering) in &found {
        raise.execute((no, integer(u64::from(recovering.recoveries))))?;
    }
    Ok(found
        .into_iter()
        .map(|(_, recovering)| recovering)
        .collect())
}

fn in_flight(
    connection: &Connection,
    after: Option<&RunId>,
    rows: usize,
) -> Result<Vec<(RunNo, Recovering)>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT no, id, recoveries FROM runs INDEXED BY runs_in_flight
         WHERE in_flight = 1 AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    // No id is as small as no bytes.
    let after = after.map(RunId::to_bytes);
    let after = after.as_ref().map_or(&[][..], |id| &id[..]);
    let mut found = find.query((after, limit(rows)))?;
    let mut runs = Vec::new();
    while let Some(row) = found.next()? {
        let columns = Columns(row);
        let recovering = Recovering {
            run: columns.run_id(1)?,
            recoveries: columns.small::<u32>(2)?.saturating_add(1),
        };
        runs.push((columns.signed(0)?, recovering));
    }
    Ok(runs)
}
