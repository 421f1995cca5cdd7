//! Time that passes only while nobody has anything to do.

use std::time::Duration;

use async_trait::async_trait;
use segue_model::Timestamp;
use segue_store::ManualClock;

use crate::Sleeper;

/// Sleeps on tokio's paused clock, which jumps to the next sleeper's time once every task
/// waits; the store's clock follows whoever wakes. No test sleeps for real, and none depends
/// on how fast the machine is.
pub(in crate::tests) struct JumpingSleeper(ManualClock);

impl JumpingSleeper {
    pub(in crate::tests) fn new(clock: ManualClock) -> Self {
        JumpingSleeper(clock)
    }
}

#[async_trait]
impl Sleeper for JumpingSleeper {
    async fn sleep(&self, now: Timestamp, until: Timestamp) {
        tokio::time::sleep(Duration::from_millis(until.since(now))).await;
        self.0.advance_to(until);
    }
}
