//! One attempt: a fresh sandbox, every limit set, one call, one report.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use segue_model::outcome::Stop;
use segue_model::problem::Kind;
use segue_model::{AttemptReport, Digest, Invocation, Outcome, StepLimits, Usage, World};
use wasmtime::{CallHook, Store, StoreContextMut, UpdateDeadline};

use crate::bindings::{Context, StepError, StepsPre};
use crate::egress::{Budget, Confidential, Network, Refusal};
use crate::engine::Class;
use crate::log::Log;
use crate::meter::Stopwatch;
use crate::observer::Observer;
use crate::outcome::{failed, named, returned, stopped};
use crate::secrets::Redactor;
use crate::state::{State, deadline};

/// A component that is ready to be instantiated.
pub(crate) struct Loaded {
    pub(crate) digest: Digest,
    pub(crate) pre: StepsPre<State>,
    pub(crate) class: Class,
    pub(crate) imports_http: bool,
}

/// Runs one attempt. Never errs and never panics: whatever happens is an outcome.
pub(crate) async fn attempt(
    loaded: &Loaded,
    network: &Network,
    invocation: &Invocation,
    observer: Arc<dyn Observer>,
) -> AttemptReport {
    let redactor = Redactor::default();
    let secrets = match secrets(loaded, network, invocation, &redactor).await {
        Ok(secrets) => secrets,
        Err(outcome) => return without_sandbox(invocation, *outcome),
    };
    // An exhausted pool queues. The time limit begins once the sandbox is ours.
    let Ok(_slot) = loaded.class.slots.acquire().await else {
        return host_fault(invocation, "the runtime is shutting down".to_owned());
    };
    let watch = Stopwatch::start();
    let log = Log::new(observer, invocation.limits.log_bytes, redactor.clone());
    let state = State::new(&loaded.digest, &invocation.limits, log, network.clone());
    let mut store = match sandbox(loaded, &invocation.limits, state) {
        Ok(store) => store,
        Err(error) => return host_fault(invocation, format!("{error:#}")),
    };
    if loaded.imports_http {
        store.data_mut().open_http(invocation, secrets);
    }
    // A panic in a host function is a defect of ours; it must not take the host along.
    let call = AssertUnwindSafe(within_time(&mut store, loaded, invocation)).catch_unwind();
    let outcome = call.await.unwrap_or_else(|panic| Outcome::HostFault {
        detail: format!("a host function panicked: {}", panic_text(&*panic)),
    });
    let outcome = redactor.outcome(refused(outcome, store.data(), invocation));
    AttemptReport {
        usage: usage(&store, &invocation.limits, &outcome),
        outcome: named(outcome, invocation),
        wall_us: watch.elapsed_us(),
    }
}

/// What the attempt may use of secrets. A step that cannot send anything needs none: its
/// placeholders stay what they are, and its outcome depends on nothing but its input.
async fn secrets(
    loaded: &Loaded,
    network: &Network,
    invocation: &Invocation,
    redactor: &Redactor,
) -> Result<Confidential, Box<Outcome>> {
    let sends = loaded.imports_http && !invocation.grants.http.is_empty();
    if !sends || matches!(invocation.world, World::Deterministic { .. }) {
        return Ok(Confidential::default());
    }
    Confidential::open(network, invocation, redactor).await
}

/// A store with every limit set; there is no other way to get one.
pub(crate) fn sandbox(
    loaded: &Loaded,
    limits: &StepLimits,
    state: State,
) -> wasmtime::Result<Store<State>> {
    let mut store = Store::new(&loaded.class.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_fuel(limits.fuel)?;
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        store.data_mut().tick()?;
        // Others take their turn after every tick.
        Ok(UpdateDeadline::Yield(1))
    });
    store.call_hook(crossing);
    store.set_max_component_handles(limits.handles as usize);
    let result_bytes = store.data().budgets().result_bytes;
    store.set_hostcall_fuel(result_bytes);
    Ok(store)
}

/// Between guest and host: what may be carried over differs by direction, and the count of
/// host calls is checked on the way back.
fn crossing(mut store: StoreContextMut<'_, State>, hook: CallHook) -> wasmtime::Result<()> {
    match hook {
        CallHook::CallingHost => {
            let bytes = store.data().budgets().host_call_bytes;
            store.set_hostcall_fuel(bytes);
        }
        CallHook::ReturningFromHost => {
            store.data().calls.check()?;
            let bytes = store.data().budgets().result_bytes;
            store.set_hostcall_fuel(bytes);
        }
        CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
    }
    Ok(())
}

/// Fuel and epochs cannot end a host call that waits; the timer around all of it can.
async fn within_time(
    store: &mut Store<State>,
    loaded: &Loaded,
    invocation: &Invocation,
) -> Outcome {
    let limits = &invocation.limits;
    let time = Duration::from_millis(limits.time_ms);
    let mut started = false;
    let call = call(store, loaded, invocation, &mut started);
    let ended = tokio::time::timeout(time, call).await;
    // However it ended: the last words of a guest are the most telling.
    let last_words = store.data().log.finish();
    match (ended, last_words) {
        (Err(_), _) => stopped(&deadline(limits.time_ms)),
        (Ok(Err(error)), _) => explained(failed(&error, started, limits), &store.data().log),
        (Ok(Ok(_)), Err(stop)) => stopped(&stop),
        (Ok(Ok(result)), Ok(())) => returned(result, limits),
    }
}

