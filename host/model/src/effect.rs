//! Pure or effectful: what a step's grants make of it.

use serde::{Deserialize, Serialize};

/// The effect class of a step. It follows from its grants, never from its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectClass {
    /// No effectful grant: the same component, limits, input and seed give the same
    /// output and the same fuel. Its results may be committed late and made again.
    Pure,
    /// It reaches the outside world: it starts only after everything before it is durable,
    /// and its result is durable before anything after it starts.
    Effectful,
}
