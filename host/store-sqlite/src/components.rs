//! The component tables: bytes in chunks, each written in its own transaction, so that a
//! large component does not hold up the commits of runs.

use std::sync::Arc;

use rusqlite::{Connection, params};
use segue_model::Digest;

use crate::codec::{Columns, integer};
use crate::failure::Failure;

/// Bytes of a chunk: a few milliseconds of writing.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// Writes one chunk. Writing it again is no error: the digest says that it is the same.
pub(crate) fn put_chunk(
    connection: &Connection,
    digest: &Digest,
    chunk: usize,
    body: &[u8],
) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "INSERT INTO component_chunks (digest, chunk, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (digest, chunk) DO NOTHING",
        )?
        .execute(params![digest.as_bytes(), integer(chunk as u64), body])?;
    Ok(())
}

/// States that all chunks of a component are there.
pub(crate) fn finish(
    connection: &Connection,
    digest: &Digest,
    bytes: usize,
) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "INSERT INTO components (digest, bytes) VALUES (?1, ?2)
             ON CONFLICT (digest) DO NOTHING",
        )?
        .execute(params![digest.as_bytes(), integer(bytes as u64)])?;
    Ok(())
}

/// Whether a component is there.
pub(crate) fn exists(connection: &Connection, digest: &Digest) -> Result<bool, Failure> {
    let mut find = connection.prepare_cached("SELECT 1 FROM components WHERE digest = ?1")?;
    Ok(find.exists([digest.as_bytes()])?)
}

/// The bytes of a component. Bytes that are not what the digest says are damage.
pub(crate) fn read(connection: &Connection, digest: &Digest) -> Result<Option<Arc<[u8]>>, Failure> {
    if !exists(connection, digest)? {
        return Ok(None);
    }
    let mut find = connection
        .prepare_cached("SELECT body FROM component_chunks WHERE digest = ?1 ORDER BY chunk")?;
    let mut found = find.query([digest.as_bytes()])?;
    let mut bytes = Vec::new();
    while let Some(row) = found.next()? {
        bytes.extend_from_slice(Columns(row).bytes(0)?);
    }
    if Digest::of(&bytes) != *digest {
        let what = format!("component {digest} does not have the bytes that it had");
        return Err(Failure::Damaged(what));
    }
    Ok(Some(bytes.into()))
}

/// Drops chunks of components that were never finished, as a killed host leaves them.
pub(crate) fn drop_unfinished(connection: &Connection) -> Result<(), Failure> {
    connection.execute(
        "DELETE FROM component_chunks WHERE digest NOT IN (SELECT digest FROM components)",
        [],
    )?;
    Ok(())
}
