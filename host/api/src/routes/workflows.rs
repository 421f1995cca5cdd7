//! `/v1/workflows`: deploy, list, check.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use segue_dsl::{Diagnostic, Severity, to_json};
use segue_executor::{Host, Rejection};
use serde_json::Value;

use crate::body;
use crate::failure::{Answer, Failure};
use crate::limits::WORKFLOW_BODY_BYTES_MAX;
use crate::wire::problem::ProblemSchema;
use crate::wire::workflow::{Checked, Deployed, Workflows};

/// How diagnostics name a document that came without a file name.
const DOCUMENT: &str = "workflow";

/// Deploy a workflow
///
/// The body is the document's text, YAML or JSON, under any media type. Every step that it
/// calls is pinned to a component that is deployed now. Deploying the same again changes
/// nothing.
#[utoipa::path(post, path = "/v1/workflows", operation_id = "deployWorkflow", tag = "workflows",
    request_body(content = String, content_type = "application/yaml"),
    responses(
        (status = 201, body = Deployed, description = "Deployed"),
        (status = 200, body = Deployed, description = "It was deployed already"),
        (status = 409, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, body = ProblemSchema, content_type = "application/problem+json",
            description = "The document is not acceptable: `diagnostics` says where and why"),
    ))]
pub(crate) async fn deploy(
    State(host): State<Host>,
    body: Body,
) -> Answer<(StatusCode, Json<Deployed>)> {
    let source = source(body).await?;
    match host.deploy_workflow(&source).await {
        Ok(deployment) => {
            let warnings = listed(&deployment.diagnostics, &source);
            let status = if deployment.created {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            Ok((status, Json(Deployed::new(deployment, warnings))))
        }
        Err(Rejection {
            problem,
            diagnostics,
        }) if diagnostics.is_empty() => Err(problem.into()),
        Err(Rejection {
            problem,
            diagnostics,
        }) => {
            let listed = listed(&diagnostics, &source);
            Err(problem.with("diagnostics", listed).into())
        }
    }
}

/// List workflows
#[utoipa::path(get, path = "/v1/workflows", operation_id = "listWorkflows", tag = "workflows",
    responses(
        (status = 200, body = Workflows),
    ))]
pub(crate) async fn list(State(host): State<Host>) -> Answer<Json<Workflows>> {
    Ok(Json(Workflows::new(host.workflows().await?)))
}

/// Check a workflow without deploying it
///
/// The answer is 200 whatever is found; `valid` says whether it would be deployed.
#[utoipa::path(post, path = "/v1/workflows/check", operation_id = "checkWorkflow", tag = "workflows",
    request_body(content = String, content_type = "application/yaml"),
    responses(
        (status = 200, body = Checked),
    ))]
pub(crate) async fn check(State(host): State<Host>, body: Body) -> Answer<Json<Checked>> {
    let source = source(body).await?;
    let found = host.check_workflow(&source).await;
    Ok(Json(Checked {
        valid: found.iter().all(|one| one.severity != Severity::Error),
        diagnostics: listed(&found, &source),
    }))
}

async fn source(body: Body) -> Answer<String> {
    let text = body::text(body, WORKFLOW_BODY_BYTES_MAX, "the workflow document").await?;
    if text.trim().is_empty() {
        return Err(Failure::bad_request(
            "send the workflow document, YAML or JSON, as the body",
        ));
    }
    Ok(text)
}

fn listed(diagnostics: &[Diagnostic], source: &str) -> Value {
    to_json(diagnostics, source, DOCUMENT)
}
