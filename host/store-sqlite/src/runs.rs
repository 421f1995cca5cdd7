//! The `runs` table: heads of runs with their root rows. Idempotency keys and recovery
//! counters are columns of it with modules of their own.

use rusqlite::{Connection, params};
use segue_model::RunId;
use segue_store::{NewRun, ParentLink, RunCommit, RunSummary, StateRow};

use crate::codec::{Columns, RUN_NO_MAX, RunNo, integer, status_code};
use crate::failure::Failure;
use crate::writer::{Head, Transaction};
use crate::{events, pins, rows};

/// The head of a run.
pub(crate) fn find_head(connection: &Connection, id: &[u8; 16]) -> Result<Option<Head>, Failure> {
    let mut find =
        connection.prepare_cached("SELECT no, seq, status, in_flight FROM runs WHERE id = ?1")?;
    let mut found = find.query([&id[..]])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let columns = Columns(row);
    Ok(Some(Head {
        no: columns.signed(0)?,
        seq: columns.unsigned(1)?,
        status: columns.status(2)?,
        in_flight: columns.signed(3)? != 0,
    }))
}

/// Inserts a run as it is after its first commit. Its number is its own from here on.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    commit: &RunCommit,
    new: &NewRun,
) -> Result<RunNo, Failure> {
    let connection = transaction.connection;
    let pin = pins::keep(connection, new)?;
    let (key, fingerprint) = match &new.key {
        Some((key, fingerprint)) => (Some(key), Some(fingerprint.as_bytes())),
        None => (None, None),
    };
    let root = rows::root_after(commit).flatten();
    let parent = new.parent.as_ref();
    let mut insert = connection.prepare_cached(
        "INSERT INTO runs (id, pin, status, in_flight, seq, created_at, updated_at, recoveries,
             key, fingerprint, root_version, root, parent, child, events_after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let no = insert.insert(params![
        &commit.run.to_bytes()[..],
        pin,
        status_code(commit.status),
        commit.in_flight,
        integer(commit.last_seq()),
        integer(new.created_at.0),
        integer(transaction.now.0),
        key,
        fingerprint,
        root.map(|row| row.version),
        root.map(|row| &*row.body),
        parent.map(|link| link.run.to_bytes()),
        parent.map(|link| link.child.cast_signed()),
        events::last_number(connection)?,
    ])?;
    if no > RUN_NO_MAX {
        return Err(Failure::Refused(format!(
            "this store has had {RUN_NO_MAX} runs, which is all that it can number"
        )));
    }
    Ok(no)
}

/// Brings the head of a run, and its root row, to what they are after a commit. Columns that
/// stand in an index are written only where they changed.
pub(crate) fn update(
    transaction: &Transaction<'_>,
    commit: &RunCommit,
    before: Head,
) -> Result<(), Failure> {
    let connection = transaction.connection;
    let seq = integer(commit.last_seq());
    let now = integer(transaction.now.0);
    let indexed = (commit.status, commit.in_flight) != (before.status, before.in_flight);
    let status = status_code(commit.status);
    let root = rows::root_after(commit);
    let version = root.flatten().map(|row| row.version);
    let body = root.flatten().map(|row| &*row.body);
    match (root.is_some(), indexed) {
        (true, false) => connection
            .prepare_cached(
                "UPDATE runs SET seq = ?2, updated_at = ?3, recoveries = 0,
                     root_version = ?4, root = ?5
                 WHERE no = ?1",
            )?
            .execute(params![before.no, seq, now, version, body])?,
        (true, true) => connection
            .prepare_cached(
                "UPDATE runs SET seq = ?2, updated_at = ?3, recoveries = 0,
                     root_version = ?4, root = ?5, status = ?6, in_flight = ?7
                 WHERE no = ?1",
            )?
            .execute(params![
                before.no,
                seq,
                now,
                version,
                body,
                status,
                commit.in_flight
            ])?,
        (false, false) => connection
            .prepare_cached(
                "UPDATE runs SET seq = ?2, updated_at = ?3, recoveries = 0 WHERE no = ?1",
            )?
            .execute(params![before.no, seq, now])?,
        (false, true) => connection
            .prepare_cached(
                "UPDATE runs SET seq = ?2, updated_at = ?3, recoveries = 0,
                     status = ?4, in_flight = ?5
                 WHERE no = ?1",
            )?
            .execute(params![before.no, seq, now, status, commit.in_flight])?,
    };
    Ok(())
}

/// Makes the children of a run nobody's.
pub(crate) fn part_from_children(connection: &Connection, parent: &RunId) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "UPDATE runs INDEXED BY runs_of_parent SET parent = NULL, child = NULL
             WHERE parent = ?1",
        )?
        .execute([&parent.to_bytes()[..]])?;
    Ok(())
}

