//! What can go wrong with an expression: when it is compiled, and when it is evaluated.

use std::ops::Range;

/// An expression that was refused before it ever ran.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// What is wrong, without the place.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// The place: bytes into the source that was compiled.
    pub span: Range<usize>,
    /// Which kind of refusal it is.
    pub kind: CompileErrorKind,
}

/// The kinds of refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompileErrorKind {
    /// The text is not a jq program.
    Syntax,
    /// A function that does not exist: name and number of arguments, as in `map/1`.
    UnknownFunction(String),
    /// A variable (with its `$`) or label that the slot does not offer.
    UnknownVariable(String),
    /// jq that exists, but not here: it cannot be bounded, or depends on the outside world.
    Refused {
        /// The form, as in `repeat/1`.
        name: String,
        /// The reason.
        why: String,
    },
}

/// An evaluation that gave no usable value. The same program and input always fail the same way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// The expression gave nothing where one value is needed.
    #[error(
        "the expression gives no output, where exactly one value is needed (write `… // null` for a default)"
    )]
    NoOutput,
    /// The expression gave several values where one is needed.
    #[error(
        "the expression gives more than one output, where exactly one is needed (write `[…]` for an array, `first(…)` for the first)"
    )]
    ManyOutputs,
    /// A condition gave something else than true, false, null or nothing.
    #[error(
        "a condition must give true or false, but this gives {found} (write `… != null`, or compare it with something)"
    )]
    NotBoolean {
        /// The type, and the value where it is short.
        found: String,
    },
    /// jq failed: a type error, `error(…)`, or a result that JSON cannot hold.
    #[error("{message}")]
    Failed {
        /// What jq says; at most [`MESSAGE_BYTES_MAX`](crate::limits::MESSAGE_BYTES_MAX) bytes.
        message: String,
    },
    /// It ran for too many steps.
    #[error(
        "the expression takes more than {limit} steps (narrow what it iterates over, or do this work in a plugin)"
    )]
    StepLimit {
        /// The limit that applied.
        limit: u64,
    },
    /// It produced too many bytes.
    #[error(
        "the expression produces more than {limit} bytes (build less, or do this work in a plugin)"
    )]
    ByteLimit {
        /// The limit that applied.
        limit: u64,
    },
    /// It met or made a value nested too deeply.
    #[error("the expression handles a value nested deeper than {limit} levels")]
    DepthLimit {
        /// The limit that applied.
        limit: u32,
    },
    /// Its evaluations nest too deeply.
    #[error(
        "the expression nests evaluations deeper than {limit} levels (use fewer functions that take functions)"
    )]
    NestingLimit {
        /// The limit that applied.
        limit: u32,
    },
}
