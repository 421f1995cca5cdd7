//! A deployed workflow: the IR and what its steps were pinned to.

use serde::{Deserialize, Serialize};

use super::Workflow;
use crate::effect::EffectClass;
use crate::id::Digest;
use crate::limits::StepLimits;

/// What runs refer to. Never changes once stored; its digest is its identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployed {
    /// The workflow.
    pub workflow: Workflow,
    /// For each of [`Workflow::steps`], what it was resolved to when deployed.
    pub pins: Vec<PinnedStep>,
}

/// A step, resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinnedStep {
    /// The plugin.
    pub plugin: String,
    /// Its full version.
    pub version: semver::Version,
    /// The step.
    pub step: String,
    /// The component.
    pub component: Digest,
    /// What its grants made of it when deployed. A later grant does not make a running
    /// workflow's pure step effectful; a later revocation makes its calls fail.
    pub effect: EffectClass,
    /// Its limits, within the operator's ceiling.
    pub limits: StepLimits,
}
