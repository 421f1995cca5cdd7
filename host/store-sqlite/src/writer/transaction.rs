//! What a request sees of the transaction that it runs in.

use std::collections::HashMap;

use rusqlite::Connection;
use segue_model::{RunId, Timestamp};
use segue_store::{Fence, RunStatus};

use crate::codec::RunNo;
use crate::failure::{Failure, Reach};
use crate::runs;

/// Heads that are kept in memory: about 5 MB, and more runs than are active at once.
const HEADS_MAX: usize = 65_536;

/// What a commit has to know of a run before it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) no: RunNo,
    pub(crate) seq: u64,
    pub(crate) status: RunStatus,
    pub(crate) in_flight: bool,
}

/// The heads of the runs that were written last. They are the database's own, because nobody
/// else writes it; a transaction that is rolled back clears them.
#[derive(Default)]
pub(super) struct Heads(HashMap<[u8; 16], Head>);

/// How careful the requests of a transaction are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// No savepoints: a failure fails the transaction, which is then tried with care.
    Quick,
    /// A savepoint for each run, so that each one fails alone.
    Careful,
}

/// An open transaction.
pub(crate) struct Transaction<'t> {
    pub(crate) connection: &'t Connection,
    /// The store's present time.
    pub(crate) now: Timestamp,
    /// The token that the database holds, read inside this transaction.
    pub(crate) fence: Fence,
    pub(super) heads: &'t mut Heads,
    pub(super) care: Care,
}

impl Heads {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Transaction<'_> {
    /// The head of a run, or `None` where it does not exist.
    pub(crate) fn head(&self, run: &RunId) -> Result<Option<Head>, Failure> {
        let id = run.to_bytes();
        match self.heads.0.get(&id) {
            Some(head) => Ok(Some(*head)),
            None => runs::find_head(self.connection, &id),
        }
    }

    /// Keeps the head that a run has from now on.
    pub(crate) fn keep_head(&mut self, run: &RunId, head: Head) {
        let heads = &mut self.heads.0;
        if head.status.is_ended() {
            heads.remove(&run.to_bytes());
            return;
        }
        if heads.len() >= HEADS_MAX {
            heads.clear();
        }
        heads.insert(run.to_bytes(), head);
    }

    /// Drops what is kept of a run that is gone.
    pub(crate) fn drop_head(&mut self, run: &RunId) {
        self.heads.0.remove(&run.to_bytes());
    }

    /// Does one run's part of a request. In a careful transaction a failure that reaches no
    /// further than the run leaves nothing of it behind and is returned inside.
    pub(crate) fn isolated<R>(
        &mut self,
        run: &RunId,
        act: impl FnOnce(&mut Self) -> Result<R, Failure>,
    ) -> Result<Result<R, Failure>, Failure> {
        if self.care == Care::Quick {
            return act(self).map(Ok);
        }
        self.connection.execute_batch("SAVEPOINT one")?;
        match act(self) {
            Ok(done) => {
                self.connection.execute_batch("RELEASE one")?;
                Ok(Ok(done))
            }
            Err(failure) if failure.reach() == Reach::Request => {
                self.connection
                    .execute_batch("ROLLBACK TO one; RELEASE one")?;
                self.drop_head(run);
                Ok(Err(failure))
            }
            Err(failure) => Err(failure),
        }
    }
}
