//! The ports: what the executor needs of the outside and others supply.

mod entropy;
mod invoker;
mod sleeper;

pub use entropy::Entropy;
pub use invoker::{Invoker, Observer};
pub use sleeper::{Sleeper, TokioSleeper};
