//! What the host tells about the attempt, and how a step reports how far it has come.

use crate::__private::bindings::segue::plugin::types;

/// What the host knows about the attempt that is running. All of it is recorded with the run:
/// a repeated attempt of a pure step sees the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Context {
    /// The run, for example `run-01k9…`.
    pub run: String,
    /// The workflow, as `namespace/name:version`.
    pub workflow: String,
    /// The task as a JSON pointer into the workflow document (RFC 6901).
    pub task: String,
    /// How often the task was entered before in this run, from 0.
    pub iteration: u32,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// Stable over all attempts of the same activation of the task, crashes included.
    pub idempotency_key: String,
    /// When the host will stop the attempt: milliseconds since 1970-01-01T00:00:00Z.
    pub deadline_ms: u64,
    /// W3C Trace Context `traceparent` of the run, if there is one.
    pub trace_parent: Option<String>,
}

impl From<types::Context> for Context {
    fn from(context: types::Context) -> Self {
        Context {
            run: context.run,
            workflow: context.workflow,
            task: context.task,
            iteration: context.iteration,
            attempt: context.attempt,
            idempotency_key: context.idempotency_key,
            deadline_ms: context.deadline,
            trace_parent: context.trace_parent,
        }
    }
}

/// Reports progress to the people who watch the run: `fraction` between 0 and 1, or `None`
/// where the end is not known. Reports are shown live and never recorded.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(unused_variables, reason = "there is nobody to report to in a test")
)]
pub fn progress(fraction: impl Into<Option<f64>>, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::__private::bindings::segue::plugin::progress::report(fraction.into(), message);
}
