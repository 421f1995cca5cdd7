//! Schedules: each is a run of its own, in the schedule role of its workflow.
//!
//! Of all versions of a workflow only the one that was deployed last has a running schedule.
//! Deploying the same again changes nothing, unless no version's schedule runs any more
//! (somebody cancelled it, or it failed): then this one's starts anew.

use std::sync::Arc;

use segue_engine::Input;
use segue_model::{Digest, Payload, Problem, RunId};
use segue_store::{Page, RunFilter, RunRole, RunStatus, RunSummary, WorkflowRecord};

use crate::refusal::{chain, store_problem};
use crate::run::{self, NewStart, create};
use crate::shared::Shared;

/// Runs that are read at once.
const PAGE: usize = 256;

/// What the keys of schedule runs begin with.
const KEY_PREFIX: &str = "segue:schedule:";

/// The schedule of what was just deployed starts, where it has one and it does not run; those
/// of other versions end.
pub(crate) async fn deployed(
    shared: &Arc<Shared>,
    record: &WorkflowRecord,
    scheduled: bool,
) -> Result<(), Problem> {
    let active = active(shared, &record.name.namespace, &record.name.name).await?;
    let mut runs = false;
    for schedule in active {
        if scheduled && schedule.deployed == record.digest {
            runs = true;
        } else {
            stop(shared, &schedule.run).await?;
        }
    }
    if scheduled && !runs {
        start(shared, record).await?;
    }
    Ok(())
}

/// Whether a schedule of the workflow runs, whatever its version.
pub(crate) async fn is_running(shared: &Shared, record: &WorkflowRecord) -> Result<bool, Problem> {
    let active = active(shared, &record.name.namespace, &record.name.name).await?;
    Ok(!active.is_empty())
}

/// Makes up for what a crash kept from being done after a deployment. A schedule that was
/// once started is not started again: somebody may have cancelled it.
pub(crate) async fn catch_up(shared: Arc<Shared>) {
    tokio::select! {
        biased;
        () = shared.tasks.draining() => {}
        () = async {
            for (namespace, name) in shared.catalogue.workflow_paths() {
                if let Err(problem) = catch_up_with(&shared, &namespace, &name).await {
                    let why = chain(&problem);
                    shared.health.trouble(format!(
                        "the schedule of {namespace}/{name} is not in order: {why}"
                    ));
                }
            }
        } => {}
    }
}

async fn catch_up_with(shared: &Arc<Shared>, namespace: &str, name: &str) -> Result<(), Problem> {
    // What is deployed meanwhile is in order already.
    let _deploying = shared.deploying.lock().await;
    let versions = shared.catalogue.workflow_versions(namespace, name);
    let Some(record) = latest(&versions) else {
        return Ok(());
    };
    for schedule in active(shared, namespace, name).await? {
        if schedule.deployed != record.digest {
            stop(shared, &schedule.run).await?;
        }
    }
    let known = owner(shared, &key(&record.digest, 0)).await?;
    if known.is_none() && is_scheduled(shared, &record.digest).await? {
        start(shared, record).await?;
    }
    Ok(())
}

/// Of all versions of a workflow, the one that was deployed last.
fn latest(versions: &[WorkflowRecord]) -> Option<&WorkflowRecord> {
    versions.iter().max_by_key(|record| record.deployed_at)
}

async fn is_scheduled(shared: &Shared, digest: &Digest) -> Result<bool, Problem> {
    let stored = shared.store().workflow(digest).await;
    let stored = stored.map_err(|error| store_problem(&error))?;
    Ok(stored.is_some_and(|stored| stored.deployed.workflow.schedule.is_some()))
}

/// The schedule runs of a workflow, whatever its version, that have not ended.
async fn active(shared: &Shared, namespace: &str, name: &str) -> Result<Vec<RunSummary>, Problem> {
    let mut active = Vec::new();
    for status in RunStatus::ALL {
        if status.is_ended() {
            continue;
        }
        let filter = RunFilter {
            status: Some(status),
            namespace: Some(namespace.to_owned()),
            name: Some(name.to_owned()),
            role: Some(RunRole::Schedule),
            parent: None,
        };
        let mut before = None;
        loop {
            let page = Page {
                before: before.clone(),
                limit: PAGE,
            };
            let found = shared.store().list(&filter, &page).await;
            let found = found.map_err(|error| store_problem(&error))?;
            before = found.last().map(|run| run.run.clone());
            let more = found.len() == PAGE;
            active.extend(found);
            if !more {
                break;
            }
        }
    }
    Ok(active)
}

async fn stop(shared: &Arc<Shared>, schedule: &RunId) -> Result<(), Problem> {
    let reason = Some("another version of its workflow was deployed".to_owned());
    run::tell(shared, schedule, Input::Cancel { reason }).await
}

/// Starts the schedule under the first key that nothing was started with.
async fn start(shared: &Arc<Shared>, record: &WorkflowRecord) -> Result<(), Problem> {
    let mut generation = 0;
    let key = loop {
        let key = key(&record.digest, generation);
        match owner(shared, &key).await? {
            None => break key,
            Some(_) => generation += 1,
        }
    };
    let started = create(
        shared,
        NewStart {
            workflow: record.name.clone(),
            deployed: record.digest,
            input: Payload::null(),
            key: Some((key.clone(), Digest::of(key.as_bytes()))),
            trace_parent: None,
            parent: None,
            role: RunRole::Schedule,
        },
    )
    .await?;
    tracing::info!(workflow = %record.name, run = %started.run, "a schedule has started");
    Ok(())
}

async fn owner(shared: &Shared, key: &str) -> Result<Option<RunId>, Problem> {
    let owner = shared.store().key_owner(key).await;
    let owner = owner.map_err(|error| store_problem(&error))?;
    Ok(owner.map(|owner| owner.run))
}

/// The idempotency key of a deployment's schedule: of the first, and of those that followed
/// after it had ended.
fn key(deployed: &Digest, generation: u32) -> String {
    match generation {
        0 => format!("{KEY_PREFIX}{deployed}"),
        again => format!("{KEY_PREFIX}{deployed}:{again}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::{Timestamp, WorkflowName};

    #[test]
    fn the_version_that_was_deployed_last_counts_whatever_its_number() {
        let record = |version: &str, at: u64| WorkflowRecord {
            name: WorkflowName {
                namespace: "test".to_owned(),
                name: "a".to_owned(),
                version: version.parse().unwrap(),
            },
            title: None,
            digest: Digest::of(version.as_bytes()),
            source_digest: Digest::of(version.as_bytes()),
            deployed_at: Timestamp(at),
        };
        let versions = [record("1.0.0", 30), record("2.0.0", 20)];
        assert_eq!(latest(&versions), versions.first());
        assert_eq!(latest(&[]), None);
    }
}
