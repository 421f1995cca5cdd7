//! `/v1/callbacks`: what runs ask of somebody outside. The token in the address is the proof:
//! whoever has it may look and answer, and needs no other.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue};
use segue_executor::Host;
use segue_model::RunId;
use segue_model::problem::Kind;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::body;
use crate::extract::{InPath, Names, Query};
use crate::failure::{Answer, Failure};
use crate::limits::{BY_CHARS_MAX, START_BYTES_MAX};
use crate::wire::callback::{Answered, CallbackSchema, Callbacks};
use crate::wire::problem::ProblemSchema;

/// The address is a secret: it is neither stored on the way nor passed on.
type Discreet = [(HeaderName, HeaderValue); 2];

fn discreet() -> Discreet {
    [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ]
}

/// List the callbacks that a run waits for
///
/// With the address of each, at which it can be looked at and answered without the token of
/// this API.
#[utoipa::path(get, path = "/v1/runs/{id}/callbacks", operation_id = "listCallbacks", tag = "callbacks",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Callbacks),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list(State(host): State<Host>, InPath(run): InPath) -> Answer<Json<Callbacks>> {
    let callbacks = host.callbacks(&run).await?;
    Ok(Json(Callbacks { callbacks }))
}

/// Show a callback
///
/// What is asked, and the JSON Schema of the answer. Needs no token but the one in the address.
#[utoipa::path(get, path = "/v1/callbacks/{run}/{token}", operation_id = "showCallback", tag = "callbacks",
    security(()),
    params(("run" = String, Path), ("token" = String, Path)),
    responses(
        (status = 200, body = CallbackSchema),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json",
            description = "Nothing waits there (any more)"),
    ))]
pub(crate) async fn show(
    State(host): State<Host>,
    Names((run, token)): Names<(String, String)>,
) -> Answer<(Discreet, Json<segue_executor::CallbackView>)> {
    let view = host.callback(&run_id(&run)?, &token).await?;
    Ok((discreet(), Json(view)))
}

/// Who answers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AnswerQuery {
    /// Who answers, as far as it is known; stands in the journal.
    by: Option<String>,
}

/// Answer a callback
///
/// The body is the answer, any JSON; the task completes with it. It is sent back when it is
/// durable. One that does not match the form is refused and the task waits on. The same answer
/// again changes nothing; another one is a conflict. Needs no token but the one in the address.
#[utoipa::path(post, path = "/v1/callbacks/{run}/{token}", operation_id = "answerCallback", tag = "callbacks",
    security(()),
    params(("run" = String, Path), ("token" = String, Path), AnswerQuery),
    request_body = serde_json::Value,
    responses(
        (status = 200, body = Answered),
        (status = 400, body = ProblemSchema, content_type = "application/problem+json",
            description = "It does not match the form"),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json",
            description = "Nothing waits there (any more)"),
        (status = 409, body = ProblemSchema, content_type = "application/problem+json",
            description = "It was answered before, and otherwise"),
    ))]
pub(crate) async fn answer(
    State(host): State<Host>,
    Names((run, token)): Names<(String, String)>,
    Query(query): Query<AnswerQuery>,
    request: Request,
) -> Answer<(Discreet, Json<Answered>)> {
    let run = run_id(&run)?;
    if let Some(by) = &query.by
        && by.chars().count() > BY_CHARS_MAX
    {
        let detail = format!("by: at most {BY_CHARS_MAX} characters are taken");
        return Err(Failure::bad_request(detail));
    }
    let answer: Value = body::json(request, START_BYTES_MAX, "the answer").await?;
    let answered = host.answer_callback(&run, &token, answer, query.by).await?;
    let answered = Answered {
        run: run.to_string(),
        replayed: !answered.first,
    };
    Ok((discreet(), Json(answered)))
}

/// What cannot be an id names nothing; a stranger is told no more than of a wrong token.
fn run_id(text: &str) -> Answer<RunId> {
    text.parse()
        .map_err(|_| Failure::new(Kind::NotFound, "nothing waits for an answer here"))
}
