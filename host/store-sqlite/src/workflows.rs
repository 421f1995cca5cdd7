//! The workflow tables: deployed forms by digest, and which of them is current.

use std::sync::Arc;

use rusqlite::{Connection, params};
use segue_model::ir::IR_VERSION;
use segue_model::{Digest, WorkflowName};
use segue_store::{StoredWorkflow, WorkflowRecord};

use crate::codec::Columns;
use crate::failure::Failure;

/// A workflow as it is written: texts that were made before the transaction.
pub(crate) struct Written {
    digest: Digest,
    name: WorkflowName,
    record: String,
    source: Arc<str>,
    deployed: String,
}

impl Written {
    pub(crate) fn new(workflow: &StoredWorkflow) -> Result<Self, serde_json::Error> {
        Ok(Written {
            digest: workflow.record.digest,
            name: workflow.record.name.clone(),
            record: serde_json::to_string(&workflow.record)?,
            source: Arc::clone(&workflow.source),
            deployed: serde_json::to_string(&*workflow.deployed)?,
        })
    }

    pub(crate) fn size_bytes(&self) -> usize {
        self.record.len() + self.source.len() + self.deployed.len()
    }
}

/// Stores a workflow and makes it current.
pub(crate) fn put(connection: &Connection, workflow: &Written) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "INSERT INTO workflows (digest, record, source, deployed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (digest) DO UPDATE
                 SET record = excluded.record, source = excluded.source",
        )?
        .execute(params![
            workflow.digest.as_bytes(),
            workflow.record,
            &*workflow.source,
            workflow.deployed
        ])?;
    let name = &workflow.name;
    connection
        .prepare_cached(
            "INSERT INTO current_workflows (namespace, name, version, digest)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (namespace, name, version) DO UPDATE SET digest = excluded.digest",
        )?
        .execute(params![
            name.namespace,
            name.name,
            name.version.to_string(),
            workflow.digest.as_bytes()
        ])?;
    Ok(())
}

/// A workflow by digest.
pub(crate) fn find(
    connection: &Connection,
    digest: &Digest,
) -> Result<Option<StoredWorkflow>, Failure> {
    let mut find = connection
        .prepare_cached("SELECT record, source, deployed FROM workflows WHERE digest = ?1")?;
    let mut found = find.query([digest.as_bytes()])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let columns = Columns(row);
    check_version(&columns, digest)?;
    Ok(Some(StoredWorkflow {
        record: columns.json(0)?,
        source: columns.shared_text(1)?,
        deployed: Arc::new(columns.json(2)?),
    }))
}

/// An IR of a newer host may not even parse here: its version is looked at first.
fn check_version(columns: &Columns<'_>, digest: &Digest) -> Result<(), Failure> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        workflow: Version,
    }
    #[derive(serde::Deserialize)]
    struct Version {
        ir_version: u32,
    }
    let found = columns.json::<Versioned>(2)?.workflow.ir_version;
    if found > IR_VERSION {
        return Err(Failure::Damaged(format!(
            "workflow {digest} was deployed by a newer host (IR version {found}, this host \
             knows versions up to {IR_VERSION}): use that host, or deploy it again"
        )));
    }
    Ok(())
}

/// The record of the current deployment of one workflow.
pub(crate) fn current(
    connection: &Connection,
    name: &WorkflowName,
) -> Result<Option<WorkflowRecord>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT workflows.record FROM current_workflows AS current
         JOIN workflows ON workflows.digest = current.digest
         WHERE current.namespace = ?1 AND current.name = ?2 AND current.version = ?3",
    )?;
    let mut found = find.query((&name.namespace, &name.name, name.version.to_string()))?;
    match found.next()? {
        Some(row) => Columns(row).json(0).map(Some),
        None => Ok(None),
    }
}

/// The records of all current deployments, by name and then by version.
pub(crate) fn list(connection: &Connection) -> Result<Vec<WorkflowRecord>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT workflows.record FROM current_workflows AS current
         JOIN workflows ON workflows.digest = current.digest",
    )?;
    let mut found = find.query([])?;
    let mut records: Vec<WorkflowRecord> = Vec::new();
    while let Some(row) = found.next()? {
        records.push(Columns(row).json(0)?);
    }
    // As text, 1.10.0 would stand before 1.9.0.
    records.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(records)
}
