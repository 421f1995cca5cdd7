//! `/v1/events`: events from outside, and the lifecycle of all runs.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use segue_executor::{Host, LifecycleEvent, LifecycleWatch, NewEvent};
use segue_model::event::{BATCH_BYTES_MAX, CloudEvent, EventError, Headers, decode_request};
use segue_model::problem::Kind;

use crate::body;
use crate::failure::{Answer, Failure};
use crate::limits::KEEP_ALIVE;
use crate::routes::follow::StreamEvent;
use crate::state::ApiState;
use crate::wire::event::{Accepted, CloudEventSchema, Received};
use crate::wire::problem::ProblemSchema;

/// Send events
///
/// CloudEvents 1.0 over HTTP: structured (`application/cloudevents+json`), a batch
/// (`application/cloudevents-batch+json`), or binary, with the attributes as `ce-` headers. The
/// answer is sent when the events are durable: every run that listens for one gets it, and it
/// waits for others for as long as the host keeps events. One whose `source` and `id` came
/// before is a duplicate, and nobody gets it again.
#[utoipa::path(post, path = "/v1/events", operation_id = "sendEvents", tag = "events",
    request_body(content = CloudEventSchema, content_type = "application/cloudevents+json"),
    responses(
        (status = 202, body = Received, description = "They are durable"),
        (status = 413, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 415, body = ProblemSchema, content_type = "application/problem+json",
            description = "No mode of CloudEvents that is understood"),
        (status = 503, body = ProblemSchema, content_type = "application/problem+json",
            description = "Not now: `Retry-After` says when"),
    ))]
pub(crate) async fn send(
    State(host): State<Host>,
    request: Request,
) -> Answer<(StatusCode, Json<Received>)> {
    let (parts, body) = request.into_parts();
    let bytes = body::bytes(body, BATCH_BYTES_MAX, "the events").await?;
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    let events = decode_request(&Headers::new(headers), &bytes).map_err(refused)?;
    let accepted = host
        .accept_events(events.iter().map(new_event).collect())
        .await?;
    let events = events
        .iter()
        .zip(accepted)
        .map(|(event, accepted)| Accepted {
            source: event.source().to_owned(),
            id: event.id().to_owned(),
            number: accepted.number,
            duplicate: accepted.duplicate,
        });
    let received = Received {
        events: events.collect(),
    };
    Ok((StatusCode::ACCEPTED, Json(received)))
}

fn new_event(event: &CloudEvent) -> NewEvent {
    NewEvent {
        source: event.source().to_owned(),
        id: event.id().to_owned(),
        kind: event.kind().to_owned(),
        body: event.to_json().into(),
    }
}

fn refused(error: EventError) -> Failure {
    let detail = format!("{error}: {}", error.fix());
    let unknown = matches!(
        error,
        EventError::NoEvent | EventError::UnknownFormat { .. }
    );
    if unknown {
        return Failure::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail);
    }
    let kind = match error.is_limit() {
        true => Kind::TooLarge,
        false => Kind::BadRequest,
    };
    let problem = segue_model::Problem::new(kind, detail);
    match error.attribute() {
        Some(attribute) => problem.with("attribute", attribute).into(),
        None => problem.into(),
    }
}

/// Follow the lifecycle of all runs
///
/// Server-sent events from now on: `lifecycle` with a CloudEvent of the specification's types
/// (`io.serverlessworkflow.workflow.started.v1` and so on), told when what it tells of is
/// durable; `missed` with `{"count"}` where this reader was too slow. Nothing is repeated: who
/// must not miss any configures a sink.
#[utoipa::path(get, path = "/v1/events/lifecycle", operation_id = "followLifecycle", tag = "events",
    responses(
        (status = 200, content_type = "text/event-stream", body = StreamEvent),
    ))]
pub(crate) async fn lifecycle(State(state): State<ApiState>) -> Response {
    let watch = state.host.watch_lifecycle();
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Sse::new(stream(state, watch))
        .keep_alive(keep_alive)
        .into_response()
}

fn stream(state: ApiState, watch: LifecycleWatch) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((state, watch), |(state, mut watch)| async move {
        let next = tokio::select! {
            next = watch.next() => next?,
            () = state.closed() => return None,
        };
        let event = match next {
            LifecycleEvent::Event(event) => Event::default().event("lifecycle").data(event.text()),
            LifecycleEvent::Missed(count) => {
                let data = serde_json::json!({ "count": count });
                Event::default().event("missed").data(data.to_string())
            }
        };
        Some((Ok(event), (state, watch)))
    })
}
