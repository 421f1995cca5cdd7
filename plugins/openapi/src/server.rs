//! Where an operation is: its server and its path.

use http_common::Url;
use segue_plugin::StepError;
use serde_json::Value;

use crate::document::{Version, unusable};
use crate::operation::Operation;

/// The URI that an operation's path is added to, without a slash at its end.
pub(crate) fn base(operation: &Operation<'_>) -> Result<String, StepError> {
    let url = match operation.document.version {
        Version::OpenApi3 => of_servers(operation)?,
        Version::Swagger2 => of_host(operation)?,
    };
    Ok(url.bare().trim_end_matches('/').to_owned())
}

/// The first server of the operation, of its path or of the document; relative to the document.
fn of_servers(operation: &Operation<'_>) -> Result<Url, StepError> {
    let document = operation.document;
    let first = [operation.node, operation.item, &document.root]
        .into_iter()
        .find_map(|node| node.get("servers")?.as_array()?.first());
    let Some(server) = first else {
        return document.url.join("/", "the server");
    };
    let template = server.get("url").and_then(Value::as_str).unwrap_or("/");
    let mut url = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let variable = server.get("variables").and_then(|all| all.get(name));
        let default = variable.and_then(|variable| variable.get("default"));
        let value = default.and_then(http_common::scalar).ok_or_else(|| {
            unusable(format!(
                "the server `{template}` has a variable `{name}` without a default"
            ))
        })?;
        url.push_str(before);
        url.push_str(&value);
        rest = after;
    }
    url.push_str(rest);
    document.url.join(&url, "the server")
}

/// Swagger 2.0 has the parts; those that are missing are the document's own.
fn of_host(operation: &Operation<'_>) -> Result<Url, StepError> {
    let document = operation.document;
    let text = |name: &str| document.root.get(name).and_then(Value::as_str);
    let mut schemes = document.texts(operation.node, "schemes");
    schemes.retain(|scheme| scheme == "http" || scheme == "https");
    let own = document.url.scheme();
    let scheme = if schemes.is_empty() || schemes.iter().any(|scheme| scheme == own) {
        own
    } else {
        schemes.first().map_or(own, String::as_str)
    };
    let host = text("host").unwrap_or(document.url.authority());
    let path = text("basePath").unwrap_or("/").trim_start_matches('/');
    Url::parse(
        &format!("{scheme}://{host}/{path}"),
        "the service's address",
    )
}
