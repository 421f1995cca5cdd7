//! The nouns of Segue: ids, the workflow IR, problems, limits, outcomes. Plain data, no I/O.
//!
//! Every other crate of the host speaks in these words. Nothing here decides anything
//! that depends on time, randomness or the outside world.

pub mod context;
pub mod cron;
pub mod descriptor;
pub mod effect;
pub mod event;
pub mod grant;
pub mod id;
pub mod ir;
pub mod limits;
pub mod outcome;
pub mod payload;
pub mod problem;
pub mod secret;
pub mod time;

pub use context::{Invocation, World};
pub use descriptor::{Capability, PluginDescriptor, StepDescriptor};
pub use effect::EffectClass;
pub use grant::{Grants, HttpGrant};
pub use id::{Digest, IdempotencyKey, RunId, Seed, WorkflowName};
pub use limits::StepLimits;
pub use outcome::{AttemptReport, Outcome, Usage};
pub use payload::Payload;
pub use problem::Problem;
pub use secret::SecretPath;
pub use time::{Span, Timestamp};
