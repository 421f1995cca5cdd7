//! A run from the store.

use std::sync::Arc;

use segue_engine::{ActivityId, Plan, Run};
use segue_model::RunId;
use segue_store::{RunSummary, StoredRun};

use super::pending::Observed;
use crate::payloads;
use crate::refusal::LoadError;
use crate::shared::Shared;

/// A run that was read.
pub(super) struct Loaded {
    pub(super) run: Run,
    pub(super) plan: Arc<Plan>,
    pub(super) summary: RunSummary,
    /// Activities whose attempts are in flight and were never begun: the host before this
    /// one was shutting down when it wrote them.
    pub(super) held: Vec<ActivityId>,
}

/// Reads a run with its plan; `None` where there is no such run.
pub(super) async fn load(
    shared: &Shared,
    id: &RunId,
    recoveries: u32,
) -> Result<Option<Loaded>, LoadError> {
    let _permit = shared.loads.acquire().await.ok();
    let Some(stored) = shared.store().load(id).await? else {
        return Ok(None);
    };
    let plan = shared
        .plans
        .get(shared.store(), &stored.summary.deployed)
        .await?;
    let run = restore(shared, &stored).await?;
    // Only the first host after that one can know that nobody began them meanwhile.
    let held = if recoveries == 1 && run.is_in_flight() {
        held(shared, &run).await?
    } else {
        Vec::new()
    };
    let summary = stored.summary;
    Ok(Some(Loaded {
        run,
        plan,
        summary,
        held,
    }))
}

/// What the last journal entry says was not begun.
async fn held(shared: &Shared, run: &Run) -> Result<Vec<ActivityId>, LoadError> {
    let last = shared.store().journal(run.id(), run.seq(), 1).await?;
    let observed = last
        .first()
        .and_then(|row| serde_json::from_str::<Observed>(&row.observed).ok());
    Ok(observed.map(|observed| observed.held).unwrap_or_default())
}

/// The state that stored rows describe, with its payloads.
pub(crate) async fn restore(shared: &Shared, stored: &StoredRun) -> Result<Run, LoadError> {
    let rows = stored
        .rows
        .iter()
        .map(|row| (row.key, row.version, row.body.as_ref()));
    let mut run = Run::restore(stored.summary.run.clone(), rows)?;
    payloads::fill(shared.store(), &mut run).await?;
    Ok(run)
}
