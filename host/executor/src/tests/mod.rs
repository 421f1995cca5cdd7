//! Tests of the executor: the real engine and the in-memory store; only the sandbox, the
//! clock and randomness are the tests' own.

mod awaiting;
mod committing;
mod crashing;
mod deploying;
mod enduring;
mod granting;
mod hearing;
mod nesting;
mod outages;
mod retaining;
mod scheduling;
mod starting;
mod steering;
pub(crate) mod support;
mod telling;
mod timing;
mod viewing;

/// The first page of runs.
fn all() -> segue_store::Page {
    segue_store::Page {
        before: None,
        limit: 100,
    }
}
