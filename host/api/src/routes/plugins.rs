//! `/v1/plugins`: deploy, list, look at one.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use segue_executor::Host;
use segue_model::limits::COMPONENT_BYTES_MAX;
use segue_model::problem::Kind;

use crate::body;
use crate::extract::Name;
use crate::failure::{Answer, Failure};
use crate::wire::plugin::{Plugin, Plugins};
use crate::wire::problem::ProblemSchema;

/// Deploy a plugin
///
/// The body is a WebAssembly component. It is inspected, compiled and stored; what it imports
/// must be granted or denied by the host's configuration. Deploying the same again changes
/// nothing; the same name and version with another content is a conflict.
#[utoipa::path(post, path = "/v1/plugins", operation_id = "deployPlugin", tag = "plugins",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = Plugin, description = "Deployed"),
        (status = 200, body = Plugin, description = "It was deployed already"),
        (status = 409, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 413, body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, body = ProblemSchema, content_type = "application/problem+json",
            description = "Not a component that this host takes"),
    ))]
pub(crate) async fn deploy(
    State(host): State<Host>,
    body: Body,
) -> Answer<(StatusCode, Json<Plugin>)> {
    let bytes = body::bytes(body, COMPONENT_BYTES_MAX, "the component").await?;
    if bytes.is_empty() {
        return Err(Failure::bad_request(
            "send the component (*.wasm) as the body",
        ));
    }
    let digest = segue_model::Digest::of(&bytes);
    let known = host.plugins().await?;
    let created = known
        .iter()
        .all(|view| view.record.descriptor.digest != digest);
    let record = host.deploy_plugin(bytes.into()).await?;
    let name = record.descriptor.name.clone();
    let version = record.descriptor.version.to_string();
    let plugin = find(&host, &name, Some(&version)).await?;
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(plugin)))
}

/// List plugins and their steps
#[utoipa::path(get, path = "/v1/plugins", operation_id = "listPlugins", tag = "plugins",
    responses(
        (status = 200, body = Plugins),
    ))]
pub(crate) async fn list(State(host): State<Host>) -> Answer<Json<Plugins>> {
    Ok(Json(Plugins::new(host.plugins().await?)))
}

/// Show a plugin
///
/// `name` is a plugin's name, for its newest version, or `name:version`.
#[utoipa::path(get, path = "/v1/plugins/{name}", operation_id = "showPlugin", tag = "plugins",
    params(("name" = String, Path, example = "payment:1.0.0")),
    responses(
        (status = 200, body = Plugin),
        (status = 404, body = ProblemSchema, content_type = "application/problem+json"),
    ))]
pub(crate) async fn show(State(host): State<Host>, Name(name): Name) -> Answer<Json<Plugin>> {
    let (name, version) = match name.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (name.as_str(), None),
    };
    Ok(Json(find(&host, name, version).await?))
}

async fn find(host: &Host, name: &str, version: Option<&str>) -> Answer<Plugin> {
    let named = |view: &segue_executor::PluginView| {
        let descriptor = &view.record.descriptor;
        let right = |version: &str| descriptor.version.to_string() == version;
        descriptor.name == name && version.is_none_or(right)
    };
    let views = host.plugins().await?;
    let newest = views.into_iter().filter(named).max_by(|a, b| {
        a.record
            .descriptor
            .version
            .cmp(&b.record.descriptor.version)
    });
    newest.map(Plugin::from).ok_or_else(|| {
        let short: String = name.chars().take(80).collect();
        Failure::new(
            Kind::NotFound,
            format!("no plugin `{short}` of that version is deployed: GET /v1/plugins lists all"),
        )
    })
}
