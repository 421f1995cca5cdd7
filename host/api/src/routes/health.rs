//! Whether the host lives, and whether it can take work. Neither needs the token.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use segue_executor::Host;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::ApiState;

/// The host answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Names this start of the host.
    instance: String,
    /// The version of Segue.
    version: &'static str,
}

/// Whether the host answers at all
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "health", security(()),
    responses((status = 200, body = Health)))]
pub(crate) async fn healthz(State(state): State<ApiState>) -> Json<Health> {
    Json(Health {
        status: "ok",
        instance: state.instance,
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Whether the host takes work
///
/// Not before recovery is done, and not while the store cannot be written; the reasons say why.
#[utoipa::path(get, path = "/readyz", operation_id = "readiness", tag = "health", security(()),
    responses((status = 200, body = Ready), (status = 503, body = Ready)))]
pub(crate) async fn readyz(State(host): State<Host>) -> Response {
    let readiness = host.readiness().await;
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = Ready {
        ready: readiness.ready,
        reasons: readiness.reasons,
    };
    (status, Json(answer)).into_response()
}

/// Whether the host takes work.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    ready: bool,
    /// What stands in the way, or is not as it should be.
    reasons: Vec<String>,
}
