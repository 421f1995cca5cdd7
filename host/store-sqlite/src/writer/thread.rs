//! The writer's thread.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use segue_store::Clock;

#[cfg(not(feature = "sabotage"))]
use super::group::commit_group;
use super::group::{Database, Fate};
use super::log::Log;
use super::queue::{Next, Requests, Waiting};
#[cfg(feature = "sabotage")]
use super::sabotage::commit_group;
use super::transaction::Heads;
use super::work::Refusal;
use crate::failure::{Failure, Reach, chain};

/// How long nothing must come before the log is tidied up: a pause that no caller notices.
const IDLE: Duration = Duration::from_millis(500);

/// Everything that the thread owns.
pub(super) struct WriterThread {
    database: Database,
    requests: Requests,
    log: Log,
    clock: Arc<dyn Clock>,
    state: State,
}

/// Whether the thread writes.
enum State {
    Writes,
    /// A write failed so that what is on disk is unknown; the cause is named.
    Broken(String),
}

impl WriterThread {
    pub(super) fn new(
        connection: Connection,
        requests: Requests,
        log: Log,
        clock: Arc<dyn Clock>,
    ) -> Self {
        WriterThread {
            database: Database {
                connection,
                heads: Heads::default(),
            },
            requests,
            log,
            clock,
            state: State::Writes,
        }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        loop {
            match self.requests.next(IDLE) {
                Next::Group(group) => self.write(group),
                Next::Idle => self.when_writing(Log::tidy),
                Next::Closed => break,
            }
        }
        self.when_writing(Log::close);
    }

    fn write(&mut self, group: Vec<Waiting>) {
        if let State::Broken(cause) = &self.state {
            for waiting in group {
                waiting.work.answer(Err(Refusal::Broken(cause.clone())));
            }
            return;
        }
        match commit_group(&mut self.database, group, self.clock.now()) {
            Fate::Known => self.when_writing(Log::after_commit),
            Fate::Unknown(cause) => self.break_down(cause),
        }
    }

    /// Looks after the log, unless the store is broken.
    fn when_writing(&mut self, act: impl FnOnce(&mut Log, &Connection) -> Result<(), Failure>) {
        if matches!(self.state, State::Broken(_)) {
            return;
        }
        if let Err(failure) = act(&mut self.log, &self.database.connection) {
            let cause = chain(&failure);
            if failure.reach() == Reach::Unknown {
                self.break_down(cause);
            } else {
                // The log stays longer than it should; the next try may succeed.
                tracing::warn!(cause, "the store could not copy its log back");
            }
        }
    }

    fn break_down(&mut self, cause: String) {
        tracing::error!(cause, "the store takes no more writes");
        self.state = State::Broken(cause);
    }
}
