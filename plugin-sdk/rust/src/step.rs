//! What a plugin author implements: a step, what it needs, and what it is allowed to reach.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Context, StepError};

/// One step of a plugin.
pub trait Step {
    /// What a workflow calls: lower-case letters, digits and hyphens, starting with a letter.
    const NAME: &str;
    /// A short human title.
    const TITLE: Option<&str> = None;
    /// What the step does, in Markdown.
    const DESCRIPTION: Option<&str> = None;
    /// What the step may reach. Without any, it is pure.
    const CAPABILITIES: &[Capability] = &[];
    /// Limits that fit the step; the operator's ceiling wins.
    const LIMITS: Limits = Limits::UNSPECIFIED;

    /// What the workflow hands over as `with`. Its JSON Schema is part of the plugin, and the
    /// host checks it.
    type Input: DeserializeOwned + JsonSchema;
    /// What the step returns. Its JSON Schema is part of the plugin.
    type Output: Serialize + JsonSchema;

    /// Does the work of one attempt.
    fn run(context: &Context, input: Self::Input) -> Result<Self::Output, StepError>;
}

/// What a step may be allowed to reach outside of its sandbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Capability {
    /// Outgoing HTTP, to the destinations that the operator grants.
    Http,
}

/// Limits that the author thinks fit; `None` leaves one to the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Units of fuel, about one per WebAssembly instruction.
    pub fuel: Option<u64>,
    /// Linear memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// Wall-clock time of one attempt.
    pub time: Option<Duration>,
}

impl Limits {
    /// Leaves every limit to the host.
    pub const UNSPECIFIED: Limits = Limits {
        fuel: None,
        memory_bytes: None,
        time: None,
    };
}
