//! Tasks: one enum with what each type needs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BlockId, Duration, Export, ExprId, Input, Output, RetryPolicy, StepId, Template};
use crate::limits::LimitRequest;

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name, unique in its block.
    pub name: String,
    /// Where it stands, as a JSON pointer (RFC 6901) into the document: `/do/0/name`.
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
    /// What it does.
    pub kind: TaskKind,
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
