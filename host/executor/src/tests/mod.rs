//! Tests of the executor: the real engine and the in-memory store; only the sandbox, the
//! clock and randomness are the tests' own.

mod committing;
mod crashing;
mod deploying;
mod enduring;
mod starting;
mod steering;
pub(crate) mod support;
mod timing;
mod viewing;

/// The first page of runs.
fn all() -> segue_store::Page {
    segue_store::Page {
        before: None,
        limit: 100,
    }
}
