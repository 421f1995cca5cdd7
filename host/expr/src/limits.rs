//! The limits of an expression, each with its reason.

/// Steps of one evaluation. A step is one node of the program evaluated once, or one element
/// touched by a builtin. A million is far above what glue between two tasks needs, and ends
/// an endless loop in a fraction of a second.
pub const STEPS_MAX: u64 = 1_000_000;

/// Bytes that one evaluation may produce, counted when they are made and never given back, so
/// that live memory stays below it too. Twice the size of any payload worth passing on.
pub const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Levels of arrays and objects in a value. serde_json reads 127 of them; the difference is
/// for the envelopes (journal entries, API answers) that a result travels in.
pub const DEPTH_MAX: u32 = 100;

/// Evaluations inside one another. Functions that are handed to functions can double the depth
/// with every line of source; this keeps the native stack below 1 MiB, half of what a
/// thread of the executor has.
pub const NESTING_MAX: u32 = 256;

/// Levels of nesting in the source of an expression, which is walked recursively.
pub const SOURCE_NESTING_MAX: u32 = 150;

/// Bytes of source. An expression this long belongs in a plugin.
pub const SOURCE_BYTES_MAX: usize = 16 * 1024;

/// Bytes of the message of a failed evaluation; the value that it shows may be of any size.
pub const MESSAGE_BYTES_MAX: usize = 512;

/// Bytes of the source of a regular expression, which an expression may put together itself:
/// one class of two bytes, `\w`, is a table of thousands while it is compiled.
pub const REGEX_SOURCE_BYTES_MAX: usize = 1024;

/// Bytes of a compiled regular expression: counted repetition multiplies its size. `\w{1,100}`
/// with all of Unicode takes half of it.
pub const REGEX_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What one evaluation may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Steps, see [`STEPS_MAX`].
    pub steps: u64,
    /// Produced bytes, see [`BYTES_MAX`].
    pub bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            steps: STEPS_MAX,
            bytes: BYTES_MAX,
        }
    }
}
