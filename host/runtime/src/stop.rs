//! The typed signals by which a host function or a limiter ends a guest.

use std::fmt;

use segue_model::outcome::Stop;

/// Ends the guest with a typed stop. Travels through wasmtime as an error and is found
/// again by downcasting (see [`crate::outcome`]).
#[derive(Debug)]
pub(crate) struct StopSignal {
    pub(crate) stop: Stop,
    pub(crate) detail: String,
}

impl StopSignal {
    pub(crate) fn new(stop: Stop, detail: impl Into<String>) -> Self {
        StopSignal {
            stop,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for StopSignal {}

/// Ends the guest because the host could not do its part.
#[derive(Debug)]
pub(crate) struct HostFailure(pub(crate) String);

impl fmt::Display for HostFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostFailure {}
