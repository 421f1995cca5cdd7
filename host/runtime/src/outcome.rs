//! From what happened in a sandbox to the one enum that retry policy matches on.

use segue_model::outcome::Stop;
use segue_model::payload::PAYLOAD_DEPTH_MAX;
use segue_model::problem::SEGUE_PREFIX;
use segue_model::{Invocation, Outcome, Payload, Problem, StepLimits};
use serde_json::{Map, Value};
use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::bindings::StepError;
use crate::stop::{HostFailure, StopSignal};

/// The most bytes of a wasm backtrace that go into a problem: some twenty frames.
const BACKTRACE_BYTES_MAX: usize = 4 << 10;
/// The status code of a step error that gives none, or an impossible one.
const STATUS_DEFAULT: u16 = 500;
/// The members of RFC 9457, which a step sets by other fields than `extensions`.
const RESERVED: [&str; 5] = ["type", "status", "title", "detail", "instance"];

/// What the guest's function returned, within its limits.
pub(crate) fn returned(result: Result<String, StepError>, limits: &StepLimits) -> Outcome {
    match result {
        Ok(output) => completed(&output, limits),
        Err(error) => step_error(error, limits).unwrap_or_else(|stop| stopped(&stop)),
    }
}

fn completed(output: &str, limits: &StepLimits) -> Outcome {
    if exceeds(output.len(), limits.output_bytes) {
        let detail = format!("{} bytes of output, {}", output.len(), output_limit(limits));
        return stopped(&StopSignal::new(Stop::Output, detail));
    }
    match Payload::parse(output) {
        Ok(output) => Outcome::Completed { output },
        Err(error) => {
            let detail = format!("the output is not one JSON document: {error}");
            stopped(&StopSignal::new(Stop::BadOutput, detail))
        }
    }
}

fn step_error(error: StepError, limits: &StepLimits) -> Result<Outcome, StopSignal> {
    let texts = [
        Some(&error.type_),
        Some(&error.title),
        error.detail.as_ref(),
        error.extensions.as_ref(),
    ];
    let len = texts.into_iter().flatten().map(String::len).sum();
    if exceeds(len, limits.error_bytes) {
        let detail = format!(
            "a step error of {len} bytes, {} allowed; return less, or raise `error-bytes`",
            limits.error_bytes
        );
        return Err(StopSignal::new(Stop::Output, detail));
    }
    if error.type_.is_empty() || error.type_.starts_with(SEGUE_PREFIX) {
        let detail = format!(
            "a step error of type `{}`: steps name their own kinds of problem, and {SEGUE_PREFIX}… are the host's",
            error.type_
        );
        return Err(StopSignal::new(Stop::BadOutput, detail));
    }
    let status = error.status.filter(|s| (100..=599).contains(s));
    Ok(Outcome::StepError {
        problem: Problem {
            kind: error.type_,
            status: status.unwrap_or(STATUS_DEFAULT),
            title: Some(error.title),
            detail: error.detail,
            instance: None,
            extensions: extensions(error.extensions)?,
        },
        retryable: error.retryable,
        retry_after_ms: error.retry_after_ms,
    })
}

fn extensions(text: Option<String>) -> Result<Map<String, Value>, StopSignal> {
    let bad = |why: &str| {
        let detail = format!("the `extensions` of a step error {why}");
        StopSignal::new(Stop::BadOutput, detail)
    };
    let Some(text) = text else {
        return Ok(Map::new());
    };
    let Ok(object) = Payload::parse(&text) else {
        return Err(bad(&format!(
            "are not one JSON document of at most {PAYLOAD_DEPTH_MAX} levels"
        )));
    };
    let Value::Object(map) = object.value() else {
        return Err(bad("are not one JSON object"));
    };
    if let Some(name) = RESERVED.iter().find(|name| map.contains_key(**name)) {
        return Err(bad(&format!("hold `{name}`, which has a field of its own")));
    }
    Ok(map.clone())
}

fn exceeds(len: usize, limit: u64) -> bool {
    u64::try_from(len).unwrap_or(u64::MAX) > limit
}

fn output_limit(limits: &StepLimits) -> String {
    format!(
        "{} allowed; return less, or raise `output-bytes`",
        limits.output_bytes
    )
}

pub(crate) fn stopped(signal: &StopSignal) -> Outcome {
    Outcome::Stopped {
        stop: signal.stop,
        detail: signal.detail.clone(),
    }
}

/// Why a sandbox ended with an error.
pub(crate) fn failed(error: &wasmtime::Error, started: bool, limits: &StepLimits) -> Outcome {
    if let Some(signal) = error.downcast_ref::<StopSignal>() {
        return stopped(signal);
    }
    if let Some(HostFailure(detail)) = error.downcast_ref() {
        return Outcome::HostFault {
            detail: detail.clone(),
        };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Outcome::HostFault {
            detail: format!("no sandbox was free: {error:#}"),
        };
    }
    let trace = backtrace(error);
    let (stop, what) = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => (
            Stop::Fuel,
            format!(
                "all {} units of fuel used; raise `fuel` if the step needs more",
                limits.fuel
            ),
        ),
        Some(Trap::StackOverflow) => (Stop::Stack, "recursion too deep".to_owned()),
        Some(Trap::Interrupt) => (Stop::Deadline, "interrupted".to_owned()),
        Some(trap) => (Stop::Trap, format!("{trap}")),
        None => return untyped(error, started, &trace, limits),
    };
    Outcome::Stopped {
        stop,
        detail: format!("{what}{trace}"),
    }
}

