//! The end of runs: those that ended long ago are removed, a few at a time, so that nobody in
//! the foreground waits for it.

use std::sync::Arc;

use segue_model::problem::Kind;
use segue_model::{Problem, RunId, Timestamp};
use segue_store::{RunRole, StoreError};

use crate::refusal::{chain, no_such_run, store_problem};
use crate::shared::Shared;

/// Runs that one transaction removes: some milliseconds.
const BATCH: usize = 50;
/// Between two batches, so that commits of runs come in between, in milliseconds.
const BATCH_PAUSE_MS: u64 = 20;
/// Between two rounds, in milliseconds.
const ROUND_PAUSE_MS: u64 = 60_000;

/// Runs until the host drains.
pub(crate) async fn run(shared: Arc<Shared>) {
    let Some(keep_ms) = shared.options.retention_ms else {
        return;
    };
    tokio::select! {
        biased;
        () = shared.tasks.draining() => {}
        () = async {
            loop {
                if let Err(error) = round(&shared, keep_ms).await {
                    // They stay a little longer.
                    tracing::warn!(error = %chain(&error), "old runs could not be removed");
                }
                shared.pause(ROUND_PAUSE_MS).await;
            }
        } => {}
    }
}

/// Removes what is older; what the outbox still needs is left for the next round.
async fn round(shared: &Shared, keep_ms: u64) -> Result<(), StoreError> {
    let before = Timestamp(shared.now().0.saturating_sub(keep_ms));
    let mut last: Option<RunId> = None;
    loop {
        let runs = shared.store().ended(before, last.as_ref(), BATCH).await?;
        if !runs.is_empty() {
            shared.store().forget(&runs).await?;
        }
        if runs.len() < BATCH {
            return Ok(());
        }
        last = runs.into_iter().next_back();
        shared.pause(BATCH_PAUSE_MS).await;
    }
}

/// Removes one run that has ended, with everything that is only its own; durable when this
/// returns.
pub(crate) async fn forget(shared: &Shared, run: &RunId) -> Result<(), Problem> {
    let store = shared.store();
    let failed = |error: StoreError| store_problem(&error);
    let summary = store.summary(run).await.map_err(failed)?;
    let summary = summary.ok_or_else(|| no_such_run(run))?;
    let refused = |why: &str| {
        let detail = format!("run {run} cannot be deleted: {why}");
        Err(Problem::new(Kind::Conflict, detail))
    };
    if !summary.status.is_ended() {
        return refused("it has not ended; cancel it first");
    }
    if summary.role == RunRole::Schedule {
        return refused("it is a schedule, and says that this one was stopped");
    }
    match store
        .forget(std::slice::from_ref(run))
        .await
        .map_err(failed)?
    {
        0 => refused("something of it is still to be told to others; try again soon"),
        _ => Ok(()),
    }
}
