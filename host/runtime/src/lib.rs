//! The sandbox: load, link, limit, invoke and meter components. The only crate that knows wasmtime.
//!
//! [`Runtime`] is the whole interface: `inspect` says what a component is before anything
//! trusts it, `load` makes it ready, `invoke` runs one attempt of one step in a sandbox of
//! its own and always comes back with an [`segue_model::AttemptReport`]. [`compile_worker`]
//! is the other half: the child process in which components are compiled.

mod bindings;
mod cache;
mod check;
mod compile;
mod describe;
mod egress;
mod engine;
mod invoke;
mod limiter;
mod link;
mod log;
mod meter;
mod observer;
mod options;
mod outcome;
mod runtime;
mod secrets;
mod state;
mod stop;
mod world;

pub use compile::worker::compile_worker;
pub use egress::resolve::{Override, Overrides, Resolve, Resolving, SystemResolver};
pub use observer::{LogLevel, Observer, Silent};
pub use options::{Allocation, Compiler, HostKey, Options, PoolOptions, RuntimeError};
pub use runtime::Runtime;
pub use secrets::{NoSecrets, SecretError, SecretSource, SecretValue};

/// Names that the benchmark needs to build the same engine without the rest.
#[doc(hidden)]
pub mod bench {
    pub use crate::engine::bare_engine;
}