/// Errors that wasmtime has no type for.
fn untyped(error: &wasmtime::Error, started: bool, trace: &str, limits: &StepLimits) -> Outcome {
    let text = format!("{:#}", error.root_cause());
    let in_guest = !trace.is_empty();
    let handles = matches!(error.downcast_ref(), Some(ResourceTableError::Full))
        || text.contains("handle limit exceeded");
    let stop = if handles {
        return Outcome::Stopped {
            stop: Stop::HostCalls,
            detail: format!(
                "{} handles held at once; drop what is done with, or raise `handles`{trace}",
                limits.handles
            ),
        };
    } else if text.contains("fuel allocated for hostcalls") {
        // With a guest on the stack it was an argument of a host call, else the result.
        return Outcome::Stopped {
            stop: if in_guest {
                Stop::HostCalls
            } else {
                Stop::Output
            },
            detail: if in_guest {
                format!(
                    "one host call carried more than {} bytes{trace}",
                    limits.host_call_bytes
                )
            } else {
                format!(
                    "far more output, or a far larger step error, than is allowed: {}; errors: {}, see `error-bytes`",
                    output_limit(limits),
                    limits.error_bytes
                )
            },
        };
    } else if text.contains("resource limit exceeded: table") {
        Stop::Table
    } else if text.contains("resource limit exceeded") {
        Stop::Memory
    } else if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Outcome::Stopped {
            stop: Stop::Trap,
            detail: format!("the step called exit({}){trace}", exit.0),
        };
    } else if in_guest || text.contains("realloc") {
        // The latter: no place for the input.
        Stop::Trap
    } else if started {
        // Lifting the result failed: broken UTF-8, a pointer out of bounds …
        Stop::BadOutput
    } else {
        return Outcome::HostFault {
            detail: format!("the sandbox could not be set up: {error:#}"),
        };
    };
    Outcome::Stopped {
        stop,
        detail: format!("{text}{trace}"),
    }
}

fn backtrace(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return String::new();
    };
    let mut text = format!("\n{trace}");
    text.truncate(text.floor_char_boundary(BACKTRACE_BYTES_MAX));
    text.truncate(text.trim_end().len());
    text
}

/// Says in every failure which plugin, version and step it was.
pub(crate) fn named(outcome: Outcome, invocation: &Invocation) -> Outcome {
    let who = |detail: String| {
        format!(
            "plugin {}, step {}: {detail}",
            invocation.plugin, invocation.step
        )
    };
    match outcome {
        Outcome::Stopped { stop, detail } => Outcome::Stopped {
            stop,
            detail: who(detail),
        },
        Outcome::Denied { detail } => Outcome::Denied {
            detail: who(detail),
        },
        Outcome::HostFault { detail } => Outcome::HostFault {
            detail: who(detail),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error() -> StepError {
        StepError {
            type_: "https://errors.test/declined".to_owned(),
            status: Some(402),
            title: "Declined".to_owned(),
            detail: Some("no money".to_owned()),
            retryable: true,
            retry_after_ms: Some(5),
            extensions: Some("{\"card\":\"1\"}".to_owned()),
        }
    }

    fn stop_of(outcome: &Outcome) -> Option<Stop> {
        match outcome {
            Outcome::Stopped { stop, .. } => Some(*stop),
            _ => None,
        }
    }

    #[test]
    fn a_step_error_becomes_a_problem_unchanged() {
        let outcome = returned(Err(error()), &StepLimits::default());
        let Outcome::StepError {
            problem,
            retryable,
            retry_after_ms,
        } = outcome
        else {
            panic!("{outcome:?}")
        };
        assert_eq!((retryable, retry_after_ms), (true, Some(5)));
        assert_eq!(
            (problem.status, problem.kind.as_str()),
            (402, "https://errors.test/declined")
        );
        assert_eq!(problem.extensions["card"], json!("1"));
    }

    #[test]
    fn a_step_cannot_speak_as_the_host() {
        let changes: [fn(&mut StepError); 4] = [
            |e| e.type_ = "urn:segue:problem:quarantined".to_owned(),
            |e| e.type_.clear(),
            |e| e.extensions = Some("[]".to_owned()),
            |e| e.extensions = Some("{\"status\": 1}".to_owned()),
        ];
        for change in changes {
            let mut error = error();
            change(&mut error);
            let outcome = returned(Err(error), &StepLimits::default());
            assert_eq!(stop_of(&outcome), Some(Stop::BadOutput));
        }
    }

    #[test]
    fn output_and_errors_have_sizes() {
        let limits = StepLimits {
            output_bytes: 4,
            error_bytes: 10,
            ..StepLimits::default()
        };
        assert_eq!(stop_of(&returned(Ok("true".to_owned()), &limits)), None);
        assert_eq!(
            stop_of(&returned(Ok("false".to_owned()), &limits)),
            Some(Stop::Output)
        );
        assert_eq!(
            stop_of(&returned(Err(error()), &limits)),
            Some(Stop::Output)
        );
    }

    #[test]
    fn what_is_not_one_json_document_is_bad_output() {
        let bomb = "[".repeat(100_000);
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in ["", "{", "1 2", "nan", "\"\\ud800\"", &bomb, &deep] {
            let outcome = returned(Ok(text.to_owned()), &StepLimits::default());
            assert_eq!(stop_of(&outcome), Some(Stop::BadOutput));
        }
    }

    #[test]
    fn an_impossible_status_is_500() {
        let mut error = error();
        error.status = Some(42);
        let Outcome::StepError { problem, .. } = returned(Err(error), &StepLimits::default())
        else {
            panic!("no step error")
        };
        assert_eq!(problem.status, 500);
    }
}
