//! The `secrets` table: sealed bytes by name.

use rusqlite::{Connection, params};
use segue_model::Timestamp;
use segue_store::SecretRecord;

use crate::codec::{Columns, integer};
use crate::failure::Failure;

/// Inserts or replaces a secret.
pub(crate) fn put(
    connection: &Connection,
    name: &str,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "INSERT INTO secrets (name, sealed, updated_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE
                 SET sealed = excluded.sealed, updated_at = excluded.updated_at",
        )?
        .execute(params![name, sealed, integer(now.0)])?;
    Ok(())
}

/// A sealed secret.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    let mut find = connection.prepare_cached("SELECT sealed FROM secrets WHERE name = ?1")?;
    let mut found = find.query([name])?;
    match found.next()? {
        Some(row) => Columns(row).bytes(0).map(|bytes| Some(bytes.to_vec())),
        None => Ok(None),
    }
}

/// All names, in order.
pub(crate) fn list(connection: &Connection) -> Result<Vec<SecretRecord>, Failure> {
    let mut find =
        connection.prepare_cached("SELECT name, updated_at FROM secrets ORDER BY name")?;
    let mut found = find.query([])?;
    let mut records = Vec::new();
    while let Some(row) = found.next()? {
        let columns = Columns(row);
        records.push(SecretRecord {
            name: columns.text(0)?.to_owned(),
            updated_at: columns.time(1)?,
        });
    }
    Ok(records)
}

/// Removes a secret; says whether it was there.
pub(crate) fn delete(connection: &Connection, name: &str) -> Result<bool, Failure> {
    let gone = connection
        .prepare_cached("DELETE FROM secrets WHERE name = ?1")?
        .execute([name])?;
    Ok(gone > 0)
}
