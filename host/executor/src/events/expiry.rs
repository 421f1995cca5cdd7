//! The end of events: what is older than its time to live leaves the inbox.

use std::sync::Arc;

use segue_model::Timestamp;

use crate::refusal::chain;
use crate::shared::Shared;

/// Events that are removed at once.
const BATCH: usize = 200;
/// The inbox is looked through this many times within a time to live.
const PER_LIFE: u64 = 24;
/// But not more often than this, in milliseconds.
const PAUSE_MS_MIN: u64 = 60_000;

/// Runs until the host drains.
pub(crate) async fn run(shared: Arc<Shared>) {
    let pause = (shared.options.event_ttl_ms / PER_LIFE).max(PAUSE_MS_MIN);
    tokio::select! {
        biased;
        () = shared.tasks.draining() => {}
        () = async {
            loop {
                expire(&shared).await;
                shared.pause(pause).await;
            }
        } => {}
    }
}

async fn expire(shared: &Shared) {
    let now = shared.now();
    let before = Timestamp(now.0.saturating_sub(shared.options.event_ttl_ms));
    loop {
        match shared.store().expire(before, BATCH).await {
            Ok(removed) if removed == BATCH => {}
            Ok(_) => return,
            Err(error) => {
                // They stay a little longer.
                tracing::warn!(error = %chain(&error), "events could not be removed");
                return;
            }
        }
    }
}
