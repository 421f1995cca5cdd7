//! Active runs: one actor each.
//!
//! ```text
//! registry   who is active, and the doors to them
//! actor      the loop: hear, feed the engine, settle, perform
//! feed       inputs into the engine, effects out of it
//! pending    what the engine did since the last commit
//! flush      the commit, and what may follow only from it
//! attempts   the attempts that run
//! load       a run from the store
//! ```

mod actor;
mod attempts;
mod birth;
mod feed;
mod flush;
mod load;
mod pending;
mod registry;

pub(crate) use birth::{Birth, Origin};
pub(crate) use flush::key_reused;
pub(crate) use load::restore;
pub(crate) use registry::{Message, Place, Registry};

use std::sync::Arc;

use segue_model::problem::Kind;
use segue_model::{Problem, RunId};
use tracing::Instrument;

use crate::health::shutting_down;
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
