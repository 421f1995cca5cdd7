//! How values stand in columns.

use rusqlite::Row;
use rusqlite::types::ValueRef;
use segue_model::{Digest, RunId, Timestamp};
use segue_store::{RunRole, RunStatus};
use std::sync::Arc;

use crate::failure::Failure;

/// The number that a run is stored under: from 1, below 2^31.
pub(crate) type RunNo = i64;

/// Half of a 64-bit key belongs to the run, half to what is numbered within it.
const PART_BITS: u32 = 32;

/// The key of the `part`-th thing of a run, so that all things of a run stand together, in
/// order, and are found by one integer.
pub(crate) fn part_key(run: RunNo, part: u32) -> i64 {
    (run << PART_BITS) | i64::from(part)
}

/// The part that a key of [`part_key`] names.
pub(crate) fn part_of(key: i64) -> u32 {
    u32::try_from(key & i64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// The highest number of a run that [`part_key`] can hold.
pub(crate) const RUN_NO_MAX: RunNo = i32::MAX as i64;

/// An unsigned number as SQLite stores integers; held at the largest that it can.
pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number of rows for `LIMIT`.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The number that a status is stored as. Never changes.
pub(crate) fn status_code(status: RunStatus) -> u8 {
    match status {
        RunStatus::Pending => 0,
        RunStatus::Running => 1,
        RunStatus::Waiting => 2,
        RunStatus::Suspended => 3,
        RunStatus::Cancelled => 4,
        RunStatus::Faulted => 5,
        RunStatus::Completed => 6,
    }
}

/// The number that a role is stored as. Never changes.
pub(crate) fn role_code(role: RunRole) -> u8 {
    match role {
        RunRole::Run => 0,
        RunRole::Schedule => 1,
    }
}

/// One row of a query, read column by column. What does not fit is damage.
pub(crate) struct Columns<'r>(pub(crate) &'r Row<'r>);

impl Columns<'_> {
    pub(crate) fn signed(&self, column: usize) -> Result<i64, Failure> {
        Ok(self.0.get(column)?)
    }

    pub(crate) fn unsigned(&self, column: usize) -> Result<u64, Failure> {
        let value = self.signed(column)?;
        u64::try_from(value).map_err(|_| self.damage(column, "a number of 0 or more"))
    }

    pub(crate) fn small<T: TryFrom<i64>>(&self, column: usize) -> Result<T, Failure> {
        let value = self.signed(column)?;
        T::try_from(value).map_err(|_| self.damage(column, "a smaller number"))
    }

    pub(crate) fn time(&self, column: usize) -> Result<Timestamp, Failure> {
        self.unsigned(column).map(Timestamp)
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str, Failure> {
        let found = self.0.get_ref(column)?;
        found.as_str().map_err(|_| self.damage(column, "a text"))
    }

    pub(crate) fn shared_text(&self, column: usize) -> Result<Arc<str>, Failure> {
        self.text(column).map(Arc::from)
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, Failure> {
        let text = self.text(column)?;
        serde_json::from_str(text)
            .map_err(|error| self.damage(column, &format!("JSON as it should be: {error}")))
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], Failure> {
        match self.0.get_ref(column)? {
            ValueRef::Blob(bytes) => Ok(bytes),
            _ => Err(self.damage(column, "bytes")),
        }
    }

    pub(crate) fn run_id(&self, column: usize) -> Result<RunId, Failure> {
        let bytes = self.bytes(column)?.try_into();
        bytes
            .map(RunId::from_bytes)
            .map_err(|_| self.damage(column, "the 16 bytes of a run id"))
    }

    pub(crate) fn digest(&self, column: usize) -> Result<Digest, Failure> {
        let bytes = self.bytes(column)?.try_into();
        bytes
            .map(Digest::from_bytes)
            .map_err(|_| self.damage(column, "the 32 bytes of a digest"))
    }

    pub(crate) fn status(&self, column: usize) -> Result<RunStatus, Failure> {
        let code = self.signed(column)?;
        RunStatus::ALL
            .into_iter()
            .find(|status| i64::from(status_code(*status)) == code)
            .ok_or_else(|| self.damage(column, "the number of a status"))
    }

    pub(crate) fn role(&self, column: usize) -> Result<RunRole, Failure> {
        let code = self.signed(column)?;
        [RunRole::Run, RunRole::Schedule]
            .into_iter()
            .find(|role| i64::from(role_code(*role)) == code)
            .ok_or_else(|| self.damage(column, "the number of a role"))
    }

    pub(crate) fn is_null(&self, column: usize) -> Result<bool, Failure> {
        Ok(self.0.get_ref(column)? == ValueRef::Null)
    }

    fn damage(&self, column: usize, expected: &str) -> Failure {
        let statement: &rusqlite::Statement<'_> = self.0.as_ref();
        let name = statement.column_name(column).unwrap_or("?");
        Failure::Damaged(format!("column `{name}` is not {expected}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_run_stand_together_and_in_order() {
        assert!(part_key(1, u32::MAX) < part_key(2, 0));
        assert!(part_key(RUN_NO_MAX, u32::MAX) == i64::MAX);
        assert_eq!(part_of(part_key(RUN_NO_MAX, 7)), 7);
    }

    #[test]
    fn status_codes_are_as_stored() {
        let codes: Vec<u8> = RunStatus::ALL.into_iter().map(status_code).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6]);
    }
}
