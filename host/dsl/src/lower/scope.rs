//! What may be named at a place: tasks to go to, and variables of expressions.

use std::ops::Range;

use crate::syntax::Entry;

/// Where an expression stands, which decides the arguments that it sees
/// (DSL 1.0.3, "Runtime expression arguments").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The workflow's `input.from`, and its `timeout`.
    WorkflowInput,
    /// A task's `if` and `input.from`.
    TaskInput,
    /// A task's definition and `output.as`.
    Definition,
    /// A task's `export.as`.
    Export,
    /// The workflow's `output.as`.
    WorkflowOutput,
}

/// The arguments of expressions, in the order in which the engine passes them.
pub(crate) const ARGUMENTS: [&str; 8] = [
    "context",
    "input",
    "output",
    "secrets",
    "authorization",
    "task",
    "workflow",
    "runtime",
];

impl Slot {
    /// The arguments that the slot offers, in the order of [`ARGUMENTS`]. `secrets` and
    /// `authorization` belong to standard calls, which are not supported.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Slot::WorkflowInput => &["workflow", "runtime"],
            Slot::TaskInput => &["context", "task", "workflow", "runtime"],
            Slot::Definition => &["context", "input", "task", "workflow", "runtime"],
            Slot::Export => &["context", "input", "output", "task", "workflow", "runtime"],
            Slot::WorkflowOutput => &["context", "workflow", "runtime"],
        }
    }

    /// The slot, as a message says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Slot::WorkflowInput => "the workflow's `input.from` and `timeout`",
            Slot::TaskInput => "`if` and `input.from` of a task",
            Slot::Definition => "the definition of a task and its `output.as`",
            Slot::Export => "`export.as`",
            Slot::WorkflowOutput => "the workflow's `output.as`",
        }
    }
}

/// A variable of a loop or a catch.
#[derive(Clone)]
pub(crate) struct Variable<'t> {
    pub(crate) name: &'t str,
    /// Where it is named, or the task that has it by default.
    pub(crate) span: Range<usize>,
}

/// A block from the inside.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The tasks of the block, which `then` may name.
    pub(crate) tasks: &'a [Entry<'a>],
    /// The variables around the block, from the outside in.
    pub(crate) variables: &'a [Variable<'a>],
}

impl<'a> Scope<'a> {
    /// What an expression in `slot` may name.
    pub(crate) fn env(self, slot: Slot) -> Env<'a> {
        Env {
            slot,
            variables: self.variables,
        }
    }
}

/// What an expression may name.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) slot: Slot,
    pub(crate) variables: &'a [Variable<'a>],
}

impl<'a> Env<'a> {
    /// A slot outside of every loop and catch.
    pub(crate) fn outside(slot: Slot) -> Env<'static> {
        Env {
            slot,
            variables: &[],
        }
    }

    /// Every name, arguments first, then the variables from the outside in.
    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        let arguments = self.slot.arguments().iter().copied();
        arguments.chain(self.variables.iter().map(|variable| variable.name))
    }
}
