//! The `pins` table: what runs are pinned to, said once for all runs of a deployment.

use rusqlite::Connection;
use segue_model::{Digest, WorkflowName};
use segue_store::RunFilter;

use crate::codec::Columns;
use crate::failure::Failure;

/// The number of a pin, which is made where it does not exist.
pub(crate) fn keep(
    connection: &Connection,
    deployed: &Digest,
    workflow: &WorkflowName,
) -> Result<i64, Failure> {
    let version = workflow.version.to_string();
    let pin = (
        deployed.as_bytes(),
        &workflow.namespace,
        &workflow.name,
        &version,
    );
    let mut find = connection.prepare_cached(
        "SELECT no FROM pins
         WHERE deployed = ?1 AND namespace = ?2 AND name = ?3 AND version = ?4",
    )?;
    if let Some(row) = find.query(pin)?.next()? {
        return Columns(row).signed(0);
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO pins (deployed, namespace, name, version) VALUES (?1, ?2, ?3, ?4)",
    )?;
    Ok(insert.insert(pin)?)
}

/// The numbers of all pins whose workflows are to be listed.
pub(crate) fn matching(connection: &Connection, filter: &RunFilter) -> Result<Vec<i64>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT no FROM pins
         WHERE (?1 IS NULL OR namespace = ?1) AND (?2 IS NULL OR name = ?2)",
    )?;
    let mut found = find.query((&filter.namespace, &filter.name))?;
    let mut pins = Vec::new();
    while let Some(row) = found.next()? {
        pins.push(Columns(row).signed(0)?);
    }
    Ok(pins)
}

/// Reads namespace, name and version from three columns, of which `first` is the first.
pub(crate) fn workflow_name(columns: &Columns<'_>, first: usize) -> Result<WorkflowName, Failure> {
    let version = columns.text(first + 2)?;
    let version = version
        .parse()
        .map_err(|_| Failure::Damaged(format!("`{version}` is not a version")))?;
    Ok(WorkflowName {
        namespace: columns.text(first)?.to_owned(),
        name: columns.text(first + 1)?.to_owned(),
        version,
    })
}
