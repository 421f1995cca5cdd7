//! The OpenAPI 3.1 document, made from the handlers themselves.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, License, OpenApi};

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
    let mut api = router::guarded().into_openapi();
    api.merge(router::open().into_openapi());
    api.info = InfoBuilder::new()
        .title("Segue")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The control API of a Segue host: deploy workflows and plugins, start runs and follow them. \
             Every error is a problem document (RFC 9457).",
        ))
        .license(Some(License::new("Apache-2.0")))
        .build();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    api.components
        .get_or_insert_with(Components::new)
        .add_security_scheme("token", bearer);
    let none: [&str; 0] = [];
    api.security = Some(vec![SecurityRequirement::new("token", none)]);
    api
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
            "/v1/plugins",
            "/v1/plugins/{name}",
            "/v1/runs",
            "/v1/runs/{id}",
            "/v1/runs/{id}/cancel",
            "/v1/runs/{id}/events",
            "/v1/runs/{id}/journal",
            "/v1/workflows",
            "/v1/workflows/check",
        ] {
            assert!(paths.iter().any(|known| *known == path), "{path}");
        }
        assert_eq!(paths.len(), 11);
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
    fn only_the_health_routes_need_no_token() {
        for (path, item) in document()["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let open = operation.get("security").is_some();
                assert_eq!(open, !path.starts_with("/v1/"), "{path}");
            }
        }
    }
}
