//! The embedded store: SQLite with one writer thread and group commit.
//!
//! - One thread owns the only connection that writes. It takes whatever requests are waiting
//!   and commits them in one transaction, with one fsync, and answers after it ([`mod@writer`]).
//! - Reads run on read-only connections beside it and never wait for it.
//! - The data directory belongs to one host, by a file lock that ends with the process.
//! - Tables have a module each; the [schema](schema) is versioned.
//!
//! A run is stored under a small number of its own, so that its rows, its journal and its
//! timers are found by integers and take little space.

mod backup;
mod codec;
mod commit;
mod components;
mod connection;
mod consumed;
mod deployments;
mod directory;
mod events;
mod failure;
mod fence;
mod journal;
mod keys;
mod list;
mod listeners;
mod lock;
mod options;
mod outbox;
mod outside;
mod payloads;
mod pins;
#[cfg(test)]
mod plans;
mod plugins;
mod reads;
mod recovery;
mod rows;
mod runs;
mod schema;
mod secrets;
mod store;
mod timers;
mod workflows;
mod writer;

pub use backup::backup;
pub use options::Options;
pub use schema::SCHEMA_VERSION;
pub use store::SqliteStore;
