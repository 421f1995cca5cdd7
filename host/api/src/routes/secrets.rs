//! `/v1/secrets`: put, list by name, remove. A value is never given out again.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use segue_executor::Host;
use serde_json::Value;

use crate::body;
use crate::extract::Name;
use crate::failure::Answer;
use crate::limits::SECRET_BYTES_MAX;
use crate::wire::problem::ProblemSchema;
use crate::wire::secret::{SecretItem, Secrets};

/// List secrets
///
/// Their names alone: no request gives out a value.
#[utoipa::path(get, path = "/v1/secrets", operation_id = "listSecrets", tag = "secrets",
    responses(
        (status = 200, body = Secrets),
    ))]
pub(crate) async fn list(State(host): State<Host>) -> Answer<Json<Secrets>> {
    let secrets = host.secrets().await?.into_iter();
    let secrets = secrets.map(SecretItem::from).collect();
    Ok(Json(Secrets { secrets }))
}

/// Put a secret
///
/// The body is its value: a JSON string, or an object such as
/// `{"username": …, "password": …}`. It is sealed with the host's key before it is stored.
/// One of that name is replaced; requests that are sent from then on have the new value.
#[utoipa::path(put, path = "/v1/secrets/{name}", operation_id = "putSecret", tag = "secrets",
    params(("name" = String, Path)),
    request_body = serde_json::Value,
    responses(
        (status = 201, description = "It is new"),
        (status = 204, description = "It was replaced"),
        (status = 413, body = ProblemSchema, content_type = "application/problem+json"),
    ))]
pub(crate) async fn put(
    State(host): State<Host>,
    Name(name): Name,
    request: Request,
) -> Answer<StatusCode> {
    let value: Value = body::json(request, SECRET_BYTES_MAX, "the secret").await?;
    Ok(match host.put_secret(&name, &value).await? {
        true => StatusCode::CREATED,
        false => StatusCode::NO_CONTENT,
    })
}

/// Remove a secret
///
/// What needs it fails from then on.
#[utoipa::path(delete, path = "/v1/secrets/{name}", operation_id = "deleteSecret", tag = "secrets",
    params(("name" = String, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
    ))]
pub(crate) async fn delete(State(host): State<Host>, Name(name): Name) -> Answer<StatusCode> {
    host.delete_secret(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
