//! A copy of the database from which a host can go on, made while another one may be writing.

use std::path::Path;

use rusqlite::Connection;
use segue_store::StoreError;

use crate::connection::open_reader;
use crate::directory::DataDirectory;
use crate::failure::{Failure, Reach};

/// Copies the database of the data directory `from` into the new data directory `to`, and
/// returns how many bytes it has. The copy is what one moment's readers see: whole commits, none
/// of them in part. On disk when this returns.
///
/// A host may have `from` open: nothing waits for the copy, but the log grows meanwhile. The
/// copy is a host's own data: two hosts that go on from it do everything twice.
///
/// Errors: [`StoreError::Backend`] where there is no database, where `to` has one already, or
/// where it cannot be written; [`StoreError::Full`].
pub fn backup(from: &Path, to: &Path) -> Result<u64, StoreError> {
    let copied = || -> Result<u64, Failure> {
        let source = source(from)?;
        let target = DataDirectory::open(to).map_err(|error| refused(&error))?;
        let database = target.database()?;
        if target.database_bytes()? > 0 {
            let what = format!(
                "{} has a database already: name a new directory",
                to.display()
            );
            return Err(Failure::Refused(what));
        }
        copy(&source, &database)?;
        target.sync()?;
        Ok(target.database_bytes()?)
    };
    copied().map_err(|failure| failure.into_store_error("made a copy of its database"))
}

/// A connection that reads; there is none where there is nothing to read.
fn source(from: &Path) -> Result<Connection, Failure> {
    let database = DataDirectory::database_in(from);
    open_reader(&database).map_err(|failure| match failure.reach() {
        Reach::Unknown => Failure::Refused(format!(
            "{} holds no data of a host: name it with --data",
            from.display()
        )),
        _ => failure,
    })
}

/// `VACUUM INTO` reads in one transaction, and writes into a file that is empty.
fn copy(source: &Connection, target: &Path) -> Result<(), Failure> {
    let target = target.to_str().ok_or_else(|| {
        let what = format!(
            "{} is not UTF-8, which the copy's path must be",
            target.display()
        );
        Failure::Refused(what)
    })?;
    source.execute("VACUUM INTO ?1", [target])?;
    Ok(())
}

fn refused(error: &StoreError) -> Failure {
    Failure::Refused(error.to_string())
}
