//! Active runs: one actor each.
//!
//! ```text
//! registry   who is active, and the doors to them
//! create     a new run, and its actor
//! actor      the loop: hear, feed the engine, settle, perform
//! told       what the actor does with what it is told
//! feed       inputs into the engine, effects out of it
//! listening  events for the run's listeners: what was looked at, what comes next
//! pending    what the engine did since the last commit
//! outward    what a commit says to others: events, children, the parent
//! flush      the commit, and what may follow only from it
//! attempts   the attempts that run
//! load       a run from the store
//! ```

mod actor;
mod attempts;
mod birth;
mod create;
mod feed;
mod flush;
mod listening;
mod load;
mod outward;
mod pending;
mod registry;
mod told;

pub(crate) use birth::Origin;
pub(crate) use create::{NewStart, create, create_watched};
pub(crate) use flush::key_reused;
pub(crate) use listening::Cursors;
pub(crate) use load::restore;
pub(crate) use registry::{CallbackAnswer, Message, Place, Registry};

use std::sync::Arc;

use segue_engine::Input;
use segue_model::problem::Kind;
use segue_model::{Problem, RunId};
use tokio::sync::oneshot;
use tracing::Instrument;

use crate::health::shutting_down;
use crate::refusal::store_problem;
use crate::shared::Shared;
use registry::{Delivery, Refused};

/// Spawns the actor of a run.
pub(crate) fn spawn(shared: &Arc<Shared>, run: &RunId, place: Place, origin: Origin) {
    let span = tracing::info_span!("segue.run", %run);
    let life = birth::live(Arc::clone(shared), run.clone(), place, origin);
    shared.tasks.spawn(life.instrument(span));
}

/// Sends a message to a run; loads the run where it is not in memory.
pub(crate) fn send(shared: &Arc<Shared>, run: &RunId, message: Message) -> Result<(), Problem> {
    if shared.tasks.is_draining() {
        return Err(shutting_down());
    }
    match shared
        .registry
        .deliver(run, message, shared.options.runs_max)
    {
        Ok(Delivery::Sent) => Ok(()),
        Ok(Delivery::First(place)) => {
            spawn(shared, run, place, Origin::Stored { recoveries: 0 });
            Ok(())
        }
        Err(Refused::InboxFull) => Err(Problem::new(
            Kind::Busy,
            format!("run {run} has too many commands waiting: try again shortly"),
        )),
        Err(Refused::NoRoom) => Err(no_room(shared)),
    }
}

/// Sends a run an input, and returns when what follows from it is durable, or the run has no
/// use for it: it has ended, does not exist, or expects no such thing any more.
pub(crate) async fn tell(shared: &Arc<Shared>, run: &RunId, input: Input) -> Result<(), Problem> {
    let (done, answer) = oneshot::channel();
    send(
        shared,
        run,
        Message::Input {
            input: Box::new(input),
            done,
        },
    )?;
    if answer.await.is_ok() {
        return Ok(());
    }
    let summary = shared.store().summary(run).await;
    let summary = summary.map_err(|error| store_problem(&error))?;
    match summary {
        Some(summary) if !summary.status.is_ended() => Err(lost_touch(run)),
        _ => Ok(()),
    }
}

/// The run's actor ended before it answered.
pub(crate) fn lost_touch(run: &RunId) -> Problem {
    Problem::new(
        Kind::StoreUnavailable,
        format!("run {run} could not be reached in the store: try again"),
    )
}

/// The refusal of a host whose memory is full of runs.
pub(crate) fn no_room(shared: &Shared) -> Problem {
    Problem::new(
        Kind::Busy,
        format!(
            "{} runs are active, as many as this host takes: try again later",
            shared.options.runs_max
        ),
    )
}
