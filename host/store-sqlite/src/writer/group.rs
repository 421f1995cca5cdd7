//! One group of requests: one transaction, or one for each where the group fails.

use rusqlite::Connection;
use segue_model::Timestamp;
use segue_store::Fence;

use super::queue::Waiting;
use super::transaction::{Care, Heads, Transaction};
use super::work::{GroupError, Refusal};
use crate::failure::{Failure, Reach, chain};
use crate::fence;

/// The writer's connection and what it knows of the database.
pub(super) struct Database {
    pub(super) connection: Connection,
    pub(super) heads: Heads,
}

/// What became of a group, for the writer. Its requests were answered.
pub(super) enum Fate {
    /// The store goes on.
    Known,
    /// What is on disk is unknown, because of the failure named.
    Unknown(String),
}

/// Why a transaction did not happen.
pub(super) struct Failed {
    failure: Failure,
    /// The failure was met when the transaction was begun or committed, or while it was
    /// rolled back: no request's own.
    beyond_requests: bool,
}

/// Commits a group of requests and answers them.
pub(super) fn commit_group(
    database: &mut Database,
    mut group: Vec<Waiting>,
    now: Timestamp,
) -> Fate {
    match database.transact(&mut group, Care::Quick, now) {
        Ok(()) => {
            for waiting in group {
                waiting.work.answer(Ok(()));
            }
            Fate::Known
        }
        Err(failed) if failed.reach() == Reach::Request => one_by_one(database, group, now),
        Err(failed) => fail_group(group, failed),
    }
}

/// One request of the group failed by itself: each gets its own transaction, where each run
/// has its own savepoint.
fn one_by_one(database: &mut Database, group: Vec<Waiting>, now: Timestamp) -> Fate {
    let mut group = group.into_iter();
    while let Some(waiting) = group.next() {
        let mut single = [waiting];
        let done = database.transact(&mut single, Care::Careful, now);
        let [waiting] = single;
        match done {
            Ok(()) => waiting.work.answer(Ok(())),
            Err(failed) if failed.reach() == Reach::Request => {
                waiting.work.answer(Err(Refusal::Failed(failed.failure)));
            }
            Err(failed) => return fail_group(std::iter::once(waiting).chain(group), failed),
        }
    }
    Fate::Known
}

/// All of these requests failed with their transaction.
fn fail_group(group: impl IntoIterator<Item = Waiting>, failed: Failed) -> Fate {
    let reach = failed.reach();
    let error = GroupError {
        text: chain(&failed.failure),
        full: reach == Reach::Full,
    };
    for waiting in group {
        waiting.work.answer(Err(Refusal::Group(error.clone())));
    }
    match reach {
        Reach::Unknown => Fate::Unknown(error.text),
        Reach::Request | Reach::Transaction | Reach::Full => Fate::Known,
    }
}

impl Database {
    fn transact(
        &mut self,
        group: &mut [Waiting],
        care: Care,
        now: Timestamp,
    ) -> Result<(), Failed> {
        let begun = self.begin();
        let done = begun.and_then(|fence| self.apply(group, care, now, fence));
        let done = done.and_then(|()| self.commit());
        match done {
            Ok(()) => Ok(()),
            Err(failed) => Err(self.roll_back(failed)),
        }
    }

    pub(super) fn begin(&mut self) -> Result<Fence, Failed> {
        let begin = || -> Result<Fence, Failure> {
            let connection = &self.connection;
            connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            fence::read(connection)
        };
        begin().map_err(Failed::beyond_requests)
    }

    pub(super) fn apply(
        &mut self,
        group: &mut [Waiting],
        care: Care,
        now: Timestamp,
        fence: Fence,
    ) -> Result<(), Failed> {
        let mut transaction = Transaction {
            connection: &self.connection,
            now,
            fence,
            heads: &mut self.heads,
            care,
        };
        for waiting in group {
            let applied = waiting.work.apply(&mut transaction);
            applied.map_err(|failure| Failed {
                failure,
                beyond_requests: false,
            })?;
        }
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<(), Failed> {
        let commit = || -> Result<(), Failure> {
            self.connection.prepare_cached("COMMIT")?.execute([])?;
            Ok(())
        };
        commit().map_err(Failed::beyond_requests)
    }

    pub(super) fn roll_back(&mut self, failed: Failed) -> Failed {
        self.heads.clear();
        // After some failures SQLite has rolled back by itself.
        if self.connection.is_autocommit() {
            return failed;
        }
        match self.connection.execute_batch("ROLLBACK") {
            Ok(()) => failed,
            Err(error) => Failed::beyond_requests(error),
        }
    }
}

impl Failed {
    fn beyond_requests(failure: impl Into<Failure>) -> Self {
        Failed {
            failure: failure.into(),
            beyond_requests: true,
        }
    }

    fn reach(&self) -> Reach {
        match self.failure.reach() {
            Reach::Request if self.beyond_requests => Reach::Transaction,
            reach => reach,
        }
    }
}