/// A trap says where, and the guest's last message often why: a panic is logged before it
/// traps, and logs are not kept.
fn explained(outcome: Outcome, log: &Log) -> Outcome {
    match (outcome, log.last()) {
        (
            Outcome::Stopped {
                stop: Stop::Trap,
                detail,
            },
            Some(last),
        ) => Outcome::Stopped {
            stop: Stop::Trap,
            detail: format!("it last logged `{last}`; {detail}"),
        },
        (outcome, _) => outcome,
    }
}

async fn call(
    store: &mut Store<State>,
    loaded: &Loaded,
    invocation: &Invocation,
    started: &mut bool,
) -> wasmtime::Result<Result<String, StepError>> {
    let steps = loaded.pre.instantiate_async(&mut *store).await?;
    *started = true;
    let (context, input) = (context(invocation), invocation.input.text().to_owned());
    enter_world(store.data_mut(), invocation);
    steps
        .segue_plugin_step_handler()
        .call_run(store, &context, &invocation.step, &input)
        .await
}

fn enter_world(state: &mut State, invocation: &Invocation) {
    let context = &invocation.context;
    state.world.enter(
        invocation.world,
        &[
            b"segue attempt 1",
            context.run.as_str().as_bytes(),
            context.task.as_bytes(),
            &context.iteration.to_be_bytes(),
            &context.attempt.to_be_bytes(),
            // Tells activations apart whose enclosing loops or branches differ.
            context.idempotency_key.as_str().as_bytes(),
        ],
    );
}

fn context(invocation: &Invocation) -> Context {
    let context = &invocation.context;
    Context {
        run: context.run.as_str().to_owned(),
        workflow: context.workflow.clone(),
        task: context.task.clone(),
        iteration: context.iteration,
        attempt: context.attempt,
        idempotency_key: context.idempotency_key.as_str().to_owned(),
        deadline: context.deadline.0,
        trace_parent: context.trace_parent.clone(),
    }
}

/// Where a request was refused and the attempt then failed, the refusal is the reason. A
/// guest that got by without gets its result, and the log a warning.
fn refused(outcome: Outcome, state: &State, invocation: &Invocation) -> Outcome {
    let Some(budget) = state.http_budget() else {
        return outcome;
    };
    let Some(refusal) = budget.refusal() else {
        return unauthorized(outcome, budget);
    };
    let (Refusal::Denied(detail) | Refusal::Limit(detail)) = &refusal else {
        return problem(outcome, refusal);
    };
    let said = match &outcome {
        Outcome::Completed { .. } => {
            let who = format!("plugin {}, step {}", invocation.plugin, invocation.step);
            state.log.host_warning(&format!("{who}: {detail}"));
            return outcome;
        }
        Outcome::StepError { problem, .. } => format!("\nthe step then failed with: {problem}"),
        Outcome::Stopped {
            stop: Stop::Trap, ..
        } => "\nthe step then trapped".to_owned(),
        _ => return outcome,
    };
    match refusal {
        Refusal::Limit(detail) => Outcome::Stopped {
            stop: Stop::HostCalls,
            detail: detail + &said,
        },
        Refusal::Denied(detail) => Outcome::Denied {
            detail: detail + &said,
        },
        Refusal::Problem { .. } => outcome,
    }
}

/// Where secrets, credentials or their authority failed, and then the step: that is why.
fn problem(outcome: Outcome, refusal: Refusal) -> Outcome {
    let failed = matches!(
        outcome,
        Outcome::StepError { .. }
            | Outcome::Stopped {
                stop: Stop::Trap,
                ..
            }
    );
    match refusal {
        Refusal::Problem { problem, retryable } if failed => Outcome::StepError {
            problem: *problem,
            retryable,
            retry_after_ms: None,
        },
        _ => outcome,
    }
}

/// A step that fails with a 401 after its credentials were refused: it could not know that
/// there were any, so the detail says so.
fn unauthorized(outcome: Outcome, budget: &Budget) -> Outcome {
    match (outcome, budget.refused_scheme()) {
        (
            Outcome::StepError {
                mut problem,
                retryable,
                retry_after_ms,
            },
            Some(scheme),
        ) if problem.status == Kind::Authentication.status() => {
            let said = problem.detail.take().unwrap_or_default();
            let detail = format!(
                "{said}\nthe service did not accept the credentials of the call ({scheme} authentication)"
            );
            problem.detail = Some(detail.trim_start().to_owned());
            Outcome::StepError {
                problem,
                retryable,
                retry_after_ms,
            }
        }
        (outcome, _) => outcome,
    }
}

fn usage(store: &Store<State>, limits: &StepLimits, outcome: &Outcome) -> Usage {
    let state = store.data();
    let left = store.get_fuel().unwrap_or(0);
    let output = match outcome {
        Outcome::Completed { output } => output.text().len(),
        _ => 0,
    };
    Usage {
        fuel: limits.fuel.saturating_sub(left),
        memory_bytes: state.limiter.memory_peak(),
        host_calls: state.calls.count,
        log_bytes: state.log.bytes(),
        output_bytes: u64::try_from(output).unwrap_or(u64::MAX),
        http_requests: state.http_budget().map_or(0, |budget| budget.requests()),
    }
}

/// The report of an attempt that never had a sandbox.
pub(crate) fn host_fault(invocation: &Invocation, detail: String) -> AttemptReport {
    without_sandbox(invocation, Outcome::HostFault { detail })
}

fn without_sandbox(invocation: &Invocation, outcome: Outcome) -> AttemptReport {
    AttemptReport {
        outcome: named(outcome, invocation),
        usage: Usage::default(),
        wall_us: 0,
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}
