//! Deploying a workflow.

use std::sync::Arc;

use segue_dsl::{CallSite, Code, Diagnostic, Severity};
use segue_engine::Plan;
use segue_model::ir::{Deployed, PinnedStep, StepId, Workflow};
use segue_model::problem::Kind;
use segue_model::{Digest, Problem, Timestamp, WorkflowName};
use segue_store::{StoredWorkflow, WorkflowRecord};

use super::builtin::{keep, warm};
use super::input;
use super::outside;
use super::resolve::{Resolved, Unknown, resolve, site};
use crate::refusal::{chain, store_problem};
use crate::request::{Deployment, Rejection};
use crate::schedules;
use crate::shared::Shared;

/// Deploys a workflow's source.
pub(crate) async fn workflow(shared: &Arc<Shared>, source: &str) -> Result<Deployment, Rejection> {
    let _deploying = shared.deploying.lock().await;
    let checked = checked(shared, source).await;
    let Some(deployed) = checked.deployed else {
        return Err(rejection(checked.diagnostics, checked.unresolved));
    };
    let diagnostics = checked.diagnostics;
    let source_digest = Digest::of(source.as_bytes());
    let name = deployed.workflow.name.clone();
    let current = shared.store().current(&name).await;
    let current = current.map_err(|error| store_problem(&error))?;
    if let Some(current) = &current
        && current.source_digest != source_digest
    {
        return Err(taken(current).into());
    }
    let digest = digest_of(&deployed)?;
    let scheduled = deployed.workflow.schedule.is_some();
    let known = current.as_ref().map(|record| record.digest);
    if let Some(record) = current
        && record.digest == digest
        && (!scheduled || schedules::is_running(shared, &record).await?)
    {
        return Ok(Deployment {
            record,
            diagnostics,
            created: false,
        });
    }
    let record = WorkflowRecord {
        title: deployed.workflow.title.clone(),
        digest,
        source_digest,
        deployed_at: moment(shared, &name),
        name,
    };
    let created = known != Some(digest);
    store(shared, record.clone(), source, deployed).await?;
    schedules::deployed(shared, &record, scheduled).await?;
    Ok(Deployment {
        record,
        diagnostics,
        created,
    })
}

/// When a workflow is deployed: after all of its versions, also where the clock stands or was
/// set back. Which of them came last decides whose schedule runs.
fn moment(shared: &Shared, name: &WorkflowName) -> Timestamp {
    let versions = shared
        .catalogue
        .workflow_versions(&name.namespace, &name.name);
    let last = versions.iter().map(|record| record.deployed_at).max();
    let after = last.map(|last| last.plus_ms(1));
    after.unwrap_or_default().max(shared.now())
}

/// All findings about a workflow's source.
pub(crate) async fn check(shared: &Shared, source: &str) -> Vec<Diagnostic> {
    checked(shared, source).await.diagnostics
}

/// What became of a source: findings, and the deployed form where none of them is an error.
struct Checked {
    deployed: Option<Deployed>,
    diagnostics: Vec<Diagnostic>,
    /// How many of the findings are steps that are not deployed.
    unresolved: usize,
}

/// The pins of a workflow's steps, in their order, and what is wrong with its calls.
struct Pinned {
    /// None where a step is not deployed.
    pins: Option<Vec<PinnedStep>>,
    findings: Vec<Diagnostic>,
    unresolved: usize,
}

async fn checked(shared: &Shared, source: &str) -> Checked {
    let mut compiled = segue_dsl::compile_with(source, shared.ports.catalogs.as_ref());
    let mut diagnostics = std::mem::take(&mut compiled.diagnostics);
    let mut deployed = None;
    let mut unresolved = 0;
    if let Some(workflow) = compiled.workflow.take() {
        let pinned = pin(shared, source, &workflow, &compiled.calls);
        diagnostics.extend(pinned.findings);
        diagnostics.extend(outside::findings(shared, &workflow.name, &compiled).await);
        unresolved = pinned.unresolved;
        deployed = pinned.pins.map(|pins| Deployed { workflow, pins });
    }
    diagnostics.sort_by_key(|finding| (finding.span.start, finding.span.end));
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    Checked {
        deployed: deployed.filter(|_| !failed),
        diagnostics,
        unresolved,
    }
}

