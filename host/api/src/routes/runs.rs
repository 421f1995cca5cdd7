//! `/v1/runs`: start and list.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{LINK, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use segue_executor::{Begun, RunView, SelectorError, StartRequest, Started};
use segue_executor::{Page, RunFilter, RunRole, RunStatus};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body;
use crate::extract::{Query, limit, wait};
use crate::failure::{Answer, Failure};
use crate::idempotency;
use crate::limits::START_BYTES_MAX;
use crate::routes::run::observe;
use crate::state::ApiState;
use crate::wire::problem::ProblemSchema;
use crate::wire::run::{RunItem, RunSchema, Runs, StartRun};

/// Tells a caller that its key was known and nothing was started again.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How to start.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartQuery {
    /// Wait this many seconds (at most 50) for the run to end.
    wait: Option<u64>,
}

/// Start a run
///
/// The answer is sent when the run is durable: after it, the run goes on whatever happens to
/// the host. 200 where it has ended by then (or within `wait`), else 202; `Location` is the
/// run either way. The same `Idempotency-Key` with the same request gives the same run.
#[utoipa::path(post, path = "/v1/runs", operation_id = "startRun", tag = "runs",
    params(
        StartQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "A string that names this request, as a Structured Field string or bare; draft-ietf-httpapi-idempotency-key-header-07"),
        ("traceparent" = Option<String>, Header, description = "W3C Trace Context; stored with the run and given to its steps"),
    ),
    request_body = StartRun,
    responses(
        (status = 200, body = RunSchema, description = "It has ended"),
        (status = 202, body = RunSchema, description = "It goes on"),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, body = ProblemSchema, content_type = "application/problem+json",
            description = "The idempotency key was used with another request"),
        (status = 503, body = ProblemSchema, content_type = "application/problem+json",
            description = "Not now: `Retry-After` says when"),
    ))]
pub(crate) async fn start(
    State(state): State<ApiState>,
    Query(query): Query<StartQuery>,
    request: Request,
) -> Answer<Response> {
    let at_most = wait(query.wait)?;
    let key = idempotency::key(request.headers())?;
    let trace_parent = idempotency::trace_parent(request.headers());
    let asked: StartRun = body::json(request, START_BYTES_MAX, "the request").await?;
    let workflow = asked
        .workflow
        .parse()
        .map_err(|error: SelectorError| Failure::bad_request(error.to_string()))?;
    let begun = state
        .host
        .begin_run(StartRequest {
            workflow,
            input: asked.input,
            key,
            trace_parent,
        })
        .await?;
    let view = end(&state, &begun, at_most).await?;
    let Started { run, created } = &begun.started;
    let status = if view.status.is_ended() {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::try_from(format!("/v1/runs/{run}")) {
        headers.insert(LOCATION, location);
    }
    if !created {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok((status, headers, Json(&*view)).into_response())
}

/// The run that was begun, as [`observe`] gives any other.
async fn end(state: &ApiState, begun: &Begun, at_most: Duration) -> Answer<Arc<RunView>> {
    if at_most > Duration::ZERO {
        let ended = tokio::select! {
            view = state.host.wait_for(begun, at_most) => Some(view),
            () = state.closed() => None,
        };
        if let Some(view) = ended {
            return Ok(view?);
        }
    }
    observe(state, &begun.started.run, Duration::ZERO).await
}

/// Which runs to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only runs of this status.
    status: Option<String>,
    /// Only runs of this workflow: `namespace/name`, or just `namespace`.
    workflow: Option<String>,
    /// Only runs of this role: `run`, or `schedule`.
    role: Option<String>,
    /// Only runs that this one started and waits for.
    parent: Option<String>,
    /// Only runs older than this one.
    before: Option<String>,
    /// How many at most: 1 to 500, 50 where absent.
    limit: Option<usize>,
}

/// List runs, newest first
///
/// `next`, and the header `Link` with `rel="next"`, lead to the next page.
#[utoipa::path(get, path = "/v1/runs", operation_id = "listRuns", tag = "runs", params(ListQuery),
    responses(
        (status = 200, body = Runs),
    ))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Query(query): Query<ListQuery>,
) -> Answer<Response> {
    let limit = limit(query.limit)?;
    let filter = filter(&query)?;
    let before = match &query.before {
        Some(text) => Some(text.parse().map_err(|error: segue_model::id::IdError| {
            Failure::bad_request(format!("before: {error}"))
        })?),
        None => None,
    };
    // One more than asked for tells whether there is a next page.
    let page = Page {
        before,
        limit: limit + 1,
    };
    let mut found = state.host.runs(filter, page).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| {
        let mut url = format!("/v1/runs?before={}&limit={limit}", last.run);
        // Both were checked: they are labels and names that need no escaping.
        for (name, value) in [
            ("status", &query.status),
            ("workflow", &query.workflow),
            ("role", &query.role),
            ("parent", &query.parent),
        ] {
            if let Some(value) = value {
                url.push_str(&format!("&{name}={value}"));
            }
        }
        url
    });
    let headers = link(next.as_deref());
    let runs = found.into_iter().map(RunItem::from).collect();
    Ok((headers, Json(Runs { runs, next })).into_response())
}

