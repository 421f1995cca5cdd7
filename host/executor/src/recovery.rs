//! Recovery: runs that were in flight when their host ended are taken in hand again.

use std::sync::Arc;

use segue_store::StoreError;

use crate::options::RECOVERY_PAGE;
use crate::run::{self, Origin};
use crate::shared::Shared;

/// Gives every run with something in flight an actor, page by page. Each run's recovery
/// counter is raised durably before its actor exists, so that a run which ends its host
/// again and again is known by it.
pub(crate) async fn recover(shared: &Arc<Shared>) -> Result<usize, StoreError> {
    let mut after = None;
    let mut count = 0;
    loop {
        let page = shared
            .store()
            .begin_recovery(after.as_ref(), RECOVERY_PAGE)
            .await?;
        for one in &page {
            // Recovered runs were in memory before: no limit keeps them out now.
            let Some(place) = shared.registry.enroll(&one.run, usize::MAX) else {
                continue;
            };
            let recoveries = one.recoveries;
            tracing::info!(run = %one.run, recoveries, "recovering a run");
            run::spawn(shared, &one.run, place, Origin::Stored { recoveries });
        }
        count += page.len();
        if page.len() < RECOVERY_PAGE {
            shared.health.recovered();
            return Ok(count);
        }
        after = page.last().map(|one| one.run.clone());
    }
}
