//! One line per turn, for logs and pipes.

use super::super::out::note;
use super::sentence;
use super::story::Turn;

/// Prints turns as they come.
pub(super) struct Lines {
    color: bool,
}

impl Lines {
    pub(super) fn new(color: bool) -> Self {
        Lines { color }
    }

    pub(super) fn show(&mut self, turn: &Turn) {
        if let Some(text) = sentence(turn, self.color) {
            note(&text);
        }
    }
}
