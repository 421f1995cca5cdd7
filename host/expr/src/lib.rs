//! jq behind bounds: steps and produced bytes are counted, only deterministic builtins exist.
//!
//! The language is jq as jaq has it: jaq reads the source and brings the definitions of the
//! standard library, and the tests hold random programs against it. What differs:
//!
//! - What cannot be bounded, or depends on the outside world, is refused when the expression is
//!   compiled: recursive definitions, `repeat`, `while`, `until`, `recurse(f)`, `input`, `env`,
//!   `now`, time zones, `debug`, `halt`, modules (see [`CompileErrorKind::Refused`]).
//! - Everything else is counted while it runs ([`Bounds`]), and fails with the limit it met.
//! - Removing a field keeps the order of the others. Keys of objects are texts. There are no byte
//!   strings: what is no UTF-8 becomes U+FFFD. `fromjson` reads one strict JSON text.
//! - A number is what serde_json can hold: see [`EvalError::Failed`] for NaN and the infinities;
//!   whole numbers are exact while jq works with them, and beyond 2⁶⁴-1 or below -2⁶³ the
//!   result is the nearest double.
//! - Regular expressions have no look-around and no back-references, and all of Unicode.
//! - Added: `@csv`, `@tsv`, `IN`, `INDEX`, `ascii`, `toarray`.
//!
//! The same program, values and bounds always give the same outcome, limits included.

mod compile;
mod embedding;
mod error;
mod eval;
pub mod limits;
mod meter;
mod native;
mod program;
mod term;
mod value;

pub use embedding::{Embedding, embedding, interpolated, unwrapped};
pub use error::{CompileError, CompileErrorKind, EvalError};
pub use limits::Bounds;
pub use program::{Program, Read};

/// The names of the functions that expressions may call, sorted: candidates for "did you mean".
pub fn builtin_names() -> Vec<&'static str> {
    compile::builtin_names()
}

#[cfg(test)]
mod tests;
