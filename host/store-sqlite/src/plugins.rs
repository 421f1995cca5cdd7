//! The `plugins` table.

use rusqlite::{Connection, params};
use segue_store::{PluginRecord, StoreError};

use crate::codec::Columns;
use crate::failure::Failure;

/// What is stored under a plugin's name and version.
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// The same plugin.
    Same,
    /// Another one; this is the answer to whoever wants to store it.
    Other(StoreError),
}

/// Looks for a plugin's name and version.
pub(crate) fn find(connection: &Connection, plugin: &PluginRecord) -> Result<Found, Failure> {
    let described = &plugin.descriptor;
    let mut find =
        connection.prepare_cached("SELECT digest FROM plugins WHERE name = ?1 AND version = ?2")?;
    let mut found = find.query((&described.name, described.version.to_string()))?;
    let Some(row) = found.next()? else {
        return Ok(Found::Nothing);
    };
    let digest = Columns(row).digest(0)?;
    if digest == described.digest {
        return Ok(Found::Same);
    }
    let what = plugin.label();
    Ok(Found::Other(StoreError::Exists { what, digest }))
}

/// Stores a plugin that is not there.
pub(crate) fn insert(connection: &Connection, plugin: &PluginRecord) -> Result<(), Failure> {
    let described = &plugin.descriptor;
    let record = serde_json::to_string(plugin)
        .map_err(|error| Failure::Refused(format!("its record is no JSON: {error}")))?;
    connection
        .prepare_cached(
            "INSERT INTO plugins (name, version, digest, record) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            described.name,
            described.version.to_string(),
            described.digest.as_bytes(),
            record
        ])?;
    Ok(())
}

/// All plugins, by name and then by version.
pub(crate) fn list(connection: &Connection) -> Result<Vec<PluginRecord>, Failure> {
    let mut find = connection.prepare_cached("SELECT record FROM plugins")?;
    let mut found = find.query([])?;
    let mut plugins: Vec<PluginRecord> = Vec::new();
    while let Some(row) = found.next()? {
        let columns = Columns(row);
        plugins.push(columns.json(0)?);
    }
    // As text, 1.10.0 would stand before 1.9.0.
    plugins.sort_by(|a, b| {
        let key = |p: &PluginRecord| (p.descriptor.name.clone(), p.descriptor.version.clone());
        key(a).cmp(&key(b))
    });
    Ok(plugins)
}
