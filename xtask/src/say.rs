//! What a chore tells on the terminal: one `==>` line for each thing it does.

use std::error::Error;

use crate::failure::Failure;

/// Announces a step that takes time or changes something.
pub(crate) fn step(text: &str) {
    eprintln!("==> {text}");
}

/// A line that belongs to the step before.
pub(crate) fn detail(text: &str) {
    eprintln!("    {text}");
}

/// Shows a failure with all its causes, and then what mends it.
pub(crate) fn failure(failure: &Failure) {
    eprintln!("xtask: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    if let Some(mend) = failure.mending() {
        eprintln!("  to mend: {mend}");
    }
}
