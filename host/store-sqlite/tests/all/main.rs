//! The SQLite store from outside: conformance, ownership, faults, kills.

mod conformance;
mod crash;
mod directory;
mod faults;
mod grouping;
mod support;
