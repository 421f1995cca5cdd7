//! What is known of a component once it was inspected.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::Digest;
use crate::limits::LimitRequest;

/// Something outside the sandbox that a step may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Outgoing HTTP (`wasi:http/outgoing-handler`).
    Http,
}

impl Capability {
    /// Its name in configuration.
    pub fn name(self) -> &'static str {
        match self {
            Capability::Http => "http",
        }
    }
}

/// A plugin: its identity, its steps and what its component imports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginDescriptor {
    /// The plugin's name.
    pub name: String,
    /// Its version.
    pub version: semver::Version,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The digest of the component.
    pub digest: Digest,
    /// The component's size in bytes.
    pub size_bytes: u64,
    /// The world, for example `segue:plugin/steps@0.1.0`.
    pub world: String,
    /// What the component imports, as `package/interface@version`, in order.
    pub imports: Vec<String>,
    /// The capabilities that those imports need.
    pub capabilities: Vec<Capability>,
    /// The toolchain, as far as the component's producers section says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub producers: Vec<String>,
    /// The steps, in the order of `describe`.
    pub steps: Vec<StepDescriptor>,
}

/// One step of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepDescriptor {
    /// The name that workflows call.
    pub name: String,
    /// A short human title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it does, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema (2020-12) of the input.
    pub input_schema: Value,
    /// JSON Schema (2020-12) of the output.
    pub output_schema: Value,
    /// The capabilities that it declares.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// The limits that its author suggests.
    #[serde(default)]
    pub limits: LimitRequest,
}

impl PluginDescriptor {
    /// The step of that name.
    pub fn step(&self, name: &str) -> Option<&StepDescriptor> {
        self.steps.iter().find(|s| s.name == name)
    }
}
