//! A compiled expression: a tree of nodes, resolved and checked, without names.

use std::sync::Arc;

use jaq_core::ops::{Cmp, Math};

use crate::native::Native;

/// One node of a program.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// How many values it can give.
    pub(crate) outputs: Outputs,
}

/// How many values a node can give. Most give at most one, and those are evaluated as plain
/// function calls instead of by calling on with every value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outputs {
    /// None or one.
    AtMostOne,
    /// None or one, provided that so do the functions handed to the definitions around it.
    LikeArguments,
    /// Any number.
    Many,
}

/// What a node does. Variables, functions handed over and labels are counted from the
/// innermost binding outwards.
#[derive(Debug)]
pub(crate) enum Kind {
    Id,
    Empty,
    Null,
    Bool(bool),
    Int(isize),
    Number(String),
    Text(String),
    /// A text with values in it.
    Interpolation(Vec<Piece>),
    /// `tostring`.
    ToText(Box<Node>),
    /// `[f]`; none is `[]`.
    Array(Option<Box<Node>>),
    Object(Vec<(Node, Node)>),
    Negate(Box<Node>),
    Math(Box<Node>, Math, Box<Node>),
    Compare(Box<Node>, Cmp, Box<Node>),
    /// `and` (which stops at false) and `or` (which stops at true).
    Logic(Box<Node>, bool, Box<Node>),
    /// `left // right`.
    Alternative(Box<Node>, Box<Node>),
    Pipe(Box<Node>, Box<Node>),
    /// `source as pattern | body`.
    Bind(Box<Node>, Pattern, Box<Node>),
    Comma(Vec<Node>),
    Try(Box<Node>, Option<Box<Node>>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Fold(Box<Fold>),
    Path(Box<Node>, Vec<Step>),
    /// `path = value`.
    Assign(Box<Node>, Box<Node>),
    /// `path |= f`.
    Update(Box<Node>, Box<Node>),
    /// `path += value` and the like.
    UpdateMath(Box<Node>, Math, Box<Node>),
    /// `path //= value`.
    UpdateAlternative(Box<Node>, Box<Node>),
    /// `..`; an update reaches the leaves first, with `recurse` the root.
    Recurse {
        root_first: bool,
    },
    Variable(usize),
    /// A function handed over.
    Argument(usize),
    Label(Box<Node>),
    Break(usize),
    Call(Call),
    /// A builtin on values.
    Native(&'static Native, Vec<Node>),
    /// A builtin that takes functions.
    Special(Special, Vec<Node>),
}

/// A part of a text with values in it.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(String),
    Value(Node),
}

/// What a bound value is taken apart into.
#[derive(Debug)]
pub(crate) enum Pattern {
    Variable,
    /// Elements by key, in order.
    Parts(Vec<(Node, Pattern)>),
}

/// `reduce` or `foreach`.
#[derive(Debug)]
pub(crate) struct Fold {
    pub(crate) source: Node,
    pub(crate) pattern: Pattern,
    pub(crate) init: Node,
    pub(crate) update: Node,
    pub(crate) emit: Emit,
}

/// What a fold gives.
#[derive(Debug)]
pub(crate) enum Emit {
    /// `reduce`: the last state.
    Last,
    /// `foreach`: every state.
    States,
    /// `foreach` with a third argument: what it makes of every state.
    Extracts(Node),
}

/// A part of a path.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) part: Part,
    /// Marked with `?`.
    pub(crate) optional: bool,
}

/// Where a part of a path leads.
#[derive(Debug)]
pub(crate) enum Part {
    Field(String),
    Index(Node),
    Slice(Option<Node>, Option<Node>),
    Every,
}

/// A call of a definition.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) definition: Arc<Definition>,
    pub(crate) base: Base,
    pub(crate) arguments: Vec<Handed>,
}

/// Which bindings a definition sees.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Base {
    /// None: it belongs to the library.
    Library,
    /// Those of its call, without this many innermost ones.
    Skip(usize),
}

/// An argument of a call.
#[derive(Debug)]
pub(crate) enum Handed {
    /// For `$name`: evaluated at the call, once for each of its values.
    Value(Node),
    /// For `name`: evaluated wherever the definition uses it.
    Function(Node),
}

/// A definition. It cannot reach itself, so the call graph has no cycles.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) body: Node,
    /// Levels of nodes, those of the definitions it calls included: bounds the recursion of
    /// dropping a program.
    pub(crate) depth: u32,
}

/// The builtins that take functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    First,
    Last,
    Limit,
    Skip,
    Range,
    Path,
    PathValue,
    SortBy,
    GroupBy,
    MinBy,
    MaxBy,
    Error,
}
