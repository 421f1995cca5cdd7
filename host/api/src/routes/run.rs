//! `/v1/runs/{id}`: look at a run and its journal, steer it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use segue_executor::{Host, RunView};
use segue_model::RunId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body;
use crate::extract::{InPath, Query, limit, wait};
use crate::failure::{Answer, Failure};
use crate::limits::SMALL_BYTES_MAX;
use crate::routes::runs::link;
use crate::state::ApiState;
use crate::wire::problem::ProblemSchema;
use crate::wire::run::{CancelRun, Journal, RunSchema, SuspendRun};

/// How to look.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShowQuery {
    /// Wait this many seconds (at most 50) for the run to end.
    wait: Option<u64>,
}

/// Show a run
///
/// Where it stands, its attempts with what they used, and its result.
#[utoipa::path(get, path = "/v1/runs/{id}", operation_id = "showRun", tag = "runs",
    params(("id" = String, Path), ShowQuery),
    responses(
        (status = 200, body = RunSchema),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
    ))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    InPath(run): InPath,
    Query(query): Query<ShowQuery>,
) -> Answer<Response> {
    let at_most = wait(query.wait)?;
    let view = observe(&state, &run, at_most).await?;
    Ok(Json(&*view).into_response())
}

/// The run when it has ended, or after `at_most`, or when the service closes.
pub(crate) async fn observe(
    state: &ApiState,
    run: &RunId,
    at_most: Duration,
) -> Answer<Arc<RunView>> {
    if at_most > Duration::ZERO {
        let ended = tokio::select! {
            view = state.host.wait(run, at_most) => Some(view),
            () = state.closed() => None,
        };
        if let Some(view) = ended {
            return Ok(view?);
        }
    }
    Ok(Arc::new(state.host.run(run).await?))
}

/// Which part of a journal.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JournalQuery {
    /// The first entry; 1 where absent.
    from: Option<u64>,
    /// How many at most: 1 to 500, 50 where absent.
    limit: Option<usize>,
}

/// Show a run's journal
///
/// Everything that happened to the run, in order, with what followed from it.
#[utoipa::path(get, path = "/v1/runs/{id}/journal", operation_id = "showJournal", tag = "runs",
    params(("id" = String, Path), JournalQuery),
    responses(
        (status = 200, body = Journal),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
    ))]
pub(crate) async fn journal(
    State(host): State<Host>,
    InPath(run): InPath,
    Query(query): Query<JournalQuery>,
) -> Answer<Response> {
    let limit = limit(query.limit)?;
    let from = query.from.unwrap_or(1);
    if from == 0 {
        return Err(Failure::bad_request("from=0: entries are numbered from 1"));
    }
    // One more than asked for tells whether there is a next page.
    let mut entries = host.journal(&run, from, limit + 1).await?;
    let next = entries
        .get(limit)
        .map(|entry| format!("/v1/runs/{run}/journal?from={}&limit={limit}", entry.seq));
    entries.truncate(limit);
    let headers = link(next.as_deref());
    Ok((headers, Json(Journal { entries, next })).into_response())
}

/// Cancel a run
///
/// Its attempts in flight are stopped. Cancelling a cancelled run again changes nothing; one
/// that ended otherwise is a conflict.
#[utoipa::path(post, path = "/v1/runs/{id}/cancel", operation_id = "cancelRun", tag = "runs",
    params(("id" = String, Path)),
    request_body(content = CancelRun, description = "May be absent"),
    responses(
        (status = 200, body = RunSchema),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, body = ProblemSchema, content_type = "application/problem+json",
            description = "It has ended otherwise"),
    ))]
pub(crate) async fn cancel(
    State(host): State<Host>,
    InPath(run): InPath,
    request: Request,
) -> Answer<Json<RunView>> {
    let asked: CancelRun = body::json_or_default(request, SMALL_BYTES_MAX, "the request").await?;
    Ok(Json(host.cancel(&run, asked.reason).await?))
}

/// Delete a run
///
/// One that has ended: its journal, its payloads and its idempotency key go with it.
#[utoipa::path(delete, path = "/v1/runs/{id}", operation_id = "deleteRun", tag = "runs",
    params(("id" = String, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, body = ProblemSchema, content_type = "application/problem+json",
            description = "It has not ended, or something of it is still to be told to others"),
    ))]
pub(crate) async fn delete(State(host): State<Host>, InPath(run): InPath) -> Answer<StatusCode> {
    host.delete(&run).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Suspend a run
///
/// Attempts in flight may end, and nothing new begins until it is resumed. What comes
/// meanwhile (events, answers, ends of runs that it started) is not lost. Suspending it again
/// changes nothing; a run that has ended is a conflict.
#[utoipa::path(post, path = "/v1/runs/{id}/suspend", operation_id = "suspendRun", tag = "runs",
    params(("id" = String, Path)),
    request_body(content = SuspendRun, description = "May be absent"),
    responses(
        (status = 200, body = RunSchema),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, body = ProblemSchema, content_type = "application/problem+json",
            description = "It has ended"),
    ))]
pub(crate) async fn suspend(
    State(host): State<Host>,
    InPath(run): InPath,
    request: Request,
) -> Answer<Json<RunView>> {
    let asked: SuspendRun = body::json_or_default(request, SMALL_BYTES_MAX, "the request").await?;
    Ok(Json(host.suspend(&run, asked.reason).await?))
}

/// Resume a run
///
/// One that is not suspended goes on anyway; a run that has ended is a conflict.
#[utoipa::path(post, path = "/v1/runs/{id}/resume", operation_id = "resumeRun", tag = "runs",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = RunSchema),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, body = ProblemSchema, content_type = "application/problem+json",
            description = "It has ended"),
    ))]
pub(crate) async fn resume(State(host): State<Host>, InPath(run): InPath) -> Answer<Json<RunView>> {
    Ok(Json(host.resume(&run).await?))
}
