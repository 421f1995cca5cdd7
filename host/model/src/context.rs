//! One attempt, as the engine asks for it and the runtime performs it.

use serde::{Deserialize, Serialize};

use crate::grant::Grants;
use crate::id::{Digest, IdempotencyKey, RunId, Seed};
use crate::ir::{AuthScheme, Auths, GrantsOf};
use crate::limits::StepLimits;
use crate::payload::Payload;
use crate::secret::SecretBinding;
use crate::time::Timestamp;

/// Everything that the runtime needs to run one attempt of one step.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The component.
    pub component: Digest,
    /// The plugin as `name:version`, for messages.
    pub plugin: String,
    /// The step.
    pub step: String,
    /// The input, one JSON value.
    pub input: Payload,
    /// What the guest is told of its surroundings.
    pub context: StepContext,
    /// The budget.
    pub limits: StepLimits,
    /// What it may reach.
    pub grants: Grants,
    /// Whose grants those are, so that a refusal names the table that would allow more.
    pub grants_of: GrantsOf,
    /// The world it sees.
    pub world: World,
    /// How its requests prove who they are.
    pub auth: Auths<Authentication>,
    /// The secrets that may replace their placeholders in its requests.
    pub secrets: Vec<SecretBinding>,
}

/// [`crate::ir::Auth`] of one attempt: members are evaluated, with placeholders for secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Authentication {
    /// The scheme.
    pub scheme: AuthScheme,
    /// Its members.
    pub from: AuthMembers,
}

/// Where the members of an authentication are.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthMembers {
    /// Here.
    Inline(Payload),
    /// In the secret of this name, which is an object.
    Secret(String),
}

/// The context that a guest receives (`types.context` of the contract).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepContext {
    /// The run.
    pub run: RunId,
    /// The workflow as `namespace/name:version`.
    pub workflow: String,
    /// The task, as a JSON pointer.
    pub task: String,
    /// How often the task was entered before in this run.
    pub iteration: u32,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Stable over attempts.
    pub idempotency_key: IdempotencyKey,
    /// When the attempt will be stopped.
    pub deadline: Timestamp,
    /// W3C Trace Context `traceparent`.
    pub trace_parent: Option<String>,
}

/// The clocks and the randomness that a guest sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// For pure steps: a frozen wall clock, a monotonic clock that ticks per read, waits
    /// that complete at once, and randomness from the seed.
    Deterministic {
        /// What the wall clock says.
        now: Timestamp,
        /// Where randomness comes from; run, task, iteration and attempt are mixed in.
        seed: Seed,
    },
    /// For effectful steps: real clocks, real waits, real randomness.
    Real,
}
