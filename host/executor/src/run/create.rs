//! Creating a run: its id, its seed, its actor.

use std::sync::Arc;

use segue_engine::{Role, Start};
use segue_model::problem::Kind;
use segue_model::{Digest, Payload, Problem, RunId, Seed, WorkflowName};
use segue_store::{NewRun, ParentLink, RunRole};
use tokio::sync::oneshot;

use super::birth::{Birth, Origin};
use super::{no_room, spawn};
use crate::hub::Ending;
use crate::request::Started;
use crate::shared::Shared;

/// A run that is to be started, whoever asks for it.
pub(crate) struct NewStart {
    pub(crate) workflow: WorkflowName,
    pub(crate) deployed: Digest,
    pub(crate) input: Payload,
    /// The idempotency key and the fingerprint of the request.
    pub(crate) key: Option<(String, Digest)>,
    pub(crate) trace_parent: Option<String>,
    pub(crate) parent: Option<ParentLink>,
    pub(crate) role: RunRole,
}

/// Starts a run; it is durable when this returns. Where the key belongs to another run with
/// the same fingerprint, that one is given.
pub(crate) async fn create(shared: &Arc<Shared>, asked: NewStart) -> Result<Started, Problem> {
    create_watched(shared, asked)
        .await
        .map(|(started, _)| started)
}

/// The same, with the end of the run if it is a new one: one that ends at once ends before
/// anybody could ask for it.
pub(crate) async fn create_watched(
    shared: &Arc<Shared>,
    asked: NewStart,
) -> Result<(Started, Option<Ending>), Problem> {
    let plan = shared.plans.get(shared.store(), &asked.deployed).await?;
    let (id, seed) = draw(shared);
    let ending = shared.hub.ending(&id);
    let place = shared
        .registry
        .enroll(&id, shared.options.runs_max)
        .ok_or_else(|| no_room(shared))?;
    let (answer, answered) = oneshot::channel();
    let birth = Birth {
        plan,
        create: NewRun {
            workflow: asked.workflow,
            deployed: asked.deployed,
            key: asked.key,
            created_at: shared.now(),
            parent: asked.parent,
            role: asked.role,
        },
        start: Start {
            deployed: asked.deployed,
            input: asked.input,
            seed,
            trace_parent: asked.trace_parent,
            role: role(asked.role),
        },
        answer,
    };
    spawn(shared, &id, place, Origin::New(Box::new(birth)));
    let started = answered.await.unwrap_or_else(|_| {
        let detail = "the run could not be started: the host ended or failed meanwhile";
        Err(Problem::new(Kind::StoreUnavailable, detail))
    });
    started.map(|started| {
        let ending = started.created.then_some(ending);
        (started, ending)
    })
}

fn role(role: RunRole) -> Role {
    match role {
        RunRole::Run => Role::Run,
        RunRole::Schedule => Role::Schedule,
    }
}

fn draw(shared: &Shared) -> (RunId, Seed) {
    let (mut random, mut seed) = ([0u8; 10], [0u8; 32]);
    shared.ports.entropy.fill(&mut random);
    shared.ports.entropy.fill(&mut seed);
    (RunId::new(shared.now().0, random), Seed(seed))
}
