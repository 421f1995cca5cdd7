//! Whether the host can take work, and if not, why.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use segue_model::problem::Kind;
use segue_model::{Problem, Timestamp};
use segue_store::StoreError;
use serde::Serialize;

use crate::options::STORE_RETRY_MS_MAX;
use crate::refusal::{chain, store_problem};

/// Whether the host can take work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// Whether runs may be started.
    pub ready: bool,
    /// Whether the store takes writes.
    pub store_writable: bool,
    /// Whether every run that was in flight when the host last ended is in hand again.
    pub recovered: bool,
    /// What is wrong, each in one sentence; also what does not stop work.
    pub reasons: Vec<String>,
}

/// Troubles that are kept: enough to see what kind they are.
const TROUBLES_MAX: usize = 20;

/// What the parts of the host report about themselves.
#[derive(Default)]
pub(crate) struct Health(Mutex<State>);

#[derive(Default)]
struct State {
    outage: Option<Outage>,
    recovered: bool,
    /// What went wrong and stays so, once per text.
    troubles: BTreeSet<String>,
}

/// The store refuses writes.
struct Outage {
    problem: Problem,
    /// When somebody may ask it again.
    probe_at: Timestamp,
}

impl Health {
    /// The store failed to write.
    pub(crate) fn store_failed(&self, error: &StoreError, now: Timestamp) {
        let mut state = self.state();
        if state.outage.is_none() {
            tracing::error!(error = %chain(error), "the store cannot be written");
        }
        state.outage = Some(Outage {
            problem: store_problem(error),
            probe_at: now.plus_ms(STORE_RETRY_MS_MAX),
        });
    }

    /// The store did not take a write: its failure, unless what was to be written is to blame.
    pub(crate) fn store_refused(&self, error: &StoreError, now: Timestamp) {
        if !matches!(
            error,
            StoreError::Refused { .. } | StoreError::Exists { .. }
        ) {
            self.store_failed(error, now);
        }
    }

    /// The store belongs to another host now: nothing that this one does can become durable.
    pub(crate) fn store_lost(&self, problem: Problem) {
        tracing::error!(%problem, "the store is lost");
        self.state().outage = Some(Outage {
            problem,
            probe_at: Timestamp(u64::MAX),
        });
    }

    /// The store took a write.
    pub(crate) fn store_works(&self) {
        if self.state().outage.take().is_some() {
            tracing::info!("the store can be written again");
        }
    }

    /// Why the store cannot be written, and whether it is time to ask it again.
    pub(crate) fn outage(&self, now: Timestamp) -> Option<(Problem, bool)> {
        let state = self.state();
        let outage = state.outage.as_ref()?;
        Some((outage.problem.clone(), outage.probe_at <= now))
    }

    /// Recovery has looked at every run.
    pub(crate) fn recovered(&self) {
        self.state().recovered = true;
    }

    /// Something is wrong that a person should know of.
    pub(crate) fn trouble(&self, what: String) {
        tracing::error!("{what}");
        let mut state = self.state();
        if state.troubles.len() < TROUBLES_MAX {
            state.troubles.insert(what);
        }
    }

    /// Everything together.
    pub(crate) fn readiness(&self, draining: bool) -> Readiness {
        let state = self.state();
        let mut reasons = Vec::new();
        if draining {
            reasons.push("the host is shutting down".to_owned());
        }
        if !state.recovered {
            reasons.push("runs are still being recovered".to_owned());
        }
        if let Some(outage) = &state.outage {
            reasons.push(outage.problem.to_string());
        }
        reasons.extend(state.troubles.iter().cloned());
        Readiness {
            ready: !draining && state.recovered && state.outage.is_none(),
            store_writable: state.outage.is_none(),
            recovered: state.recovered,
            reasons,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The refusal of a host that is shutting down.
pub(crate) fn shutting_down() -> Problem {
    Problem::new(
        Kind::Busy,
        "the host is shutting down: try again when it is back",
    )
}
