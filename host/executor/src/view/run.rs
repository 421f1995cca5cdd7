//! The view of one run.

use std::sync::Arc;

use segue_engine::{Plan, Run, RunEnd};
use segue_model::problem::Kind;
use segue_model::{Problem, RunId, Timestamp};
use segue_store::{RunSummary, StoredRun};
use serde_json::Value;

use super::attempts::{Gathered, Observed};
use super::fold::fold;
use super::waiting::Open;
use super::{RunView, Waiting};
use crate::refusal::{LoadError, no_such_run};
use crate::run::restore;
use crate::shared::Shared;

/// The run as the store has it.
pub(crate) async fn run_view(shared: &Shared, id: &RunId) -> Result<RunView, Problem> {
    let (stored, plan) = stored(shared, id).await?;
    let run = restore(shared, &stored).await?;
    let mut gathered = Gathered::default();
    let mut open = Open::default();
    // The journal may have grown since: the view stops where the rows do.
    fold(shared, id, &plan, stored.summary.seq, |step| {
        open.take(&step.notes);
        let observed = Observed::read(&step.row.observed);
        for note in step.notes {
            gathered.take(note, observed);
        }
    })
    .await?;
    let waiting = open.finish(&run, &plan, &shared.options.public_url);
    Ok(view(stored.summary, &run, &plan, gathered, waiting))
}

/// A run's rows and its plan.
pub(super) async fn stored(shared: &Shared, id: &RunId) -> Result<(StoredRun, Arc<Plan>), Problem> {
    let stored = shared.store().load(id).await.map_err(LoadError::Store)?;
    let stored = stored.ok_or_else(|| no_such_run(id))?;
    let deployed = &stored.summary.deployed;
    let plan = shared.plans.get(shared.store(), deployed).await?;
    Ok((stored, plan))
}

/// The view of a run, from what was derived of it.
pub(crate) fn view(
    summary: RunSummary,
    run: &Run,
    plan: &Plan,
    gathered: Gathered,
    waiting: Option<Waiting>,
) -> RunView {
    let in_flight: Vec<_> = run
        .in_flight(plan)
        .into_iter()
        .map(|attempt| (attempt.activity, attempt.attempt))
        .collect();
    let (attempts, attempts_omitted) = gathered.finish(&in_flight);
    let (output, problem) = match run.end() {
        None => (None, None),
        Some(RunEnd::Completed { output }) => (Some(output.value().clone()), None),
        Some(RunEnd::Faulted { problem }) => (None, Some(problem.clone())),
        Some(RunEnd::Cancelled { reason }) => (None, Some(cancelled(reason.as_deref()))),
    };
    let ended_at = run.end().map(|_| summary.updated_at);
    RunView {
        id: summary.run,
        workflow: summary.workflow.to_string(),
        status: summary.status,
        role: summary.role,
        parent: summary.parent,
        input: run
            .input()
            .map_or(Value::Null, |input| input.value().clone()),
        output,
        problem,
        created_at: summary.created_at.rfc3339(),
        updated_at: summary.updated_at.rfc3339(),
        ended_at: ended_at.map(Timestamp::rfc3339),
        waiting,
        attempts,
        attempts_omitted,
    }
}

fn cancelled(reason: Option<&str>) -> Problem {
    Problem::new(Kind::Cancelled, reason.unwrap_or("no reason was given"))
}
