//! Idempotency keys: columns of `runs` with an index of their own.

use rusqlite::Connection;
use segue_store::{CommitError, KeyOwner, RunCommit};

use crate::codec::Columns;
use crate::failure::Failure;

/// The run that was started with a key.
pub(crate) fn owner(connection: &Connection, key: &str) -> Result<Option<KeyOwner>, Failure> {
    let mut find = connection.prepare_cached("SELECT id, fingerprint FROM runs WHERE key = ?1")?;
    let mut found = find.query([key])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let columns = Columns(row);
    Ok(Some(KeyOwner {
        run: columns.run_id(0)?,
        fingerprint: columns.digest(1)?,
    }))
}

/// Refuses a new run whose key is taken.
pub(crate) fn check(
    connection: &Connection,
    commit: &RunCommit,
) -> Result<Result<(), CommitError>, Failure> {
    let key = commit.create.as_ref().and_then(|new| new.key.as_ref());
    let owner = match key {
        Some((key, _)) => owner(connection, key)?,
        None => None,
    };
    Ok(match owner {
        Some(KeyOwner { run, fingerprint }) => Err(CommitError::KeyTaken {
            owner: run,
            fingerprint,
        }),
        None => Ok(()),
    })
}
