//! What every store checks of a commit before it writes anything, in one place, so that all
//! stores refuse the same things for the same reasons.

use segue_model::Timestamp;
use segue_model::event::EVENT_NAME_BYTES_MAX;
use segue_model::time::TIMESTAMP_MAX;

use crate::commit::{CommitError, Fence, ListenerChange, RowChange, RunCommit};
use crate::error::StoreError;
use crate::events::NewEvent;

/// Bytes that one run may commit at once: what a writer holds in memory for a run, and far
/// below what one SQLite row may hold (1 GB). Outputs of steps end at 4 MiB.
pub const COMMIT_BYTES_MAX: usize = 256 << 20;

/// Bytes of an idempotency key: a UUID has 36, and keys stand in an index.
pub const KEY_BYTES_MAX: usize = 512;

/// The highest number of a journal entry: backends pack it into half of a 64-bit key.
pub const SEQ_MAX: u64 = u32::MAX as u64;

/// Bytes of one event's envelope, and of one outbox item: twice what a task may put together.
/// Both are kept whole, beside their run and not as its payloads, so that they outlive it.
pub const BODY_BYTES_MAX: usize = 32 << 20;

/// Bytes of a secret's name.
pub const SECRET_NAME_BYTES_MAX: usize = 512;

/// Bytes of a sealed secret: a chain of certificates has some ten thousand.
pub const SECRET_BYTES_MAX: usize = 1 << 20;

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
    if let Some(reason) = commit.emitted.iter().find_map(|one| event(one).err()) {
        return refuse(reason);
    }
    if let Some(item) = commit
        .outbox
        .iter()
        .find(|item| item.len() > BODY_BYTES_MAX)
    {
        let bytes = item.len();
        return refuse(format!(
            "an outbox item has {bytes} bytes, the limit is {BODY_BYTES_MAX}"
        ));
    }
    Ok(())
}

/// Checks the sizes of an event. The error says what is too large, and the limit.
pub fn event(event: &NewEvent) -> Result<(), String> {
    let names = [
        ("source", &event.source),
        ("id", &event.id),
        ("type", &event.kind),
    ];
    for (what, name) in names {
        if name.len() > EVENT_NAME_BYTES_MAX {
            let bytes = name.len();
            return Err(format!(
                "the {what} of an event has {bytes} bytes, the limit is {EVENT_NAME_BYTES_MAX}"
            ));
        }
    }
    let bytes = event.body.len();
    if bytes > BODY_BYTES_MAX {
        return Err(format!(
            "event `{}` has {bytes} bytes, the limit is {BODY_BYTES_MAX}",
            event.id
        ));
    }
    Ok(())
}

/// Checks events that are to be accepted.
pub fn events(events: &[NewEvent]) -> Result<(), StoreError> {
    match events.iter().find_map(|one| event(one).err()) {
        Some(reason) => Err(StoreError::Refused { reason }),
        None => Ok(()),
    }
}

/// Checks a secret that is to be put.
pub fn secret(name: &str, sealed: &[u8]) -> Result<(), StoreError> {
    let reason = if name.len() > SECRET_NAME_BYTES_MAX {
        let bytes = name.len();
        format!("the name of a secret has {bytes} bytes, the limit is {SECRET_NAME_BYTES_MAX}")
    } else if sealed.len() > SECRET_BYTES_MAX {
        let bytes = sealed.len();
        format!("secret `{name}` has {bytes} bytes, the limit is {SECRET_BYTES_MAX}")
    } else {
        return Ok(());
    };
    Err(StoreError::Refused { reason })
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
        let listeners = self.listeners.iter().map(|change| match change {
            ListenerChange::Set { types, .. } => types.iter().flatten().map(String::len).sum(),
            ListenerChange::Clear { .. } => 0,
        });
        let outside = self.outbox.iter().map(|item| item.len());
        let outside = outside.chain(self.emitted.iter().map(NewEvent::size_bytes));
        let texts = journal.chain(rows).chain(payloads);
        texts.chain(listeners).chain(outside).sum()
    }
}

impl NewEvent {
    /// About how many bytes it carries: texts only.
    pub fn size_bytes(&self) -> usize {
        self.source.len() + self.id.len() + self.kind.len() + self.body.len()
    }
}
