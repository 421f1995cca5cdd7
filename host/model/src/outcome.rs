//! How one attempt of a step ended, and what it used.

use serde::{Deserialize, Serialize};

use crate::payload::{Payload, Payloads};
use crate::problem::{Kind, Problem};

/// The end of one attempt. Retry policies match on the problem that each case maps to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The step returned its output.
    Completed {
        /// One JSON value.
        output: Payload,
    },
    /// The step returned an error of its own.
    StepError {
        /// What it said.
        problem: Problem,
        /// Whether the same input may succeed later.
        retryable: bool,
        /// Not before this many milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// The guest was stopped by the sandbox: a trap or one of its limits.
    Stopped {
        /// Which stop.
        stop: Stop,
        /// What happened, and the fix where there is one.
        detail: String,
    },
    /// A capability was used without a grant, and the call was refused.
    Denied {
        /// What, and the configuration that would allow it.
        detail: String,
    },
    /// The host failed; the guest is not to blame.
    HostFault {
        /// What happened.
        detail: String,
    },
}

/// What stopped a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// A trap: unreachable code, a failed bounds check, an integer division by zero …
    Trap,
    /// Fuel.
    Fuel,
    /// Linear memory.
    Memory,
    /// Table elements.
    Table,
    /// The WebAssembly stack.
    Stack,
    /// Wall-clock time.
    Deadline,
    /// Bytes of output or of an error.
    Output,
    /// Output that is not JSON.
    BadOutput,
    /// Bytes of log output.
    Log,
    /// Calls into the host, their bytes, or handles held.
    HostCalls,
}

impl Stop {
    /// The kind of problem that a workflow sees.
    pub fn kind(self) -> Kind {
        match self {
            Stop::Trap => Kind::Trap,
            Stop::Fuel => Kind::OutOfFuel,
            Stop::Memory => Kind::OutOfMemory,
            Stop::Table => Kind::TableLimit,
            Stop::Stack => Kind::StackOverflow,
            Stop::Deadline => Kind::Deadline,
            Stop::Output => Kind::OutputTooLarge,
            Stop::BadOutput => Kind::BadOutput,
            Stop::Log => Kind::LogLimit,
            Stop::HostCalls => Kind::HostCallLimit,
        }
    }
}

/// Whether a failed attempt may be tried again by `catch.retry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Yes, not before this many milliseconds.
    After(u64),
    /// The same input cannot succeed.
    Never,
}

impl Outcome {
    /// The output, or the problem and whether it may be retried.
    pub fn into_result(self) -> Result<Payload, (Problem, Retry)> {
        match self {
            Outcome::Completed { output } => Ok(output),
            Outcome::StepError {
                problem,
                retryable,
                retry_after_ms,
            } => {
                let retry = if retryable {
                    Retry::After(retry_after_ms.unwrap_or(0))
                } else {
                    Retry::Never
                };
                Err((problem, retry))
            }
            Outcome::Stopped { stop, detail } => {
                Err((Problem::new(stop.kind(), detail), Retry::After(0)))
            }
            Outcome::Denied { detail } => Err((Problem::new(Kind::Denied, detail), Retry::Never)),
            Outcome::HostFault { detail } => {
                Err((Problem::new(Kind::HostFault, detail), Retry::After(0)))
            }
        }
    }

    /// Whether the outcome depends on the host (its clock, its faults) rather than on the
    /// input alone. Such an outcome is an external input: a replay takes it from the journal.
    pub fn depends_on_host(&self) -> bool {
        matches!(
            self,
            Outcome::HostFault { .. }
                | Outcome::Stopped {
                    stop: Stop::Deadline,
                    ..
                }
        )
    }
}

impl Payloads for Outcome {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        if let Outcome::Completed { output } = self {
            visit(output);
        }
    }
}

/// What an attempt used, as far as it is the same on every re-execution of a pure step.
/// Journal, events and views all show it in these names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Units of fuel, instantiation included.
    pub fuel: u64,
    /// The most linear memory that was held, in bytes.
    pub memory_bytes: u64,
    /// Calls into the host.
    pub host_calls: u64,
    /// Bytes of log output.
    pub log_bytes: u64,
    /// Bytes of output.
    pub output_bytes: u64,
    /// HTTP requests sent.
    #[serde(default)]
    pub http_requests: u32,
}

/// What the runtime says of one attempt.
#[derive(Clone, Debug)]
pub struct AttemptReport {
    /// How it ended.
    pub outcome: Outcome,
    /// What it used.
    pub usage: Usage,
    /// How long it took in wall-clock microseconds. Observed, never part of what a run
    /// depends on.
    pub wall_us: u64,
}
