//! Faults that tests plan: what may go wrong with a store, without a broken disk.

use std::sync::{Mutex, PoisonError};

use crate::error::StoreError;

/// What can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `commit` and `forget`.
    Commit,
    /// `probe`.
    Probe,
    /// `begin_recovery`.
    Recovery,
    /// Every other read of runs, timers, payloads and deployments.
    Read,
    /// Writes of plugins and workflows.
    Deploy,
    /// `accept` and `expire`.
    Accept,
    /// Reads of the inbox and of listeners.
    Offer,
    /// `outbox`.
    Outbox,
    /// `done`.
    Done,
    /// Reads and writes of secrets.
    Secret,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// [`StoreError::Full`]; nothing was written.
    Full,
    /// [`StoreError::Backend`]; nothing was written.
    Fails,
    /// [`StoreError::Backend`], but everything was written: the caller cannot know.
    Unacknowledged,
    /// The call never returns; nothing was written.
    Hangs,
}

/// The faults that were planned and did not strike yet.
#[derive(Default)]
pub(super) struct Faults(Mutex<Vec<Planned>>);

struct Planned {
    operation: Operation,
    /// How many operations of that kind are left, the failing one included.
    left: u64,
    fault: Fault,
}

impl Faults {
    pub(super) fn plan(&self, operation: Operation, nth: u64, fault: Fault) {
        let left = nth.max(1);
        self.planned().push(Planned {
            operation,
            left,
            fault,
        });
    }

    /// Counts one operation; returns the fault that is planned for it.
    pub(super) fn strike(&self, operation: Operation) -> Option<Fault> {
        let mut planned = self.planned();
        for one in planned.iter_mut().filter(|p| p.operation == operation) {
            one.left -= 1;
        }
        let due = planned.iter().position(|p| p.left == 0)?;
        Some(planned.remove(due).fault)
    }

    fn planned(&self) -> std::sync::MutexGuard<'_, Vec<Planned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a backend would report.
pub(super) fn failure() -> StoreError {
    StoreError::Backend {
        during: "met a planned fault",
        source: "the test planned this fault".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_once_and_at_its_turn() {
        let faults = Faults::default();
        faults.plan(Operation::Commit, 2, Fault::Full);
        faults.plan(Operation::Read, 1, Fault::Fails);
        assert_eq!(faults.strike(Operation::Commit), None);
        assert_eq!(faults.strike(Operation::Commit), Some(Fault::Full));
        assert_eq!(faults.strike(Operation::Commit), None);
        assert_eq!(faults.strike(Operation::Read), Some(Fault::Fails));
    }
}
