//! The egress against real servers on loopback, without a guest.

#![allow(clippy::disallowed_methods, reason = "tests own their tasks")]

mod attempt;
mod authentication;
mod authority;
mod server;
mod values;

pub(crate) use attempt::invocation;
