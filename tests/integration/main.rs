//! The one binary of integration tests: the real `segue`, real components, real sockets.
//!
//! One module per topic. Components come from `target/guests`, which `cargo xtask plugins`
//! fills; a test that needs one and does not find it says so.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests stop at the first surprise, and work on their own files and tasks"
)]

mod api;
mod arrivals;
mod cli;
mod crash;
mod guests;
mod host;
mod purity;
mod rulings;
mod sandbox;
mod standard;
mod surviving;
mod tidy;
