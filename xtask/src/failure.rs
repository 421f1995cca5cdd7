//! Why a chore stopped: what it was doing, what mends it, and the cause underneath.

use std::error::Error;
use std::fmt;

/// A chore's error. `Display` says what failed; the cause is in `source()`.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    mend: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure without a cause underneath.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Failure {
            what: what.into(),
            mend: None,
            cause: None,
        }
    }

    /// Adds what a person can do about it.
    pub(crate) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    /// What a person can do about it, if that is known.
    pub(crate) fn mending(&self) -> Option<&str> {
        self.mend.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

/// Turns any error into a [`Failure`] that says what was being done.
pub(crate) trait Doing<T> {
    /// `what` completes the sentence "could not …".
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|cause| Failure {
            what: format!("could not {}", what()),
            mend: None,
            cause: Some(cause.into()),
        })
    }
}
