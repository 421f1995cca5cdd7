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
    /// `schedule`.
    Schedule,
}

/// Whether `$secrets` may stand in a slot. Its values are placeholders wherever an expression
/// sees them; the host puts the secrets in where a request leaves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// Nowhere.
    #[default]
    No,
    /// As the whole expression: an argument of a plugin's step.
    Whole,
    /// Anywhere inside: an authentication, or `with` of a standard call.
    Inside,
    /// Anywhere inside, and `$authorization` too: `with` of a standard call that has one.
    Authorized,
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
    /// The arguments that the slot always offers, in the order of [`ARGUMENTS`]. `secrets` and
    /// `authorization` depend on [`Secrets`].
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Slot::WorkflowInput | Slot::Schedule => &["workflow", "runtime"],
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
            Slot::Schedule => "`schedule`",
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
    /// Why the task has no siblings.
    pub(crate) lone: Option<Lone>,
}

/// A task that stands alone in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lone {
    /// A branch of a `fork`.
    Branch,
    /// A function.
    Function,
}

impl<'a> Scope<'a> {
    /// What an expression in `slot` may name.
    pub(crate) fn env(self, slot: Slot) -> Env<'a> {
        Env::within(slot, self.variables)
    }
}

/// What an expression may name.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) slot: Slot,
    pub(crate) variables: &'a [Variable<'a>],
    pub(crate) secrets: Secrets,
}

impl<'a> Env<'a> {
    /// A slot inside of loops and catches with these variables.
    pub(crate) fn within(slot: Slot, variables: &'a [Variable<'a>]) -> Env<'a> {
        Env {
            slot,
            variables,
            secrets: Secrets::No,
        }
    }

    /// A slot outside of every loop and catch.
    pub(crate) fn outside(slot: Slot) -> Env<'static> {
        Env::within(slot, &[])
    }

    /// The same slot with secrets.
    pub(crate) fn with(self, secrets: Secrets) -> Env<'a> {
        Env { secrets, ..self }
    }

    fn offers(self, argument: &str) -> bool {
        match argument {
            "secrets" => self.secrets != Secrets::No,
            "authorization" => self.secrets == Secrets::Authorized,
            _ => self.slot.arguments().contains(&argument),
        }
    }

    /// Every name, arguments first, then the variables from the outside in.
    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        let arguments = ARGUMENTS.iter().copied();
        let arguments = arguments.filter(move |argument| self.offers(argument));
        arguments.chain(self.variables.iter().map(|variable| variable.name))
    }
}
