//! Children: starting and cancelling them for their parents, telling parents of their ends.

use std::sync::Arc;

use segue_engine::{ChildStart, ChildTarget, Input, RunEnd};
use segue_model::problem::Kind;
use segue_model::{Digest, Payload, Problem, RunId, WorkflowName};
use segue_store::{ParentLink, RunRole};

use crate::options::CHILD_DEPTH_MAX;
use crate::payloads;
use crate::refusal::{LoadError, store_problem};
use crate::request::WorkflowSelector;
use crate::run::{self, NewStart, create};
use crate::shared::Shared;

/// A child that a run asks for.
pub(super) struct Asked<'a> {
    pub(super) parent: &'a RunId,
    pub(super) start: &'a ChildStart,
    /// The deployed workflow of the parent.
    pub(super) deployed: &'a Digest,
    pub(super) trace_parent: Option<&'a str>,
}

/// Starts a child, unless it was started before, and tells its parent what it must hear of
/// that. An error is one that may be gone later.
pub(super) async fn start(shared: &Arc<Shared>, asked: &Asked<'_>) -> Result<(), Problem> {
    let (parent, child) = (asked.parent, asked.start.child);
    match started(shared, asked).await? {
        Ok((run, workflow)) if asked.start.announce => {
            let input = Input::ChildStarted {
                child,
                run,
                workflow,
            };
            run::tell(shared, parent, input).await
        }
        Ok(_) => Ok(()),
        Err(problem) => {
            let end = RunEnd::Faulted { problem };
            let input = Input::ChildEnded {
                child,
                run: None,
                end,
            };
            run::tell(shared, parent, input).await
        }
    }
}

type Child = (RunId, WorkflowName);

/// The child's run; the inner error is one that stays.
async fn started(
    shared: &Arc<Shared>,
    asked: &Asked<'_>,
) -> Result<Result<Child, Problem>, Problem> {
    let (parent, start) = (asked.parent, asked.start);
    if let Some(known) = known(shared, &start.key).await? {
        return Ok(Ok(known));
    }
    let (digest, workflow) = match find(shared, &start.workflow, asked.deployed).await? {
        Ok(found) => found,
        Err(problem) => return Ok(Err(problem)),
    };
    if start.attached && depth(shared, parent).await? >= CHILD_DEPTH_MAX {
        return Ok(Err(Problem::new(
            Kind::LimitReached,
            format!(
                "runs may be nested {CHILD_DEPTH_MAX} levels deep: does a workflow run itself without end?"
            ),
        )));
    }
    let link = start.attached.then(|| ParentLink {
        run: parent.clone(),
        child: start.child.0,
    });
    let new = NewStart {
        workflow: workflow.clone(),
        deployed: digest,
        input: input(shared, start).await?,
        // Only the key says which child it is: what it names may mean another version now.
        key: Some((start.key.clone(), Digest::of(start.key.as_bytes()))),
        trace_parent: asked.trace_parent.map(str::to_owned),
        parent: link,
        role: RunRole::Run,
    };
    match create(shared, new).await {
        Ok(started) => Ok(Ok((started.run, workflow))),
        Err(problem) if problem.is(Kind::Busy) || problem.is(Kind::StoreUnavailable) => {
            Err(problem)
        }
        Err(problem) => Ok(Err(problem)),
    }
}

async fn known(shared: &Shared, key: &str) -> Result<Option<Child>, Problem> {
    let owner = shared.store().key_owner(key).await;
    let Some(owner) = owner.map_err(|error| store_problem(&error))? else {
        return Ok(None);
    };
    let summary = shared.store().summary(&owner.run).await;
    let summary = summary.map_err(|error| store_problem(&error))?;
    Ok(summary.map(|summary| (owner.run, summary.workflow)))
}

/// What a child runs: the newest version is looked up now, and recorded with its run.
async fn find(
    shared: &Shared,
    target: &ChildTarget,
    deployed: &Digest,
) -> Result<Result<(Digest, WorkflowName), Problem>, Problem> {
    match target {
        ChildTarget::Own => match shared.plans.get(shared.store(), deployed).await {
            Ok(plan) => Ok(Ok((*deployed, plan.workflow().name.clone()))),
            Err(error) if error.is_passing() => Err(error.into()),
            Err(error) => Ok(Err(error.into())),
        },
        ChildTarget::Named(wanted) => {
            let selector = WorkflowSelector {
                namespace: wanted.namespace.clone(),
                name: wanted.name.clone(),
                version: wanted.version.clone(),
            };
            let found = shared.catalogue.workflow(&selector);
            Ok(found
                .map(|record| (record.digest, record.name))
                .ok_or_else(|| {
                    let detail = format!("workflow `{selector}` is not deployed: deploy it first");
                    Problem::new(Kind::Configuration, detail)
                }))
        }
    }
}

/// How many runs stand above a child of `parent`.
async fn depth(shared: &Shared, parent: &RunId) -> Result<u32, Problem> {
    let mut depth = 1;
    let mut at = parent.clone();
    while depth < CHILD_DEPTH_MAX {
        let summary = shared.store().summary(&at).await;
        let summary = summary.map_err(|error| store_problem(&error))?;
        match summary.and_then(|summary| summary.parent) {
            Some(link) => at = link.run,
            None => break,
        }
        depth += 1;
    }
    Ok(depth)
}

async fn input(shared: &Shared, start: &ChildStart) -> Result<Payload, Problem> {
    let mut input = start.input.clone();
    payloads::fill(shared.store(), &mut Only(&mut input))
        .await
        .map_err(|error| store_problem(&error))?;
    Ok(input)
}

struct Only<'p>(&'p mut Payload);

impl segue_model::payload::Payloads for Only<'_> {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        visit(self.0);
    }
}

/// Cancels a child. One that was never started, or has ended, needs nothing.
pub(super) async fn cancel(shared: &Arc<Shared>, key: &str) -> Result<(), Problem> {
    let Some((run, _)) = known(shared, key).await? else {
        return Ok(());
    };
    let reason = Some("the run that started it no longer wants it".to_owned());
    run::tell(shared, &run, Input::Cancel { reason }).await
}

/// Tells a parent how its child ended.
pub(super) async fn tell_parent(
    shared: &Arc<Shared>,
    child: &RunId,
    link: &ParentLink,
) -> Result<(), Problem> {
    let end = match end(shared, child).await {
        Ok(end) => end,
        Err(error) if error.is_passing() => return Err(error.into()),
        Err(error) => RunEnd::Faulted {
            problem: error.into(),
        },
    };
    let input = Input::ChildEnded {
        child: segue_engine::ChildId(link.child),
        run: Some(child.clone()),
        end,
    };
    run::tell(shared, &link.run, input).await
}

/// How a run ended, from its rows.
async fn end(shared: &Shared, child: &RunId) -> Result<RunEnd, LoadError> {
    let gone = || RunEnd::Faulted {
        problem: Problem::new(
            Kind::Runtime,
            format!("run {child} was removed before its end was told"),
        ),
    };
    let _permit = shared.loads.acquire().await.ok();
    let Some(stored) = shared.store().load(child).await? else {
        return Ok(gone());
    };
    let run = run::restore(shared, &stored).await?;
    Ok(run.end().cloned().unwrap_or_else(gone))
}
