//! What an operator deploys and allows: host configuration of plugins, grants and the grant decision.
//!
//! A [`Policy`] is read once from the operator's `segue.toml`; [`decide`] says what a step
//! gets: its grants, the effect class that follows from them, and its limits. Pure data and
//! pure decisions: nothing here reads a file or knows a sandbox.

mod decision;
mod destination;
mod limits;
mod policy;
mod workflows;

pub use decision::{StepDecision, decide, decide_in, refused_imports};
pub use destination::Destination;
pub use limits::LimitOverrides;
pub use policy::{GRANTS_MAX, PluginPolicy, Policy, PolicyError};
pub use workflows::{HOST_NAMES, WorkflowGrants, WorkflowPolicy, is_host_name};
