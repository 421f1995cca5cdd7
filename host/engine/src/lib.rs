//! The pure core: run state + input + now -> effects. No I/O, no clock, no randomness, no async.
//!
//! A shell drives it: it stamps an [`Input`] ([`Run::stamp`]), applies it ([`Run::apply`]),
//! collects what changed ([`Run::take_changes`]), makes that durable where the effects demand
//! it ([`Effect::needs_commit`]), performs the effects, and feeds their outcomes back.
//!
//! The same plan, state and entry give the same effects and the same rows, always: folding a
//! run's journal gives its state rows.

mod data;
mod dirty;
mod effect;
mod input;
mod machine;
mod moments;
mod outside;
mod plan;
mod rows;
mod run;
mod state;
#[cfg(test)]
mod tests;

pub use effect::{Attempt, Effect, EndKind, Note};
pub use input::{Entry, EntryError, Input, Role, Start};
pub use outside::PendingCallback;
pub use plan::{Plan, PlanError};
pub use rows::{
    Changes, ChildChange, ChildStart, ChildTarget, ListenerChange, RestoreError, TimerChange,
};
pub use run::Run;
pub use state::{ActivityId, CallbackId, ChildId, ListenId, RunEnd, ScopeId, Status, TimerId};

/// The version of the engine's rules, written into every journal entry. It changes when the
/// same input would lead an older engine elsewhere.
pub const ENGINE_VERSION: u32 = 2;

/// An attempt whose fate is unknown, or that failed by the host's fault, runs again without
/// consuming a retry, at most this many times in all; then the step is quarantined, so that
/// no poison run survives recovery.
pub const UNKNOWN_FATES_MAX: u32 = 3;

/// Tasks that one run may enter. A backward `then` is a loop; this ends the endless one.
pub const TASKS_ENTERED_MAX: u64 = 1_000_000;

/// Transitions that one input may cause before the engine asks for the clock and lets the
/// shell breathe.
pub const TRANSITIONS_PER_INPUT_MAX: u32 = 10_000;

/// Branches of a `fork`, children of a `map` and runs of a schedule that one input may open
/// before the engine asks for the clock: what one commit writes must not grow with their
/// number.
pub const OPENED_PER_INPUT_MAX: u32 = 128;
