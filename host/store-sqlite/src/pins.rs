//! The `pins` table: what runs are pinned to and what they do with it, said once for all runs
//! of a deployment.

use std::collections::HashSet;

use rusqlite::Connection;
use segue_model::WorkflowName;
use segue_store::{NewRun, RunFilter};

use crate::codec::{Columns, role_code};
use crate::failure::Failure;

/// The number of a pin, which is made where it does not exist.
pub(crate) fn keep(connection: &Connection, new: &NewRun) -> Result<i64, Failure> {
    let version = new.workflow.version.to_string();
    let pin = (
        new.deployed.as_bytes(),
        &new.workflow.namespace,
        &new.workflow.name,
        &version,
        role_code(new.role),
    );
    let mut find = connection.prepare_cached(
        "SELECT no FROM pins
         WHERE deployed = ?1 AND namespace = ?2 AND name = ?3 AND version = ?4 AND role = ?5",
    )?;
    if let Some(row) = find.query(pin)?.next()? {
        return Columns(row).signed(0);
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO pins (deployed, namespace, name, version, role)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    Ok(insert.insert(pin)?)
}

/// The numbers of all pins whose workflows are to be listed.
pub(crate) fn matching(
    connection: &Connection,
    filter: &RunFilter,
) -> Result<HashSet<i64>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT no FROM pins
         WHERE (?1 IS NULL OR namespace = ?1) AND (?2 IS NULL OR name = ?2)
           AND (?3 IS NULL OR role = ?3)",
    )?;
    let role = filter.role.map(role_code);
    let mut found = find.query((&filter.namespace, &filter.name, role))?;
    let mut pins = HashSet::new();
    while let Some(row) = found.next()? {
        pins.insert(Columns(row).signed(0)?);
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
