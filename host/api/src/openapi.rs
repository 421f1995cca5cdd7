//! The OpenAPI 3.1 document, made from the handlers themselves.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Content, InfoBuilder, License, OpenApi, Ref, RefOr, ResponseBuilder, Server,
};

use crate::failure::PROBLEM_JSON;
use crate::router;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    // A document of strings and maps always serialises.
    assembled().to_pretty_json().unwrap_or_default()
});

/// The document as JSON text.
pub fn openapi_json() -> &'static str {
    &DOCUMENT
}

/// `GET /v1/openapi.json`.
pub(crate) async fn document() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, json)], openapi_json()).into_response()
}

fn assembled() -> OpenApi {
    let mut guarded = router::guarded().into_openapi();
    each_operation(&mut guarded, add_refusals);
    let mut api = guarded;
    api.merge(router::open().into_openapi());
    each_operation(&mut api, describe_responses);
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    api.info = InfoBuilder::new()
        .title("Segue")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The control API of a Segue host: deploy workflows and plugins, start runs and follow them, send events, keep secrets. \
             Every error is a problem document (RFC 9457).",
        ))
        .license(Some(license))
        .build();
    // Relative to where this document was read.
    api.servers = Some(vec![Server::new("/")]);
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    api.components
        .get_or_insert_with(Components::new)
        .add_security_scheme("token", bearer);
    let none: [&str; 0] = [];
    api.security = Some(vec![SecurityRequirement::new("token", none)]);
    api
}

fn each_operation(api: &mut OpenApi, act: fn(&mut Operation)) {
    for item in api.paths.paths.values_mut() {
        item.get.as_mut().map(act);
        item.post.as_mut().map(act);
        item.put.as_mut().map(act);
        item.delete.as_mut().map(act);
    }
}

/// What every guarded operation may answer, whatever it is.
fn add_refusals(operation: &mut Operation) {
    for (status, description) in [
        ("400", "The request cannot be understood"),
        ("401", "The token is missing or wrong"),
        ("default", "Anything else that went wrong"),
    ] {
        let schema = Ref::from_schema_name("Problem");
        let content = Content::new(Some(schema));
        let response = ResponseBuilder::new()
            .description(description)
            .content(PROBLEM_JSON, content)
            .build();
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert(response.into());
    }
}

/// Descriptions are required; where a route has nothing to say, its status says it.
fn describe_responses(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        let reason = StatusCode::from_bytes(status.as_bytes()).ok();
        let reason = reason.and_then(|status| status.canonical_reason());
        if response.description.is_empty() {
            reason
                .unwrap_or("An answer")
                .clone_into(&mut response.description);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn document() -> Value {
        serde_json::from_str(openapi_json()).unwrap()
    }

    #[test]
    fn the_document_is_openapi_3_1_and_names_every_path() {
        let document = document();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        for path in [
            "/healthz",
            "/readyz",
            "/v1/callbacks/{run}/{token}",
            "/v1/events",
            "/v1/events/lifecycle",
            "/v1/plugins",
            "/v1/plugins/{name}",
            "/v1/runs",
            "/v1/runs/{id}",
            "/v1/runs/{id}/callbacks",
            "/v1/runs/{id}/cancel",
            "/v1/runs/{id}/events",
            "/v1/runs/{id}/journal",
            "/v1/runs/{id}/resume",
            "/v1/runs/{id}/suspend",
            "/v1/schemas/workflow.json",
            "/v1/secrets",
            "/v1/secrets/{name}",
            "/v1/workflows",
            "/v1/workflows/check",
        ] {
            assert!(paths.iter().any(|known| *known == path), "{path}");
        }
        assert_eq!(paths.len(), 20);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut stack = vec![&document];
        while let Some(value) = stack.pop() {
            match value {
                Value::Object(map) => {
                    if let Some(Value::String(reference)) = map.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                    }
                    stack.extend(map.values());
                }
                Value::Array(items) => stack.extend(items),
                _ => {}
            }
        }
    }

    #[test]
    fn only_health_and_callbacks_need_no_token() {
        for (path, item) in document()["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let open = operation.get("security").is_some();
                let own = !path.starts_with("/v1/") || path.starts_with("/v1/callbacks/");
                assert_eq!(open, own, "{path}");
            }
        }
    }

    #[test]
    fn operations_are_told_apart_and_every_answer_is_described() {
        let mut seen = std::collections::BTreeSet::new();
        for item in document()["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                assert!(seen.insert(operation["operationId"].as_str().unwrap().to_owned()));
                for response in operation["responses"].as_object().unwrap().values() {
                    assert!(response["description"].is_string(), "{operation}");
                }
            }
        }
    }
}
