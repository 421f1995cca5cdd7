//! How an actor comes to its run, and what happens when it loses it.

use std::sync::Arc;

use segue_engine::{Input, Plan, Run, Start};
use segue_model::{Problem, RunId};
use segue_store::NewRun;
use tokio::sync::oneshot;

use super::actor::{Actor, Exit};
use super::listening::Listening;
use super::load::{Loaded, load};
use super::pending::Pending;
use super::registry::Place;
use crate::options::{STORE_RETRY_MS, STORE_RETRY_MS_MAX};
use crate::refusal::chain;
use crate::request::Started;
use crate::shared::Shared;
use crate::view::Gathered;

/// Where an actor's run comes from.
pub(crate) enum Origin {
    /// Somebody started it.
    New(Box<Birth>),
    /// It is in the store.
    Stored {
        /// How often it was recovered since its last commit; 0 where it is not being
        /// recovered.
        recoveries: u32,
    },
}

/// A run that is to be created.
pub(crate) struct Birth {
    pub(crate) plan: Arc<Plan>,
    pub(crate) create: NewRun,
    pub(crate) start: Start,
    /// Answered once the run is durable, or refused.
    pub(crate) answer: oneshot::Sender<Result<Started, Problem>>,
}

/// Times that an actor reads its run again after it lost it; then something is wrong that
/// reading again does not mend.
const RELOADS_MAX: u32 = 5;

/// The whole life of an actor.
pub(super) async fn live(shared: Arc<Shared>, id: RunId, place: Place, origin: Origin) {
    let mut place = place;
    let mut origin = origin;
    for _ in 0..RELOADS_MAX {
        let Some(mut actor) = begin(&shared, &id, place, origin).await else {
            return;
        };
        match actor.drive().await {
            Exit::Left | Exit::Stopped => return,
            Exit::Lost => {
                tracing::warn!("the run is read again: its state is not what the store has");
                place = actor.into_place();
                origin = Origin::Stored { recoveries: 0 };
            }
        }
    }
    shared.health.trouble(format!(
        "run {id} was given up: the store changes under it; restart the host to try again"
    ));
}

async fn begin(shared: &Arc<Shared>, id: &RunId, place: Place, origin: Origin) -> Option<Actor> {
    match origin {
        Origin::New(birth) => Some(born(shared, id, place, *birth)),
        Origin::Stored { recoveries } => {
            let Loaded {
                run,
                plan,
                summary,
                held,
            } = read(shared, id, recoveries).await?;
            let stored = run.listening();
            let mut actor = Actor::new(shared, place, run, plan, summary.deployed);
            actor.parent = summary.parent;
            actor.role = summary.role;
            actor.listening = Listening::resume(shared.cursors.take(id), &stored);
            actor.resume(recoveries, &held);
            Some(actor)
        }
    }
}

fn born(shared: &Arc<Shared>, id: &RunId, place: Place, birth: Birth) -> Actor {
    let run = Run::new(id.clone());
    let mut actor = Actor::new(shared, place, run, birth.plan, birth.create.deployed);
    actor.parent = birth.create.parent.clone();
    actor.role = birth.create.role;
    actor.created_at = Some(birth.create.created_at);
    actor.pending = Pending::creating(birth.create);
    actor.answer = Some(birth.answer);
    actor.gathered = Some(Gathered::default());
    actor.feed(Input::Start(birth.start), None);
    actor
}

/// Reads the run, for as long as the store may come back.
async fn read(shared: &Shared, id: &RunId, recoveries: u32) -> Option<Loaded> {
    let mut pause = STORE_RETRY_MS;
    loop {
        match load(shared, id, recoveries).await {
            Ok(loaded) => return loaded,
            Err(error) if error.is_passing() => {
                tracing::warn!(error = %chain(&error), "the run cannot be read; trying again");
                shared.pause(pause).await;
                pause = (pause * 2).min(STORE_RETRY_MS_MAX);
            }
            Err(error) => {
                let why = chain(&error);
                shared
                    .health
                    .trouble(format!("run {id} cannot go on: {why}"));
                return None;
            }
        }
    }
}
