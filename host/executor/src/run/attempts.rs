//! The attempts of one run that are running.

use std::collections::HashMap;
use std::sync::Arc;

use segue_bundle::is_host_name;
use segue_engine::{ActivityId, Attempt};
use segue_model::ir::GrantsOf;
use segue_model::{
    AttemptReport, EffectClass, Grants, Invocation, Outcome, Problem, RunId, Timestamp, Usage,
};
use tokio::task::{AbortHandle, Id, JoinSet};
use tracing::Instrument;

use crate::hub::RunEvent;
use crate::port::Observer;
use crate::shared::Shared;

/// Attempts run in tasks of their own, so that their actor hears and commits meanwhile. They
/// belong to it: when it is dropped, so are they.
#[derive(Default)]
pub(super) struct Attempts {
    tasks: JoinSet<Option<(Timestamp, AttemptReport)>>,
    running: HashMap<Id, Running>,
}

struct Running {
    activity: ActivityId,
    attempt: u32,
    effect: EffectClass,
    task: AbortHandle,
}

/// An attempt that ended.
pub(super) struct Finished {
    pub(super) activity: ActivityId,
    pub(super) attempt: u32,
    pub(super) effect: EffectClass,
    /// When it began and how it ended; none where the host is shutting down and it did not
    /// begin at all.
    pub(super) report: Option<(Timestamp, AttemptReport)>,
}

impl Attempts {
    /// Starts an attempt. It waits for its turn where as many run as the host allows.
    pub(super) fn start(&mut self, shared: &Arc<Shared>, attempt: Attempt) {
        let (activity, number, effect) = (attempt.activity, attempt.attempt, attempt.effect);
        let span = tracing::info_span!(
            "segue.attempt",
            run = %attempt.context.run,
            task = attempt.context.task,
            step = format!("{}/{}:{}", attempt.pin.plugin, attempt.pin.step, attempt.pin.version),
            attempt = number,
        );
        let performing = perform(Arc::clone(shared), Box::new(attempt)).instrument(span);
        let task = self.tasks.spawn(Box::pin(performing));
        self.running.insert(
            task.id(),
            Running {
                activity,
                attempt: number,
                effect,
                task,
            },
        );
    }

    /// Stops an attempt; nothing more is heard of it.
    pub(super) fn abandon(&mut self, activity: ActivityId) {
        self.running.retain(|_, running| {
            let keep = running.activity != activity;
            if !keep {
                running.task.abort();
            }
            keep
        });
    }

    /// Whether none is running.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The next attempt that ends; waits forever where none runs. Cancel-safe.
    pub(super) async fn next(&mut self) -> Finished {
        loop {
            let (id, report) = match self.tasks.join_next_with_id().await {
                None => std::future::pending().await,
                Some(Ok((id, report))) => (id, report),
                Some(Err(error)) => (error.id(), Some((Timestamp(0), crashed()))),
            };
            // One that is not listed was abandoned.
            if let Some(running) = self.running.remove(&id) {
                return Finished {
                    activity: running.activity,
                    attempt: running.attempt,
                    effect: running.effect,
                    report,
                };
            }
        }
    }
}

/// The report of an attempt whose task panicked: a defect of the host.
fn crashed() -> AttemptReport {
    host_fault("the host failed while it ran the step".to_owned())
}

fn host_fault(detail: String) -> AttemptReport {
    AttemptReport {
        outcome: Outcome::HostFault { detail },
        usage: Usage::default(),
        wall_us: 0,
    }
}

async fn perform(shared: Arc<Shared>, attempt: Box<Attempt>) -> Option<(Timestamp, AttemptReport)> {
    let _permit = match attempt.effect {
        // Begun again after the shutdown, it is the same attempt.
        EffectClass::Pure => tokio::select! {
            biased;
            () = shared.tasks.draining() => return None,
            permit = shared.attempts.acquire() => permit.ok()?,
        },
        // It is in flight as far as the store knows: not to begin it now would leave an
        // attempt of unknown fate.
        EffectClass::Effectful => shared.attempts.acquire().await.ok()?,
    };
    let loaded = shared.ensure_loaded(&attempt.pin.component).await;
    let started_at = shared.now();
    let report = match loaded {
        Ok(()) => invoke(&shared, &attempt, started_at).await,
        Err(problem) => host_fault(unloadable(&attempt, &problem)),
    };
    Some((started_at, report))
}

fn unloadable(attempt: &Attempt, problem: &Problem) -> String {
    let pin = &attempt.pin;
    format!(
        "plugin {}:{} could not be loaded: {problem}",
        pin.plugin, pin.version
    )
}

async fn invoke(shared: &Arc<Shared>, attempt: &Attempt, now: Timestamp) -> AttemptReport {
    let invocation = invocation(shared, attempt, now);
    let observer = Arc::new(Broadcast {
        shared: Arc::clone(shared),
        run: attempt.context.run.clone(),
        task: attempt.context.task.clone(),
        attempt: attempt.attempt,
    });
    shared.ports.invoker.invoke(&invocation, observer).await
}

/// What the sandbox is asked for. A pure step sees recorded values only; an effectful one
/// gets its real deadline, and as many of its grants as the operator still gives.
fn invocation(shared: &Shared, attempt: &Attempt, now: Timestamp) -> Invocation {
    let pin = &attempt.pin;
    let mut context = attempt.context.clone();
    let (grants_of, mut grants) = granted(shared, attempt);
    match attempt.effect {
        EffectClass::Effectful => {
            context.deadline = now.plus_ms(pin.limits.time_ms);
            grants = grants.for_step(&shared.catalogue.declared(pin));
        }
        // A later grant does not make a pinned pure step effectful.
        EffectClass::Pure => grants = grants.for_step(&[]),
    }
    Invocation {
        component: pin.component,
        plugin: format!("{}:{}", pin.plugin, pin.version),
        step: pin.step.clone(),
        input: attempt.input.clone(),
        context,
        limits: pin.limits.clone(),
        grants,
        grants_of,
        world: attempt.world,
        auth: attempt.auth.clone(),
        secrets: attempt.secrets.clone(),
    }
}

/// Whose grants an attempt has, and which. The plugins that come with the host have those of
/// the calling workflow, however they are called.
fn granted(shared: &Shared, attempt: &Attempt) -> (GrantsOf, Grants) {
    let plugin = &attempt.pin.plugin;
    if !is_host_name(plugin) {
        return (GrantsOf::Plugin, shared.policy.grants_for(plugin));
    }
    let path = attempt.context.workflow.split(':').next();
    let (namespace, name) = path
        .and_then(|path| path.split_once('/'))
        .unwrap_or_default();
    let grants = shared.policy.workflow_grants(namespace, name);
    (GrantsOf::Workflow, grants)
}

/// Passes on what an attempt says to whoever watches its run.
struct Broadcast {
    shared: Arc<Shared>,
    run: RunId,
    task: String,
    attempt: u32,
}

impl Observer for Broadcast {
    fn log(&self, level: &str, context: &str, message: &str) {
        self.shared.hub.publish(&self.run, || RunEvent::Log {
            task: self.task.clone(),
            attempt: self.attempt,
            level: level.to_owned(),
            context: context.to_owned(),
            message: message.to_owned(),
        });
    }

    fn progress(&self, fraction: Option<f64>, message: &str) {
        self.shared.hub.publish(&self.run, || RunEvent::Progress {
            task: self.task.clone(),
            attempt: self.attempt,
            fraction,
            message: message.to_owned(),
        });
    }
}
