//! What every refused request gets: a problem document (RFC 9457) under the status that fits.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use segue_model::Problem;
use segue_model::problem::Kind;

use crate::limits::{RETRY_BUSY_SECONDS, RETRY_STORE_SECONDS};

/// The media type of RFC 9457.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// A problem on its way to the caller.
#[derive(Debug)]
pub(crate) struct Failure(Box<Problem>);

/// What handlers return.
pub(crate) type Answer<T> = Result<T, Failure>;

impl Failure {
    /// A problem of one of the host's kinds.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Failure(Box::new(Problem::new(kind, detail)))
    }

    /// A request that cannot be understood.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Failure::new(Kind::BadRequest, detail)
    }

    /// A problem that says no more than its HTTP status: RFC 9457, section 4.2.1.
    pub(crate) fn plain(status: StatusCode, detail: impl Into<String>) -> Self {
        Failure(Box::new(Problem {
            kind: "about:blank".to_owned(),
            status: status.as_u16(),
            title: status.canonical_reason().map(str::to_owned),
            detail: Some(detail.into()),
            instance: None,
            extensions: serde_json::Map::new(),
        }))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure(Box::new(problem))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut problem = *self.0;
        let status = status_of(&problem);
        problem.status = status.as_u16();
        if status.is_server_error() {
            tracing::warn!(kind = %problem.kind, detail = problem.detail.as_deref(), "request failed");
        }
        // A problem always serialises: it is made of strings and JSON values.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = retry_after(&problem) {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"segue\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The status of a problem that a request meets. Problems of runs are data inside of a 2xx
/// and never come here.
fn status_of(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status)
        .ok()
        .filter(|status| status.is_client_error() || status.is_server_error())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn retry_after(problem: &Problem) -> Option<u32> {
    if problem.is(Kind::Busy) {
        Some(RETRY_BUSY_SECONDS)
    } else if problem.is(Kind::StoreUnavailable) {
        Some(RETRY_STORE_SECONDS)
    } else {
        None
    }
}

/// No route has this path.
pub(crate) async fn no_such_route(uri: Uri) -> Failure {
    let path: String = uri.path().chars().take(200).collect();
    Failure::new(
        Kind::NotFound,
        format!("there is nothing at {path}: GET /v1/openapi.json lists every path"),
    )
}

/// The route exists, but not with this method; axum adds `Allow`.
pub(crate) async fn no_such_method(method: Method, uri: Uri) -> Response {
    let detail = format!(
        "{} does not take {method}: the header Allow lists what it takes",
        uri.path()
    );
    let mut response = Failure::plain(StatusCode::METHOD_NOT_ALLOWED, detail).into_response();
    // axum fills it in with the methods of the route.
    response.headers_mut().remove(ALLOW);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_problem_has_an_error_status() {
        for kind in Kind::ALL {
            let status = status_of(&Problem::new(*kind, ""));
            assert_eq!(status.as_u16(), kind.status(), "{kind:?}");
        }
    }

    #[test]
    fn a_status_that_is_no_error_becomes_an_internal_one() {
        let mut problem = Problem::new(Kind::Internal, "");
        for status in [0, 200, 302, 999, 65_535] {
            problem.status = status;
            assert_eq!(status_of(&problem), StatusCode::INTERNAL_SERVER_ERROR);
        }
    }

    #[test]
    fn a_busy_host_says_when_to_try_again() {
        for kind in [Kind::Busy, Kind::StoreUnavailable] {
            let response = Failure::new(kind, "x").into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key(RETRY_AFTER));
        }
        let other = Failure::new(Kind::NotFound, "x").into_response();
        assert!(!other.headers().contains_key(RETRY_AFTER));
    }
}
