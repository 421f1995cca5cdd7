//! A run from the store.

use std::sync::Arc;

use segue_engine::{Plan, Run};
use segue_model::RunId;
use segue_store::StoredRun;

use crate::payloads;
use crate::refusal::LoadError;
use crate::shared::Shared;

/// A run that was read.
pub(super) struct Loaded {
    pub(super) run: Run,
    pub(super) plan: Arc<Plan>,
}

/// Reads a run with its plan; `None` where there is no such run.
pub(super) async fn load(shared: &Shared, id: &RunId) -> Result<Option<Loaded>, LoadError> {
    let _permit = shared.loads.acquire().await.ok();
    let Some(stored) = shared.store().load(id).await? else {
        return Ok(None);
    };
    let plan = shared
        .plans
        .get(shared.store(), &stored.summary.deployed)
        .await?;
    let run = restore(shared, &stored).await?;
    Ok(Some(Loaded { run, plan }))
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
