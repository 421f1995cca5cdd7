//! Tasks: one enum with what each type needs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Auth, Auths, BlockId, Duration, Emit, Export, ExprId, Input, Listen, MapCall, Output,
    RetryPolicy, RunWorkflow, SchemaId, StepId, Template,
};
use crate::limits::LimitRequest;

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name, unique in its block.
    pub name: String,
    /// Where it stands, as a JSON pointer (RFC 6901) into the document: `/do/0/name`. In a
    /// function of a catalog: the function as the document calls it, `#`, and the pointer into
    /// the function (`log:1.0.0@ours#/do/0/name`).
    pub pointer: String,
    /// Its definition as JSON, for `$task.definition`.
    pub definition: Value,
    /// `if`: skip the task where this is false.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<ExprId>,
    /// `input`.
    #[serde(default)]
    pub input: Input,
    /// `output`.
    #[serde(default)]
    pub output: Output,
    /// `export`.
    #[serde(default)]
    pub export: Export,
    /// `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// `then`.
    #[serde(default)]
    pub then: Flow,
    /// Extensions that stand around it, the first declared outermost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub around: Vec<Around>,
    /// What it does.
    pub kind: TaskKind,
}

/// An extension (`use.extensions`) around one task. Its blocks get the task's raw input; what
/// they return is dropped, except that `then: exit` in `before` skips the task, whose raw
/// output is then the output of the task that said so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Around {
    /// The extension's name.
    pub name: String,
    /// Only where this holds; its `$task` is the extended task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ExprId>,
    /// Run before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<BlockId>,
    /// Run after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<BlockId>,
}

/// Where to go when a task has completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// The next task of the block; its end completes the block.
    #[default]
    Continue,
    /// Leave the block.
    Exit,
    /// End the workflow.
    End,
    /// The task at this position of the same block.
    Task(u32),
}

/// What a task does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TaskKind {
    /// Run a block.
    Do {
        /// The block.
        body: BlockId,
    },
    /// Run a step of a plugin.
    Call(Call),
    /// Return a value.
    Set {
        /// The value.
        value: Template,
    },
    /// Choose where to go.
    Switch {
        /// In order; the first whose condition holds wins, else the one without condition.
        cases: Vec<Case>,
    },
    /// Run a block for each item of an array.
    For(ForLoop),
    /// Run a block and handle its errors.
    Try {
        /// The block.
        body: BlockId,
        /// The handler.
        catch: Catch,
    },
    /// Raise an error.
    Raise {
        /// The error.
        error: RaisedError,
    },
    /// Wait.
    Wait {
        /// How long.
        duration: Duration,
    },
    /// Run branches side by side.
    Fork {
        /// In declaration order; each is a block of one task.
        branches: Vec<Branch>,
        /// Whether the first success wins.
        compete: bool,
    },
    /// Publish an event.
    Emit(Emit),
    /// Consume events.
    Listen(Listen),
    /// Start another workflow.
    Run(RunWorkflow),
    /// Start a workflow for each item of an array.
    Map(MapCall),
    /// Wait for somebody outside.
    AwaitCallback(AwaitCallback),
    /// Call a function of the document or of a catalog: a block that sees no variable of its
    /// caller, and has a `$context` of its own that starts as null.
    Function(FunctionCall),
    /// The endless task of a schedule; stands only in [`super::Workflow::schedule`].
    Schedule(super::Schedule),
}

/// A branch of a `fork`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// Its task's name.
    pub name: String,
    /// A block of one task.
    pub body: BlockId,
}

/// `call: <function>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionCall {
    /// The function as the document names it.
    pub name: String,
    /// A block of one task: the function.
    pub body: BlockId,
    /// Its input; none is the transformed input of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Template>,
}

/// `call: await-callback:1.0.0@default`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwaitCallback {
    /// What a person is asked; text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Template>,
    /// More of it; text, Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Template>,
    /// Anything that whoever answers should see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Template>,
    /// The schema of the answer, from which a form can be made; an answer that does not
    /// match is refused and the task goes on waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<SchemaId>,
    /// After this the task fails with a timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
}

/// `call`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The step.
    pub step: StepId,
    /// Its input. Without `with`, the transformed input of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Template>,
    /// Limits from `metadata.segue.limits`, within the operator's ceiling.
    #[serde(default)]
    pub limits: LimitRequest,
    /// Whose grants it uses.
    #[serde(default)]
    pub grants: GrantsOf,
    /// How a standard call proves who it is.
    #[serde(default, skip_serializing_if = "Auths::is_empty")]
    pub auth: Auths<Auth>,
}

/// Whose grants a call uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantsOf {
    /// Those of the plugin that has the step.
    #[default]
    Plugin,
    /// Those of the calling workflow: standard calls and scripts, whose plugins come with
    /// the host.
    Workflow,
}

/// A case of a `switch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The condition; none for the default case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ExprId>,
    /// Where to go.
    pub then: Flow,
}

/// `for`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForLoop {
    /// The name of the item variable, without `$`.
    pub each: String,
    /// The name of the index variable, without `$`.
    pub at: String,
    /// The array.
    #[serde(rename = "in")]
    pub items: Template,
    /// Checked before each iteration.
    #[serde(default, rename = "while", skip_serializing_if = "Option::is_none")]
    pub condition: Option<ExprId>,
    /// The block.
    pub body: BlockId,
}

/// `catch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catch {
    /// `errors.with`: only errors that match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<ErrorFilter>,
    /// The name of the error variable, without `$`.
    #[serde(rename = "as")]
    pub variable: String,
    /// Only where this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ExprId>,
    /// Not where this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except_when: Option<ExprId>,
    /// Try again first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// `do`: run this when retrying is over.
    #[serde(default, rename = "do", skip_serializing_if = "Option::is_none")]
    pub body: Option<BlockId>,
    /// Where to go after an error was handled, instead of the task's own `then`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Flow>,
}

/// The members that an error must have to be caught; absent ones match anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorFilter {
    /// Its type; standard types of the specification match by their last segment.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The error of a `raise`; members may be expressions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaisedError {
    /// The type, a URI.
    #[serde(rename = "type")]
    pub kind: Template,
    /// The status.
    pub status: Template,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Template>,
    /// The detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Template>,
}
