//! Plugins on the wire: what a component says of itself beside what the operator makes of it.

use segue_executor::{PluginView, StepView};
use segue_model::limits::LimitRequest;
use segue_model::{Capability, EffectClass, Grants, StepDescriptor, StepLimits};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A deployed plugin.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plugin {
    name: String,
    /// Semantic Versioning 2.0.0.
    version: String,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whether it comes with the host. What its steps may reach is then what the calling
    /// workflow may reach.
    builtin: bool,
    /// The component's digest.
    digest: String,
    /// The component's size.
    size_bytes: u64,
    /// The world, for example `segue:plugin/steps@0.1.0`.
    world: String,
    /// What the component imports.
    imports: Vec<String>,
    /// The capabilities that those imports need.
    #[schema(value_type = Vec<String>)]
    capabilities: Vec<Capability>,
    /// The toolchain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    producers: Vec<String>,
    steps: Vec<Step>,
    /// RFC 3339.
    deployed_at: String,
}

/// A step of a plugin.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step {
    /// What workflows call.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// JSON Schema 2020-12.
    #[schema(value_type = serde_json::Value)]
    input_schema: Value,
    /// JSON Schema 2020-12.
    #[schema(value_type = serde_json::Value)]
    output_schema: Value,
    /// The capabilities that it declares.
    #[schema(value_type = Vec<String>)]
    capabilities: Vec<Capability>,
    /// What its author thinks an attempt needs, in the names of `segue.toml`.
    #[schema(value_type = Object)]
    suggested_limits: LimitRequest,
    /// What a workflow that is deployed now gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<StepPolicy>,
}

/// What the operator's configuration makes of a step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepPolicy {
    /// `pure`, or `effectful` where a grant reaches the outside world.
    #[schema(value_type = String)]
    effect: EffectClass,
    /// What it may reach, in the names of `segue.toml`.
    #[schema(value_type = Object)]
    grants: Grants,
    /// Its budget, in the names of `segue.toml`.
    #[schema(value_type = Object)]
    limits: StepLimits,
}

impl From<PluginView> for Plugin {
    fn from(view: PluginView) -> Self {
        let PluginView {
            record,
            builtin,
            mut decisions,
        } = view;
        let descriptor = record.descriptor;
        let mut step = |step: StepDescriptor| {
            let at = decisions
                .iter()
                .position(|decision| decision.step == step.name);
            Step::new(step, at.map(|at| decisions.swap_remove(at)))
        };
        Plugin {
            steps: descriptor.steps.into_iter().map(&mut step).collect(),
            name: descriptor.name,
            version: descriptor.version.to_string(),
            description: descriptor.description,
            builtin,
            digest: descriptor.digest.to_string(),
            size_bytes: descriptor.size_bytes,
            world: descriptor.world,
            imports: descriptor.imports,
            capabilities: descriptor.capabilities,
            producers: descriptor.producers,
            deployed_at: record.deployed_at.rfc3339(),
        }
    }
}

impl Step {
    fn new(step: StepDescriptor, view: Option<StepView>) -> Self {
        Step {
            name: step.name,
            title: step.title,
            description: step.description,
            input_schema: step.input_schema,
            output_schema: step.output_schema,
            capabilities: step.capabilities,
            suggested_limits: step.limits,
            policy: view.map(|view| StepPolicy {
                effect: view.decision.effect,
                grants: view.decision.grants,
                limits: view.decision.limits,
            }),
        }
    }
}

/// Deployed plugins, by name and then by version.
#[derive(Serialize, ToSchema)]
pub(crate) struct Plugins {
    plugins: Vec<Plugin>,
}

impl Plugins {
    pub(crate) fn new(views: Vec<PluginView>) -> Self {
        Plugins {
            plugins: views.into_iter().map(Plugin::from).collect(),
        }
    }
}
