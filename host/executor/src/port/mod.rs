//! The ports: what the executor needs of the outside and others supply.

mod builtin;
mod entropy;
mod invoker;
mod sink;
mod sleeper;
mod vault;

pub use builtin::Builtin;
pub use entropy::Entropy;
pub use invoker::{Invoker, Observer};
pub use sink::Sink;
pub use sleeper::{Sleeper, TokioSleeper};
pub use vault::Vault;
