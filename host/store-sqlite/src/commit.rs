//! Committing and forgetting runs: the writes that concern one run each.

use async_trait::async_trait;
use segue_model::{RunId, Timestamp};
use segue_store::{
    CommitError, CommitRuns, Committed, Fence, ForgetRuns, RunCommit, StoreError, check,
};

use crate::codec::RunNo;
use crate::failure::Failure;
use crate::store::SqliteStore;
use crate::writer::{Head, Transaction};
use crate::{
    consumed, events, fence, journal, keys, list, listeners, outbox, payloads, rows, runs, timers,
};

#[async_trait]
impl CommitRuns for SqliteStore {
    async fn commit(
        &self,
        batch: Vec<RunCommit>,
    ) -> Result<Vec<Result<Committed, CommitError>>, StoreError> {
        let bytes = batch.iter().map(RunCommit::size_bytes).sum();
        self.write("committed runs", bytes, move |transaction| {
            batch
                .iter()
                .map(|one| commit_alone(transaction, one))
                .collect()
        })
        .await
    }

    fn fence(&self) -> Fence {
        self.own_fence()
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.write("tried whether it takes writes", 0, |transaction| {
            fence::probe(transaction.connection)
        })
        .await
    }
}

#[async_trait]
impl ForgetRuns for SqliteStore {
    async fn forget(&self, runs: &[RunId]) -> Result<usize, StoreError> {
        let runs = runs.to_vec();
        self.write("forgot runs", 0, move |transaction| {
            let mut forgotten = 0;
            for run in &runs {
                forgotten += usize::from(forget(transaction, run)?);
            }
            Ok(forgotten)
        })
        .await
    }

    async fn ended(
        &self,
        before: Timestamp,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        let after = after.cloned();
        self.read("looked for runs that have ended", move |connection| {
            list::ended(connection, before, after.as_ref(), limit)
        })
        .await
    }
}

/// Commits one run, so that its failure is its own.
fn commit_alone(
    transaction: &mut Transaction<'_>,
    commit: &RunCommit,
) -> Result<Result<Committed, CommitError>, Failure> {
    let done = transaction.isolated(&commit.run, |transaction| commit_run(transaction, commit))?;
    Ok(done.unwrap_or_else(|failure| {
        Err(CommitError::Refused {
            run: commit.run.clone(),
            reason: crate::failure::chain(&failure),
        })
    }))
}

fn commit_run(
    transaction: &mut Transaction<'_>,
    commit: &RunCommit,
) -> Result<Result<Committed, CommitError>, Failure> {
    let connection = transaction.connection;
    let before = transaction.head(&commit.run)?;
    // Everything is checked before anything is written.
    if let Err(refusal) = check::check(commit, transaction.fence, before.map(|head| head.seq)) {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = keys::check(connection, commit)? {
        return Ok(Err(refusal));
    }
    let no = match (&commit.create, before) {
        (Some(new), _) => runs::insert(transaction, commit, new)?,
        (None, Some(before)) => {
            runs::update(transaction, commit, before)?;
            before.no
        }
        (None, None) => {
            // The check saw it.
            let run = commit.run.clone();
            return Ok(Err(CommitError::Existence { run, exists: false }));
        }
    };
    journal::append(connection, no, &commit.journal)?;
    rows::change(connection, no, &commit.rows)?;
    timers::change(connection, &commit.run, no, &commit.timers)?;
    payloads::keep(connection, no, &commit.payloads)?;
    keep_outside(transaction, no, commit)?;
    let seq = commit.last_seq();
    let head = Head {
        no,
        seq,
        status: commit.status,
        in_flight: commit.in_flight,
    };
    transaction.keep_head(&commit.run, head);
    let at = transaction.now;
    Ok(Ok(Committed { seq, at }))
}

/// Writes what a commit says to the world outside of its run.
fn keep_outside(
    transaction: &Transaction<'_>,
    no: RunNo,
    commit: &RunCommit,
) -> Result<(), Failure> {
    let connection = transaction.connection;
    listeners::change(connection, &commit.run, &commit.listeners)?;
    consumed::note(connection, no, &commit.consumed)?;
    for event in &commit.emitted {
        events::accept(connection, event, transaction.now)?;
    }
    outbox::put(connection, no, &commit.outbox)
}

/// Removes a run that has ended. Says whether it did.
fn forget(transaction: &mut Transaction<'_>, run: &RunId) -> Result<bool, Failure> {
    let connection = transaction.connection;
    let no = match transaction.head(run)? {
        Some(head) if head.status.is_ended() => head.no,
        _ => return Ok(false),
    };
    if outbox::has(connection, no)? {
        return Ok(false);
    }
    listeners::delete(connection, run)?;
    consumed::forget_run(connection, no)?;
    runs::part_from_children(connection, run)?;
    payloads::release(connection, no)?;
    timers::delete(connection, no)?;
    rows::delete(connection, no)?;
    journal::delete(connection, no)?;
    runs::delete(connection, no)?;
    transaction.drop_head(run);
    Ok(true)
}
