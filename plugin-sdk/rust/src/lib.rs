//! Write step plugins for the Segue workflow host.
//!
//! A plugin is a WebAssembly component with one or more *steps*. Each step is a type that
//! implements [`Step`] (the type of its input, or one of its own): it takes a typed input, returns a typed output, and is called once in
//! a fresh sandbox for every attempt. [`export!`] makes a plugin of the steps; its name and
//! version are those of the Cargo package.
//!
//! ```
//! use segue_plugin::{Context, Step, StepError};
//!
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Greet {
//!     name: String,
//! }
//! impl Step for Greet {
//!     const NAME: &str = "greet";
//!     type Input = Self;
//!     type Output = String;
//!     fn run(_: &Context, input: Self) -> Result<String, StepError> {
//!         Ok(format!("Hello, {}!", input.name))
//!     }
//! }
//! segue_plugin::export!(Greet);
//! # fn main() {}
//! ```
//!
//! Build it as a `cdylib` for `wasm32-wasip2`, or for `wasm32-unknown-unknown` with
//! `wasm-component-ld` as the linker; the `.wasm` that comes out is the plugin. A workflow
//! calls the step as `call: <package>/greet:<version>@default`, or just
//! `<package>:<version>@default` while it is the only one.
//!
//! # Rules of the sandbox
//!
//! - A step that declares no [capability](Step::CAPABILITIES) is *pure*: the clock stands
//!   still, randomness is seeded by the run, and the host may run an attempt again after a
//!   crash and expect the same output.
//! - A step with a capability runs at least once. Hand [`Context::idempotency_key`] to
//!   whatever must not happen twice; the [`http`] client's requests carry it already.
//! - Return a [`StepError`] for every failure that you foresee. A panic is logged and fails
//!   the attempt as a defect.

mod context;
mod error;
mod plugin;
mod schema;
mod step;

#[cfg(feature = "http")]
pub mod http;
pub mod log;

#[doc(hidden)]
pub mod __private;

pub use context::{Context, progress};
pub use error::StepError;
pub use step::{Capability, Limits, Step};

/// The JSON Schema library that [`Step::Input`] and [`Step::Output`] derive with.
pub use schemars;
/// The serialisation library that [`Step::Input`] and [`Step::Output`] derive with.
pub use serde;
/// JSON values.
pub use serde_json;
