//! The versioned schema: brings a database to this host's version, or refuses it.

mod v1;
mod v2;

#[cfg(test)]
mod tests;

use rusqlite::{Connection, TransactionBehavior};
use segue_model::Timestamp;

use crate::codec::integer;
use crate::failure::Failure;

/// The schema version that this host writes.
pub const SCHEMA_VERSION: u32 = MIGRATIONS.len() as u32;

/// Marks our databases (`PRAGMA application_id`): "Segu".
const APPLICATION_ID: i64 = 0x5365_6775;

/// One step from a version to the next. Never changed once released.
pub(crate) struct Migration {
    /// What it is for, for people.
    name: &'static str,
    statements: &'static [&'static str],
}

/// The n-th one leads to version n.
const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "runs, payloads, timers and deployments",
        statements: v1::STATEMENTS,
    },
    Migration {
        name: "events, the outbox, children, schedules and secrets",
        statements: v2::STATEMENTS,
    },
];

/// Brings the database to [`SCHEMA_VERSION`]. Each version is one transaction: a host that
/// is killed in the middle leaves the version before, and the next start goes on from there.
pub(crate) fn migrate(connection: &mut Connection, now: Timestamp) -> Result<(), Failure> {
    migrate_with(connection, MIGRATIONS, now, &mut |_| {})
}

/// As [`migrate`], with other migrations; tells `after` when a statement was executed.
fn migrate_with(
    connection: &mut Connection,
    migrations: &[Migration],
    now: Timestamp,
    after: &mut dyn FnMut(usize),
) -> Result<(), Failure> {
    let found = version(connection)?;
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(Failure::TooNew { found, known });
    }
    let mut executed = 0;
    for (version, migration) in (1u32..).zip(migrations).skip(found as usize) {
        let mut after = || {
            executed += 1;
            after(executed);
        };
        apply(connection, version, migration, now, &mut after)?;
    }
    Ok(())
}

fn apply(
    connection: &mut Connection,
    version: u32,
    migration: &Migration,
    now: Timestamp,
    after: &mut dyn FnMut(),
) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version == 1 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.execute_batch(
            "CREATE TABLE migrations (
                version INTEGER PRIMARY KEY,
                name TEXT NOT NULL,
                applied_at INTEGER NOT NULL
            )",
        )?;
    }
    for statement in migration.statements {
        transaction.execute_batch(statement)?;
        after();
    }
    transaction.execute(
        "INSERT INTO migrations (version, name, applied_at) VALUES (?1, ?2, ?3)",
        (version, migration.name, integer(now.0)),
    )?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()?;
    after();
    Ok(())
}

/// The version of a database of ours; 0 for an empty one.
fn version(connection: &Connection) -> Result<u32, Failure> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(tables, [], |row| row.get(0))?;
    if tables > 0 && pragma("application_id")? != APPLICATION_ID {
        let what = "segue.db was not written by Segue: choose another directory with --data";
        return Err(Failure::Damaged(what.to_owned()));
    }
    let version = pragma("user_version")?;
    u32::try_from(version)
        .map_err(|_| Failure::Damaged(format!("schema version {version} is negative")))
}
