//! `/v1/runs/{id}/events`: a run's life as server-sent events.
//!
//! What is durable comes from the journal and carries an id, so that a reader that was cut
//! off goes on where it stopped (`Last-Event-ID`). Logs and progress are live only.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;

use crate::extract::InPath;
use crate::failure::{Answer, Failure};
use crate::limits::KEEP_ALIVE;
use crate::state::ApiState;
use crate::wire::problem::ProblemSchema;
use feed::Feed;
use position::Position;

mod feed;
mod position;

/// Follow a run
///
/// Server-sent events, from the first or from `Last-Event-ID` on:
///
/// - `note`: `{"seq", "index", "at", "note"}`: something durable. Its id is `<seq>.<index>`:
///   the journal entry, and the place among what followed from it.
/// - `log` and `progress`: what steps say while they run; without an id, never repeated.
/// - `missed`: `{"count"}`: so many logs and progress reports were dropped for this reader.
/// - `end`: `{"status"}`: the run has ended; the last event. Reconnecting after it gives 204.
#[utoipa::path(get, path = "/v1/runs/{id}/events", operation_id = "followRun", tag = "runs",
    params(
        ("id" = String, Path),
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was received, or the number of the last journal entry"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = StreamEvent),
        (status = 204, description = "The end was received already"),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
    ))]
pub(crate) async fn follow(
    State(state): State<ApiState>,
    InPath(run): InPath,
    headers: HeaderMap,
) -> Answer<Response> {
    let position = match headers.get("last-event-id") {
        None => Position::START,
        Some(value) => match value.to_str().ok().and_then(Position::parse) {
            Some(position) => position,
            None => {
                return Err(Failure::bad_request(
                    "Last-Event-ID is not an id that this stream gave",
                ));
            }
        },
    };
    // Watching begins before anything is read: nothing falls between the two.
    let watch = state.host.watch(&run);
    let view = state.host.run(&run).await?;
    if position.is_end() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let feed = Feed::new(state, run, watch, position, view.status);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(stream(feed))
        .keep_alive(keep_alive)
        .into_response())
}

/// One server-sent event.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct StreamEvent {
    /// What kind.
    event: String,
    /// Where to go on after a break; only what is repeated has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// JSON.
    data: String,
}

fn stream(feed: Feed) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok(event), feed))
    })
}
