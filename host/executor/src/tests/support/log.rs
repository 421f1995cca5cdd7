//! What happened, in order: commits and invocations in one list.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tests) enum Line {
    /// The store took a commit with entries up to this number.
    Commit(u64),
    /// An attempt was invoked: its step and number.
    Invoke(String, u32),
    /// An attempt gave its outcome.
    Report(String, u32),
}

/// The list. Clones share it.
#[derive(Clone, Default)]
pub(in crate::tests) struct Log(Arc<(Mutex<Vec<Line>>, Notify)>);

impl Log {
    pub(in crate::tests) fn push(&self, line: Line) {
        self.0
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
        self.0.1.notify_waiters();
    }

    pub(in crate::tests) fn lines(&self) -> Vec<Line> {
        self.0
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until `line` happened.
    pub(in crate::tests) async fn wait_for(&self, line: &Line) {
        loop {
            let changed = self.0.1.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.lines().contains(line) {
                return;
            }
            changed.await;
        }
    }

    /// How many commits the store took.
    pub(in crate::tests) fn commits(&self) -> usize {
        let lines = self.lines();
        lines
            .iter()
            .filter(|line| matches!(line, Line::Commit(_)))
            .count()
    }

    /// Where in the list `line` stands.
    pub(in crate::tests) fn at(&self, line: &Line) -> usize {
        let lines = self.lines();
        let at = lines.iter().position(|other| other == line);
        at.unwrap_or_else(|| panic!("{line:?} is not in {lines:?}"))
    }
}

/// `step#1` was invoked.
pub(in crate::tests) fn invoke(step: &str, attempt: u32) -> Line {
    Line::Invoke(step.to_owned(), attempt)
}
