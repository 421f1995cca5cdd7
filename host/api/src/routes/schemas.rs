//! `/v1/schemas`: what editors complete and check with.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

/// Show the JSON Schema of workflow documents
///
/// Of what this host takes: the language as a profile. Editors complete and check with it.
#[utoipa::path(get, path = "/v1/schemas/workflow.json", operation_id = "workflowSchema", tag = "workflows",
    responses(
        (status = 200, body = serde_json::Value, content_type = "application/schema+json"),
    ))]
pub(crate) async fn workflow() -> Response {
    let schema = HeaderValue::from_static("application/schema+json");
    ([(CONTENT_TYPE, schema)], segue_dsl::profile_schema()).into_response()
}
