//! The async shell: load, step the engine, persist, then perform, feed back.
//!
//! A [`Host`] owns everything that runs. Each active run has one actor, which alone drives
//! its engine state, commits what changed, and performs effects only when everything before
//! them is durable (ARCHITECTURE.md, "An effect is recorded before it is performed"). A run
//! with nothing in flight leaves memory; timers and commands load it again.
//!
//! The crate knows neither a sandbox nor a database: it owns the [`Invoker`] port and speaks
//! to the traits of segue-store. Time comes from the store's clock, sleeping from the
//! [`Sleeper`] port, randomness from [`Entropy`], so that tests own all three.

mod callbacks;
mod catalogue;
mod deploy;
mod events;
mod health;
mod host;
mod hub;
mod lifecycle;
pub mod options;
mod outbox;
mod payloads;
mod plans;

mod port;
mod recovery;
mod refusal;
mod request;
mod retention;
mod run;
mod schedules;
mod secrets;
mod shared;
mod tasks;
#[cfg(test)]
mod tests;
mod timers;
mod turns;
mod view;

pub use callbacks::{Answered, CALLBACK_REQUESTED, CallbackView};
pub use health::Readiness;
pub use host::{Host, HostParts, StartError};
pub use hub::{LifecycleEvent, LifecycleWatch, RunEvent, Watch};
pub use lifecycle::Event;
pub use options::HostOptions;
pub use port::{Builtin, Entropy, Invoker, Observer, Sink, Sleeper, TokioSleeper, Vault};
pub use request::{
    Begun, Deployment, PluginView, Rejection, SelectorError, StartRequest, Started, StepView,
    WorkflowSelector,
};
/// The store's nouns that this interface speaks in.
pub use segue_store::{
    Accepted, NewEvent, Page, ParentLink, PluginRecord, RunFilter, RunRole, RunStatus, RunSummary,
    SecretRecord, WorkflowRecord,
};
pub use view::{
    ATTEMPTS_SHOWN_MAX, AttemptOutcome, AttemptView, CHILDREN_SHOWN_MAX, ChildView, JournalView,
    ListenerView, RunView, Suspended, WaitView, Waiting,
};
