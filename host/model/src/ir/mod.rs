//! The workflow IR: what the engine executes. Front ends compile to it; the Open Workflow
//! Specification front end is segue-dsl.
//!
//! Tasks, blocks, expressions and schemas stand in arenas and refer to each other by index,
//! so that state rows can name a place in the workflow in a few bytes.

mod auth;
mod children;
mod data;
mod deployed;
mod events;
mod retry;
mod schedule;
mod task;

pub use auth::{Auth, AuthScheme, AuthSource, Auths};
pub use children::{MAP_CONCURRENCY, MAP_CONCURRENCY_MAX, MapCall, RunWorkflow, WorkflowRef};
pub use data::{Export, Input, Output, Template};
pub use deployed::{Deployed, PinnedStep};
pub use events::{Correlation, Emit, Filter, Foreach, Listen, Read, Strategy, Test, Until};
pub use retry::{BACKOFF_CAP_MS, BACKOFF_FACTOR, Backoff, Jitter, RetryPolicy};
pub use schedule::{CATCH_UP_MAX, CatchUp, Overlap, Schedule, Trigger};
pub use task::{
    Around, AwaitCallback, Branch, Call, Case, Catch, ErrorFilter, Flow, ForLoop, FunctionCall,
    GrantsOf, RaisedError, Task, TaskKind,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::WorkflowName;
use crate::secret::SecretPath;
use crate::time::Span;

/// The version of this IR. It changes when an older engine could misread a newer IR.
pub const IR_VERSION: u32 = 2;

macro_rules! index {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The index into its arena.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index! {
    /// An expression of [`Workflow::expressions`].
    ExprId
}
index! {
    /// A schema of [`Workflow::schemas`].
    SchemaId
}
index! {
    /// A task of [`Workflow::tasks`].
    TaskId
}
index! {
    /// A block of [`Workflow::blocks`].
    BlockId
}
index! {
    /// A step of [`Workflow::steps`].
    StepId
}

/// A whole workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// [`IR_VERSION`] of the writer.
    pub ir_version: u32,
    /// Namespace, name and version.
    pub name: WorkflowName,
    /// The title, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The whole document as JSON, for `$workflow.definition`.
    pub definition: Value,
    /// How the workflow's input is checked and transformed.
    pub input: Input,
    /// How its output is transformed and checked.
    pub output: Output,
    /// The time that the whole run may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// The block that a run starts with.
    pub body: BlockId,
    /// Task lists: the tasks of a block run in order, and `then` names tasks of the same block.
    pub blocks: Vec<Vec<TaskId>>,
    /// All tasks.
    pub tasks: Vec<Task>,
    /// All expressions.
    pub expressions: Vec<Expression>,
    /// All JSON Schemas.
    pub schemas: Vec<Value>,
    /// The distinct steps that the workflow calls.
    pub steps: Vec<StepRef>,
    /// The secrets that it declares (`use.secrets`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// The places inside of secrets that its expressions name (`$secrets.mail.password`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret_paths: Vec<SecretPath>,
    /// `schedule`: a block of one [`TaskKind::Schedule`], which the schedule role runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<BlockId>,
}

/// An expression and the variables that its slot offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// jq, without `${ }`.
    pub source: String,
    /// The names that may stand in it, without `$`, in the order in which the engine passes
    /// their values.
    pub variables: Vec<String>,
}

/// A length of time in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duration {
    /// Known when deployed.
    Fixed(Span),
    /// An expression that gives an ISO 8601 string or a duration object.
    Dynamic(ExprId),
}

/// A step as a workflow names it: `call: plugin/step:version@default`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepRef {
    /// The plugin.
    pub plugin: String,
    /// The step; absent where the plugin has just one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// A full or partial version: `1`, `1.2`, `1.2.3`.
    pub version: String,
}

impl std::fmt::Display for StepRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.step {
            Some(step) => write!(f, "{}/{}:{}@default", self.plugin, step, self.version),
            None => write!(f, "{}:{}@default", self.plugin, self.version),
        }
    }
}

impl Workflow {
    /// The task at `id`; `None` only in an IR that was not made by a front end.
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id.index())
    }

    /// The tasks of a block.
    pub fn block(&self, id: BlockId) -> &[TaskId] {
        self.blocks.get(id.index()).map_or(&[], Vec::as_slice)
    }
}
