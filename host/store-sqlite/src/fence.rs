//! The `store` table: the owner's fencing token, and a counter that probes write.

use rusqlite::Connection;
use segue_store::Fence;

use crate::codec::Columns;
use crate::failure::Failure;

/// The token of the present owner.
pub(crate) fn read(connection: &Connection) -> Result<Fence, Failure> {
    let mut read = connection.prepare_cached("SELECT fence FROM store WHERE one = 1")?;
    let mut found = read.query([])?;
    match found.next()? {
        Some(row) => Columns(row).unsigned(0).map(Fence),
        None => Err(Failure::Damaged("the table `store` is empty".to_owned())),
    }
}

/// Makes the next token, for a new owner. Commits by itself.
pub(crate) fn raise(connection: &Connection) -> Result<Fence, Failure> {
    connection.execute("UPDATE store SET fence = fence + 1 WHERE one = 1", [])?;
    read(connection)
}

/// Writes something small.
pub(crate) fn probe(connection: &Connection) -> Result<(), Failure> {
    connection
        .prepare_cached("UPDATE store SET probes = probes + 1 WHERE one = 1")?
        .execute([])?;
    Ok(())
}