/// The number of a run, and the number of the last event from before its time.
pub(crate) fn events_after(
    connection: &Connection,
    run: &RunId,
) -> Result<Option<(RunNo, u64)>, Failure> {
    let mut find = connection.prepare_cached("SELECT no, events_after FROM runs WHERE id = ?1")?;
    let mut found = find.query([&run.to_bytes()[..]])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let columns = Columns(row);
    Ok(Some((columns.signed(0)?, columns.unsigned(1)?)))
}

/// Removes the head of a run.
pub(crate) fn delete(connection: &Connection, no: RunNo) -> Result<(), Failure> {
    connection
        .prepare_cached("DELETE FROM runs WHERE no = ?1")?
        .execute([no])?;
    Ok(())
}

/// A run as it is listed, and its root row.
pub(crate) fn find(
    connection: &Connection,
    run: &RunId,
) -> Result<Option<(RunNo, RunSummary, Option<StateRow>)>, Failure> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {SUMMARY}, root_version, root FROM runs JOIN pins ON pins.no = runs.pin
         WHERE runs.id = ?1"
    ))?;
    let mut found = find.query([&run.to_bytes()[..]])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let columns = Columns(row);
    let root = if columns.is_null(SUMMARY_COLUMNS)? {
        None
    } else {
        Some(StateRow {
            key: rows::ROOT,
            version: columns.small(SUMMARY_COLUMNS)?,
            body: columns.shared_text(SUMMARY_COLUMNS + 1)?,
        })
    };
    Ok(Some((columns.signed(0)?, summary(&columns)?, root)))
}

/// A run as it is listed, by its number.
pub(crate) fn find_by_no(connection: &Connection, no: RunNo) -> Result<RunSummary, Failure> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {SUMMARY} FROM runs JOIN pins ON pins.no = runs.pin WHERE runs.no = ?1"
    ))?;
    let mut found = find.query([no])?;
    match found.next()? {
        Some(row) => summary(&Columns(row)),
        None => Err(Failure::Damaged(format!("there is no run of number {no}"))),
    }
}

/// The columns that [`summary`] reads.
pub(crate) const SUMMARY: &str = "runs.no, runs.id, runs.status, runs.seq, runs.created_at, \
     runs.updated_at, pins.deployed, pins.namespace, pins.name, pins.version, pins.role, \
     runs.parent, runs.child";
const SUMMARY_COLUMNS: usize = 13;

/// Reads [`SUMMARY`].
pub(crate) fn summary(columns: &Columns<'_>) -> Result<RunSummary, Failure> {
    Ok(RunSummary {
        run: columns.run_id(1)?,
        status: columns.status(2)?,
        seq: columns.unsigned(3)?,
        created_at: columns.time(4)?,
        updated_at: columns.time(5)?,
        deployed: columns.digest(6)?,
        workflow: pins::workflow_name(columns, 7)?,
        role: columns.role(10)?,
        parent: parent(columns, 11)?,
    })
}

/// Reads a link to a parent from two columns, of which `first` is the first.
fn parent(columns: &Columns<'_>, first: usize) -> Result<Option<ParentLink>, Failure> {
    if columns.is_null(first)? {
        return Ok(None);
    }
    Ok(Some(ParentLink {
        run: columns.run_id(first)?,
        child: columns.signed(first + 1)?.cast_unsigned(),
    }))
}
