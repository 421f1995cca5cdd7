//! The budget of one evaluation: everything that takes time or memory is charged here first.

use crate::error::EvalError;
use crate::limits::{Bounds, DEPTH_MAX, NESTING_MAX};
use crate::native::regex::Cache;
use crate::value::fault::Fault;

/// Nominal bytes of a value in an array. Nominal sizes are constants rather than measured, so
/// that the same expression meets the same limit on every machine and in every build.
pub(crate) const VALUE_BYTES: u64 = 32;
/// Nominal bytes of a field of an object, without its key's text.
pub(crate) const FIELD_BYTES: u64 = 96;
/// Nominal bytes of an array, object or text itself.
pub(crate) const BOX_BYTES: u64 = 48;
/// Bytes of text that are scanned or copied within one step.
const SCAN_BYTES: u64 = 64;

/// A limit that was hit. It ends the evaluation; no `try` of jq catches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Steps,
    Bytes,
    Depth,
    Nesting,
}

/// Why an evaluation does not go on.
#[derive(Debug, Clone)]
pub(crate) enum Stop<'a> {
    /// An error of jq, which `try` catches.
    Fault(Box<Fault<'a>>),
    /// `break` to the label that drew this number.
    Break(u64),
    /// A limit.
    Limit(Limit),
}

impl From<Limit> for Stop<'_> {
    fn from(limit: Limit) -> Self {
        Stop::Limit(limit)
    }
}

impl<'a> From<Fault<'a>> for Stop<'a> {
    fn from(fault: Fault<'a>) -> Self {
        Stop::Fault(Box::new(fault))
    }
}

/// The budget that is left. One per evaluation, handed down by reference.
pub(crate) struct Meter {
    bounds: Bounds,
    steps: u64,
    bytes: u64,
    nesting: u32,
    labels: u64,
    /// Regular expressions that this evaluation has compiled.
    pub(crate) regexes: Cache,
}

impl Meter {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Meter {
            bounds,
            steps: bounds.steps,
            bytes: bounds.bytes,
            nesting: 0,
            labels: 0,
            regexes: Cache::default(),
        }
    }

    /// Charges steps.
    pub(crate) fn steps(&mut self, steps: u64) -> Result<(), Limit> {
        self.steps = self.steps.checked_sub(steps).ok_or(Limit::Steps)?;
        Ok(())
    }

    /// Charges bytes that are about to be produced, and the steps to copy them.
    pub(crate) fn bytes(&mut self, bytes: u64) -> Result<(), Limit> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Limit::Bytes)?;
        self.steps(bytes / (16 * SCAN_BYTES))
    }

    /// Charges `count` values that are about to be stored in an array.
    pub(crate) fn values(&mut self, count: usize) -> Result<(), Limit> {
        self.bytes((count as u64).saturating_mul(VALUE_BYTES))
    }

    /// Charges a new text of `length` bytes.
    pub(crate) fn text(&mut self, length: usize) -> Result<(), Limit> {
        self.bytes((length as u64).saturating_add(BOX_BYTES))
    }

    /// Charges looking through `length` bytes of text.
    pub(crate) fn scan(&mut self, length: usize) -> Result<(), Limit> {
        self.steps(length as u64 / SCAN_BYTES)
    }

    /// Begins the evaluation of a node; every success is followed by [`Meter::leave`].
    pub(crate) fn enter(&mut self) -> Result<(), Limit> {
        self.steps(1)?;
        if self.nesting >= NESTING_MAX {
            return Err(Limit::Nesting);
        }
        self.nesting += 1;
        Ok(())
    }

    /// Ends the evaluation of a node.
    pub(crate) fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// A number that no other label of this evaluation has.
    pub(crate) fn label(&mut self) -> u64 {
        self.labels += 1;
        self.labels
    }

    /// The error that a limit becomes.
    pub(crate) fn error(&self, limit: Limit) -> EvalError {
        match limit {
            Limit::Steps => EvalError::StepLimit {
                limit: self.bounds.steps,
            },
            Limit::Bytes => EvalError::ByteLimit {
                limit: self.bounds.bytes,
            },
            Limit::Depth => EvalError::DepthLimit { limit: DEPTH_MAX },
            Limit::Nesting => EvalError::NestingLimit { limit: NESTING_MAX },
        }
    }
}
