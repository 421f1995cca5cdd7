//! The SQLite store from outside: conformance, ownership, faults, kills.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests: a panic is how they fail, and they look at files from outside"
)]

mod backup;
mod conformance;
mod crash;
mod damage;
mod directory;
mod faults;
mod grouping;
mod log;
mod payloads;
mod support;
