//! The payload tables: large JSON texts, each stored once, counted by the runs that refer
//! to it.

use std::sync::Arc;

use rusqlite::{Connection, params};
use segue_model::Digest;

use crate::codec::{Columns, RunNo};
use crate::failure::Failure;

/// Stores payloads of a run, or notes that it refers to those that are stored.
pub(crate) fn keep(
    connection: &Connection,
    run: RunNo,
    payloads: &[(Digest, Arc<str>)],
) -> Result<(), Failure> {
    for (digest, text) in payloads {
        let payload = match find(connection, digest)? {
            Some(payload) => payload,
            None => insert(connection, digest, text)?,
        };
        let added = connection
            .prepare_cached(
                "INSERT INTO payload_references (run, payload) VALUES (?1, ?2)
                 ON CONFLICT DO NOTHING",
            )?
            .execute([run, payload])?;
        if added > 0 {
            connection
                .prepare_cached("UPDATE payloads SET runs = runs + 1 WHERE no = ?1")?
                .execute([payload])?;
        }
    }
    Ok(())
}

/// The text of a payload. One that is missing or is not what its digest says is damage.
pub(crate) fn read(connection: &Connection, digest: &Digest) -> Result<Arc<str>, Failure> {
    let mut find = connection.prepare_cached(
        "SELECT body FROM payload_bodies
         WHERE no = (SELECT no FROM payloads WHERE digest = ?1)",
    )?;
    let mut found = find.query([digest.as_bytes()])?;
    let Some(row) = found.next()? else {
        return Err(Failure::Damaged(format!("there is no payload {digest}")));
    };
    let text = Columns(row).shared_text(0)?;
    if Digest::of(text.as_bytes()) != *digest {
        let what = format!("payload {digest} does not have the text that it had");
        return Err(Failure::Damaged(what));
    }
    Ok(text)
}

/// Drops the references of a run, and the payloads that nobody refers to any more.
pub(crate) fn release(connection: &Connection, run: RunNo) -> Result<(), Failure> {
    for payload in referred(connection, run)? {
        connection
            .prepare_cached("UPDATE payloads SET runs = runs - 1 WHERE no = ?1")?
            .execute([payload])?;
        let gone = connection
            .prepare_cached("DELETE FROM payloads WHERE no = ?1 AND runs <= 0")?
            .execute([payload])?;
        if gone > 0 {
            connection
                .prepare_cached("DELETE FROM payload_bodies WHERE no = ?1")?
                .execute([payload])?;
        }
    }
    connection
        .prepare_cached("DELETE FROM payload_references WHERE run = ?1")?
        .execute([run])?;
    Ok(())
}

fn find(connection: &Connection, digest: &Digest) -> Result<Option<i64>, Failure> {
    let mut find = connection.prepare_cached("SELECT no FROM payloads WHERE digest = ?1")?;
    let mut found = find.query([digest.as_bytes()])?;
    match found.next()? {
        Some(row) => Columns(row).signed(0).map(Some),
        None => Ok(None),
    }
}

fn insert(connection: &Connection, digest: &Digest, text: &str) -> Result<i64, Failure> {
    let payload = connection
        .prepare_cached("INSERT INTO payloads (digest, runs) VALUES (?1, 0)")?
        .insert([digest.as_bytes()])?;
    connection
        .prepare_cached("INSERT INTO payload_bodies (no, body) VALUES (?1, ?2)")?
        .execute(params![payload, text])?;
    Ok(payload)
}

fn referred(connection: &Connection, run: RunNo) -> Result<Vec<i64>, Failure> {
    let mut find =
        connection.prepare_cached("SELECT payload FROM payload_references WHERE run = ?1")?;
    let mut found = find.query([run])?;
    let mut payloads = Vec::new();
    while let Some(row) = found.next()? {
        payloads.push(Columns(row).signed(0)?);
    }
    Ok(payloads)
}
