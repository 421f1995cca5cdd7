//! What every store checks of a commit before it writes anything, in one place, so that all
//! stores refuse the same things for the same reasons.

use segue_model::Timestamp;
use segue_model::time::TIMESTAMP_MAX;

use crate::commit::{CommitError, Fence, RowChange, RunCommit};

/// Bytes that one run may commit at once: what a writer holds in memory for a run, and far
/// below what one SQLite row may hold (1 GB). Outputs of steps end at 4 MiB.
pub const COMMIT_BYTES_MAX: usize = 256 << 20;

/// Bytes of an idempotency key: a UUID has 36, and keys stand in an index.
pub const KEY_BYTES_MAX: usize = 512;

/// The highest number of a journal entry: backends pack it into half of a 64-bit key.
pub const SEQ_MAX: u64 = u32::MAX as u64;

/// Checks a commit against what the store has. `found` is the number of the run's last
/// journal entry, or `None` where the run does not exist. Whether the idempotency key of a
/// new run is free is left to the store.
pub fn check(commit: &RunCommit, fence: Fence, found: Option<u64>) -> Result<(), CommitError> {
    if commit.fence != fence {
        return Err(CommitError::Fenced {
            run: commit.run.clone(),
            token: commit.fence,
        });
    }
    if commit.create.is_some() == found.is_some() {
        return Err(CommitError::Existence {
            run: commit.run.clone(),
            exists: found.is_some(),
        });
    }
    let found = found.unwrap_or(0);
    if commit.expected_seq != found {
        return Err(CommitError::Stale {
            run: commit.run.clone(),
            expected: commit.expected_seq,
            found,
        });
    }
    check_numbering(commit)?;
    check_sizes(commit)
}

fn check_numbering(commit: &RunCommit) -> Result<(), CommitError> {
    let first = commit.expected_seq.saturating_add(1);
    let gapless = commit
        .journal
        .iter()
        .zip(first..)
        .all(|(row, seq)| row.seq == seq);
    if gapless {
        Ok(())
    } else {
        Err(CommitError::Numbering {
            run: commit.run.clone(),
            expected: first,
        })
    }
}

fn check_sizes(commit: &RunCommit) -> Result<(), CommitError> {
    let refuse = |reason: String| {
        Err(CommitError::Refused {
            run: commit.run.clone(),
            reason,
        })
    };
    let bytes = commit.size_bytes();
    if bytes > COMMIT_BYTES_MAX {
        return refuse(format!(
            "its commit has {bytes} bytes, the limit is {COMMIT_BYTES_MAX}"
        ));
    }
    let key = commit.create.as_ref().and_then(|new| new.key.as_ref());
    let key_bytes = key.map_or(0, |(key, _)| key.len());
    if key_bytes > KEY_BYTES_MAX {
        return refuse(format!(
            "its idempotency key has {key_bytes} bytes, the limit is {KEY_BYTES_MAX}"
        ));
    }
    if commit.last_seq() > SEQ_MAX {
        return refuse(format!("its journal would pass {SEQ_MAX} entries"));
    }
    Ok(())
}

/// The time that a timer is stored with: not beyond the last that can be written as a date.
pub fn timer_time(at: Timestamp) -> Timestamp {
    at.min(TIMESTAMP_MAX)
}

impl RunCommit {
    /// The number of the run's last journal entry after this commit.
    pub fn last_seq(&self) -> u64 {
        self.expected_seq.saturating_add(self.journal.len() as u64)
    }

    /// About how many bytes it carries: texts only.
    pub fn size_bytes(&self) -> usize {
        let journal = self
            .journal
            .iter()
            .map(|row| row.entry.len() + row.observed.len());
        let rows = self.rows.iter().map(|row| match row {
            RowChange::Put(row) => row.body.len(),
            RowChange::Delete(_) => 0,
        });
        let payloads = self.payloads.iter().map(|(_, text)| text.len());
        journal.chain(rows).chain(payloads).sum()
    }
}
