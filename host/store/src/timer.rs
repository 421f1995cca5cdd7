//! Reading timers. They are set and cleared by commits.

use async_trait::async_trait;
use segue_model::{RunId, Timestamp};

use crate::error::StoreError;

/// Runs hash to this many virtual shards; a host owns some of them.
pub const SHARDS: u16 = 1024;

/// The shard of a run: FNV-1a (64 bit) of its id, modulo [`SHARDS`]. Never changes.
pub fn shard_of(run: &RunId) -> u16 {
    let hash = run
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    u16::try_from(hash % u64::from(SHARDS)).unwrap_or_default()
}

/// Reads timers.
#[async_trait]
pub trait ReadTimers: Send + Sync {
    /// Timers of runs in `shards` that are due at the store's present time, earliest first;
    /// those of one moment in no particular order.
    async fn due(
        &self,
        shards: std::ops::Range<u16>,
        limit: usize,
    ) -> Result<Vec<DueTimer>, StoreError>;

    /// When the next timer of those shards is due.
    async fn next_due(&self, shards: std::ops::Range<u16>)
    -> Result<Option<Timestamp>, StoreError>;
}

/// A timer whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueTimer {
    /// Its run.
    pub run: RunId,
    /// Its number within the run.
    pub timer: u64,
    /// When it was due.
    pub at: Timestamp,
}