/// Resolves every step, and checks what is known of its inputs.
fn pin(shared: &Shared, source: &str, workflow: &Workflow, sites: &[CallSite]) -> Pinned {
    let mut findings = Vec::new();
    let resolved: Vec<Option<Resolved>> = workflow
        .steps
        .iter()
        .zip(0..)
        .map(|(step, index)| {
            resolve(&shared.catalogue, step)
                .map_err(|unknown| findings.push(unresolved(sites, StepId(index), unknown)))
                .ok()
        })
        .collect();
    let unresolved = findings.len();
    findings.extend(input::misfits(source, workflow, &resolved));
    let pins = resolved
        .iter()
        .map(|step| {
            let step = step.as_ref()?;
            Some(step.pin(&workflow.name, &shared.policy))
        })
        .collect();
    Pinned {
        pins,
        findings,
        unresolved,
    }
}

fn unresolved(sites: &[CallSite], step: StepId, unknown: Unknown) -> Diagnostic {
    let at = site(sites, step);
    finding(Code::InvalidCall, at, unknown.message, Some(unknown.help))
}

fn finding(code: Code, at: Option<&CallSite>, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic {
        code,
        severity: Severity::Error,
        message,
        span: at.map_or(0..0, |site| site.span.clone()),
        labels: Vec::new(),
        help,
        pointer: at.map(|site| site.pointer.clone()).unwrap_or_default(),
    }
}

/// A document with errors: a step that is not deployed has a kind of problem of its own,
/// where nothing else is wrong.
fn rejection(diagnostics: Vec<Diagnostic>, unresolved: usize) -> Rejection {
    let is_error = |d: &&Diagnostic| d.severity == Severity::Error;
    let errors = diagnostics.iter().filter(is_error).count();
    let kind = if unresolved > 0 && unresolved == errors {
        Kind::UnknownStep
    } else {
        Kind::InvalidWorkflow
    };
    let first = diagnostics.iter().find(is_error);
    let first = first.map_or("the document is not a workflow", |d| &d.message);
    let detail = match errors {
        0 | 1 => first.to_owned(),
        n => format!("{n} errors; the first: {first}"),
    };
    Rejection {
        problem: Problem::new(kind, detail),
        diagnostics,
    }
}

fn taken(current: &WorkflowRecord) -> Problem {
    Problem::new(
        Kind::Conflict,
        format!(
            "workflow {} is deployed already with another source: raise `document.version`, runs in flight keep theirs",
            current.name
        ),
    )
}

fn digest_of(deployed: &Deployed) -> Result<Digest, Problem> {
    let text = serde_json::to_vec(deployed);
    let text = text.map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
    Ok(Digest::of(&text))
}

async fn store(
    shared: &Arc<Shared>,
    record: WorkflowRecord,
    source: &str,
    deployed: Deployed,
) -> Result<(), Rejection> {
    let deployed = Arc::new(deployed);
    // What cannot be run must not be stored.
    let plan = Plan::new(Arc::clone(&deployed))
        .map_err(|error| Problem::new(Kind::InvalidWorkflow, chain(&error)))?;
    keep(shared, &deployed.pins).await?;
    let stored = StoredWorkflow {
        record: record.clone(),
        source: source.into(),
        deployed: Arc::clone(&deployed),
    };
    if let Err(error) = shared.store().put_workflow(stored).await {
        shared.health.store_failed(&error, shared.now());
        return Err(store_problem(&error).into());
    }
    shared.plans.put(record.digest, Arc::new(plan));
    tracing::info!(workflow = %record.name, digest = %record.digest, "a workflow was deployed");
    shared.catalogue.add_workflow(record);
    warm(shared, &deployed.pins);
    Ok(())
}
