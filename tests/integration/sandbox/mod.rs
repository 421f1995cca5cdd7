//! The sandbox against real components: every fixture, and what must hold between them.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests stop at the first surprise, and work on their own files and tasks"
)]

mod compiled;
mod egress;
mod fixtures;
pub mod harness;
mod neighbours;
mod pool;
mod purity;
mod tls;
