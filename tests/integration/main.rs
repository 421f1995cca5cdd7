//! The one binary of integration tests: the real `segue`, real components, real sockets.
//!
//! One module per topic. Components come from `target/guests`, which `cargo xtask plugins`
//! fills; a test that needs one and does not find it says so.

mod guests;
mod sandbox;
