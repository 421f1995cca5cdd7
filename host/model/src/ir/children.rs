//! Runs that a run starts: `run: workflow`, and `map`, which starts one for each item.

use serde::{Deserialize, Serialize};

use super::Template;

/// A workflow as another one names it. It is resolved when the child starts, and recorded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorkflowRef {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its version; none is the newest that is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<semver::Version>,
}

/// `run: workflow`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunWorkflow {
    /// Which.
    pub workflow: WorkflowRef,
    /// Its input; none is the transformed input of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Template>,
    /// `await`: the output is the child's. Else the task ends when the child has started,
    /// with its transformed input, and the child is nobody's child.
    pub wait: bool,
}

/// `call: map:1.0.0@default`: a child for each item of an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapCall {
    /// Which.
    pub workflow: WorkflowRef,
    /// The array.
    pub items: Template,
    /// The input of a child, with `$item` and `$index`; none is the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Template>,
    /// Children at once; none is [`MAP_CONCURRENCY`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Template>,
    /// How many children may fail. With it, the elements of the output are `{output: …}` or
    /// `{error: …}`; without it, they are outputs, and the first failure is the task's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerate: Option<Template>,
}

/// Children of a `map` at once, unless it says otherwise.
pub const MAP_CONCURRENCY: u32 = 16;
/// The most children that a `map` may have at once.
pub const MAP_CONCURRENCY_MAX: u32 = 1_000;
