//! What an operator deploys and allows: host configuration of plugins, grants and the grant decision.
//!
//! A [`Policy`] is read once from the operator's `segue.toml`; [`decide`] says what a step
//! gets: its grants, the effect class that follows from them, and its limits. Pure data and
//! pure decisions: nothing here reads a file or knows a sandbox.

mod decision;
mod limits;
mod policy;

pub use decision::{StepDecision, decide, refused_imports};
pub use limits::LimitOverrides;
pub use policy::{GRANTS_MAX, PluginPolicy, Policy, PolicyError};
