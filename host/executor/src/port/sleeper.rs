//! Sleeping. The time itself always comes from the store's clock.

use std::time::Duration;

use async_trait::async_trait;
use segue_model::Timestamp;

/// Sleeps. A port, so that tests which own the clock need not wait for it.
#[async_trait]
pub trait Sleeper: Send + Sync {
    /// Sleeps from `now`, the store's present time, until about `until`. It may return early
    /// or late: whoever sleeps looks at the clock again. Cancel-safe.
    async fn sleep(&self, now: Timestamp, until: Timestamp);
}

/// Sleeps on tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioSleeper;

/// No sleep is longer: where the store's clock is set forward, a timer is late by no more.
const SLEEP_MS_MAX: u64 = 60_000;

#[async_trait]
impl Sleeper for TokioSleeper {
    async fn sleep(&self, now: Timestamp, until: Timestamp) {
        let ms = until.since(now).min(SLEEP_MS_MAX);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
