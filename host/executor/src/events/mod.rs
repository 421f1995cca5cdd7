//! Events from outside: accepting them, and waking whoever listens.
//!
//! An accepted event stands in the inbox for its time to live. Runs with a listener that may
//! want it are told to look; each run's actor then reads what is offered to it. Nothing here
//! needs to survive a crash: after a start, every run that listens looks.

mod expiry;
mod waker;

pub(crate) use expiry::run as expire;
pub(crate) use waker::{Waker, look_around, run};

use segue_model::Problem;
use segue_model::payload::{Extent, PAYLOAD_DEPTH_MAX};
use segue_model::problem::Kind;
use segue_store::{Accepted, NewEvent};

use crate::refusal::store_problem;
use crate::shared::Shared;

/// Accepts events. They are durable when this returns.
pub(crate) async fn accept(
    shared: &Shared,
    events: Vec<NewEvent>,
) -> Result<Vec<Accepted>, Problem> {
    shared.admit().await?;
    events.iter().try_for_each(|event| check(shared, event))?;
    let kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
    match shared.store().accept(events).await {
        Ok(accepted) => {
            let new = kinds.into_iter().zip(&accepted);
            shared
                .waker
                .wake(new.filter(|(_, one)| !one.duplicate).map(|(kind, _)| kind));
            Ok(accepted)
        }
        Err(error) => {
            shared.health.store_refused(&error, shared.now());
            Err(store_problem(&error))
        }
    }
}

/// What is accepted must be readable when a run consumes it.
fn check(shared: &Shared, event: &NewEvent) -> Result<(), Problem> {
    let (size, limit) = (event.body.len(), shared.options.event_bytes_max);
    let refuse = |detail: String| Err(Problem::new(Kind::TooLarge, detail));
    if size > limit {
        return refuse(format!(
            "event `{}` has {size} bytes; at most {limit} are taken: put large data elsewhere, and its address into the event",
            event.id
        ));
    }
    if let Err(reason) = segue_store::check::event(event) {
        return refuse(reason);
    }
    let value: serde_json::Value = serde_json::from_str(&event.body).map_err(|error| {
        let detail = format!("event `{}` is not JSON: {error}", event.id);
        Problem::new(Kind::BadRequest, detail)
    })?;
    if Extent::of(&value).depth > PAYLOAD_DEPTH_MAX {
        return refuse(format!(
            "event `{}` nests deeper than {PAYLOAD_DEPTH_MAX} levels: hand the inner part over as text",
            event.id
        ));
    }
    Ok(())
}
