//! The `listeners` table, and `listener_types`, by which an event finds its listeners.
//!
//! Both hold runs by their ids and not by their numbers, because they are asked for runs in
//! order of their ids.

use rusqlite::types::Value;
use rusqlite::{Connection, params};
use segue_model::RunId;
use segue_store::ListenerChange;

use crate::codec::{Columns, integer, limit};
use crate::failure::Failure;

/// Stands for any type in `listener_types`; types are texts.
const ANY: i64 = 0;

/// Runs that listen for a type or for any.
pub(crate) const OF_TYPE: &str = "SELECT run FROM listener_types WHERE type = ?1 AND run > ?3
     UNION
     SELECT run FROM listener_types WHERE type = ?2 AND run > ?3
     ORDER BY run LIMIT ?4";

/// Runs that listen.
pub(crate) const RUNS: &str =
    "SELECT DISTINCT run FROM listeners WHERE run > ?1 ORDER BY run LIMIT ?2";

/// What a listener wants.
pub(crate) struct Listener {
    /// The types of events that it may want; none is any.
    pub(crate) types: Option<Vec<String>>,
    /// The journal entry that made it.
    pub(crate) since: u64,
}

/// Changes the listeners of a run.
pub(crate) fn change(
    connection: &Connection,
    run: &RunId,
    changes: &[ListenerChange],
) -> Result<(), Failure> {
    for change in changes {
        match change {
            ListenerChange::Set {
                listen,
                types,
                since,
            } => {
                clear(connection, run, *listen)?;
                set(connection, run, *listen, types.as_deref(), *since)?;
            }
            ListenerChange::Clear { listen } => clear(connection, run, *listen)?,
        }
    }
    Ok(())
}

/// One listener of a run.
pub(crate) fn find(
    connection: &Connection,
    run: &RunId,
    listen: u64,
) -> Result<Option<Listener>, Failure> {
    let mut find = connection
        .prepare_cached("SELECT types, since FROM listeners WHERE run = ?1 AND listen = ?2")?;
    let mut found = find.query((&run.to_bytes()[..], column(listen)))?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let columns = Columns(row);
    let any = columns.is_null(0)?;
    Ok(Some(Listener {
        types: if any { None } else { Some(columns.json(0)?) },
        since: columns.unsigned(1)?,
    }))
}

/// Runs with a listener that may want an event of type `kind`, in order of their ids.
pub(crate) fn of_type(
    connection: &Connection,
    kind: &str,
    after: Option<&RunId>,
    rows: usize,
) -> Result<Vec<RunId>, Failure> {
    let mut find = connection.prepare_cached(OF_TYPE)?;
    collect(find.query((kind, ANY, &after_bytes(after)[..], limit(rows)))?)
}

/// Runs with any listener, in order of their ids.
pub(crate) fn runs(
    connection: &Connection,
    after: Option<&RunId>,
    rows: usize,
) -> Result<Vec<RunId>, Failure> {
    let mut find = connection.prepare_cached(RUNS)?;
    collect(find.query((&after_bytes(after)[..], limit(rows)))?)
}

/// Removes all listeners of a run.
pub(crate) fn delete(connection: &Connection, run: &RunId) -> Result<(), Failure> {
    let own = {
        let mut find = connection.prepare_cached("SELECT listen FROM listeners WHERE run = ?1")?;
        let mut found = find.query([&run.to_bytes()[..]])?;
        let mut own = Vec::new();
        while let Some(row) = found.next()? {
            own.push(Columns(row).signed(0)?.cast_unsigned());
        }
        own
    };
    own.into_iter()
        .try_for_each(|listen| clear(connection, run, listen))
}

fn set(
    connection: &Connection,
    run: &RunId,
    listen: u64,
    types: Option<&[String]>,
    since: u64,
) -> Result<(), Failure> {
    let written = types.map(serde_json::to_string).transpose();
    let written =
        written.map_err(|error| Failure::Refused(format!("the types of a listener: {error}")))?;
    connection
        .prepare_cached(
            "INSERT INTO listeners (run, listen, since, types) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            &run.to_bytes()[..],
            column(listen),
            integer(since),
            written
        ])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO listener_types (type, run, listen) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
    )?;
    for kind in marks(types) {
        insert.execute(params![kind, &run.to_bytes()[..], column(listen)])?;
    }
    Ok(())
}

/// Removes a listener, if it is there.
fn clear(connection: &Connection, run: &RunId, listen: u64) -> Result<(), Failure> {
    let Some(listener) = find(connection, run, listen)? else {
        return Ok(());
    };
    let own = (&run.to_bytes()[..], column(listen));
    connection
        .prepare_cached("DELETE FROM listeners WHERE run = ?1 AND listen = ?2")?
        .execute(own)?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM listener_types WHERE type = ?1 AND run = ?2 AND listen = ?3",
    )?;
    for kind in marks(listener.types.as_deref()) {
        delete.execute(params![kind, own.0, own.1])?;
    }
    Ok(())
}

/// What stands in `listener_types` for some types.
fn marks(types: Option<&[String]>) -> Vec<Value> {
    match types {
        None => vec![Value::Integer(ANY)],
        Some(types) => types.iter().cloned().map(Value::Text).collect(),
    }
}

/// No id is as small as no bytes.
fn after_bytes(after: Option<&RunId>) -> Vec<u8> {
    after.map_or_else(Vec::new, |run| run.to_bytes().to_vec())
}

fn collect(mut found: rusqlite::Rows<'_>) -> Result<Vec<RunId>, Failure> {
    let mut runs = Vec::new();
    while let Some(row) = found.next()? {
        runs.push(Columns(row).run_id(0)?);
    }
    Ok(runs)
}

/// A listener's number as SQLite stores it: the same 64 bits, signed.
fn column(listen: u64) -> i64 {
    listen.cast_signed()
}
