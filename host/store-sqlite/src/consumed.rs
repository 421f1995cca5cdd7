//! The `consumed` table: which runs have consumed which events of the inbox.

use rusqlite::Connection;

use crate::codec::{RunNo, integer};
use crate::failure::Failure;

/// Notes events that a run has consumed, each with the entry that did: the first one counts.
/// An event that is gone needs no note, and nobody would ever remove it.
pub(crate) fn note(
    connection: &Connection,
    run: RunNo,
    consumed: &[(u64, u64)],
) -> Result<(), Failure> {
    for (event, entry) in consumed {
        connection
            .prepare_cached(
                "INSERT INTO consumed (event, run, entry)
                 SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM events WHERE number = ?1)
                 ON CONFLICT (event, run) DO UPDATE SET entry = min(entry, excluded.entry)",
            )?
            .execute([integer(*event), run, integer(*entry)])?;
    }
    Ok(())
}

/// Removes all notes of a run.
pub(crate) fn forget_run(connection: &Connection, run: RunNo) -> Result<(), Failure> {
    connection
        .prepare_cached("DELETE FROM consumed WHERE run = ?1")?
        .execute([run])?;
    Ok(())
}

/// Removes all notes of an event.
pub(crate) fn forget_event(connection: &Connection, event: i64) -> Result<(), Failure> {
    connection
        .prepare_cached("DELETE FROM consumed WHERE event = ?1")?
        .execute([event])?;
    Ok(())
}