/// The header `Link` (RFC 8288) to the next page.
pub(crate) fn link(next: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = next.and_then(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok());
    if let Some(value) = value {
        headers.insert(LINK, value);
    }
    headers
}

fn filter(query: &ListQuery) -> Answer<RunFilter> {
    let mut filter = RunFilter::default();
    if let Some(name) = &query.status {
        let status = RunStatus::ALL
            .into_iter()
            .find(|status| status.name() == name);
        let names = || RunStatus::ALL.map(RunStatus::name).join(", ");
        filter.status = Some(status.ok_or_else(|| {
            Failure::bad_request(format!(
                "there is no such status: choose one of {}",
                names()
            ))
        })?);
    }
    filter.role = match query.role.as_deref() {
        None => None,
        Some("run") => Some(RunRole::Run),
        Some("schedule") => Some(RunRole::Schedule),
        Some(_) => {
            let detail = "there is no such role: choose `run` or `schedule`";
            return Err(Failure::bad_request(detail));
        }
    };
    if let Some(parent) = &query.parent {
        let parsed = parent.parse().map_err(|error: segue_model::id::IdError| {
            Failure::bad_request(format!("parent: {error}"))
        });
        filter.parent = Some(parsed?);
    }
    if let Some(workflow) = &query.workflow {
        let (namespace, name) = match workflow.split_once('/') {
            Some((namespace, name)) => (namespace, Some(name)),
            None => (workflow.as_str(), None),
        };
        let label = segue_model::id::is_label;
        if !label(namespace) || !name.is_none_or(label) {
            return Err(Failure::bad_request(
                "workflow: write `namespace` or `namespace/name`, without a version",
            ));
        }
        filter.namespace = Some(namespace.to_owned());
        filter.name = name.map(str::to_owned);
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(status: Option<&str>, workflow: Option<&str>) -> Answer<RunFilter> {
        filter(&ListQuery {
            status: status.map(str::to_owned),
            workflow: workflow.map(str::to_owned),
            role: None,
            parent: None,
            before: None,
            limit: None,
        })
    }

    #[test]
    fn runs_are_filtered_by_status_and_workflow() {
        let found = filtered(Some("faulted"), Some("shop/order")).unwrap();
        assert_eq!(found.status, Some(RunStatus::Faulted));
        assert_eq!(found.namespace.as_deref(), Some("shop"));
        assert_eq!(found.name.as_deref(), Some("order"));
        let all = filtered(None, Some("shop")).unwrap();
        assert_eq!((all.namespace.as_deref(), all.name), (Some("shop"), None));
    }

    #[test]
    fn runs_are_filtered_by_role_and_parent() {
        let query = |role: &str, parent: &str| ListQuery {
            status: None,
            workflow: None,
            role: Some(role.to_owned()),
            parent: Some(parent.to_owned()),
            before: None,
            limit: None,
        };
        let run = "run-00000000000000000000000000";
        let found = filter(&query("schedule", run)).unwrap();
        assert_eq!(found.role, Some(RunRole::Schedule));
        assert_eq!(found.parent.unwrap().as_str(), run);
        assert!(filter(&query("boss", run)).is_err());
        assert!(filter(&query("run", "me")).is_err());
    }

    #[test]
    fn filters_that_match_nothing_are_refused() {
        assert!(filtered(Some("done"), None).is_err());
        for workflow in ["", "a/", "/b", "a/b:1.0.0", "a b", "a/b/c", "a&b"] {
            assert!(filtered(None, Some(workflow)).is_err(), "{workflow}");
        }
    }
}
