//! Bodies: read whole, within a size and a time, and turned into what a handler wants.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use segue_model::problem::Kind;
use serde::de::DeserializeOwned;

use crate::failure::{Answer, Failure};
use crate::limits::BODY_TIME;

/// Reads a body of at most `limit` bytes; `what` names it in messages.
pub(crate) async fn bytes(body: Body, limit: usize, what: &str) -> Answer<Bytes> {
    let reading = Limited::new(body, limit).collect();
    match tokio::time::timeout(BODY_TIME, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failure::new(
            Kind::TooLarge,
            format!("{what} may have {limit} bytes"),
        )),
        Ok(Err(_)) => Err(Failure::bad_request(format!(
            "{what} ended before it was complete"
        ))),
        Err(_) => Err(Failure::plain(
            StatusCode::REQUEST_TIMEOUT,
            format!("{what} did not arrive within {} s", BODY_TIME.as_secs()),
        )),
    }
}

/// Reads a body as text; its media type is not looked at, since tools send YAML under many.
pub(crate) async fn text(body: Body, limit: usize, what: &str) -> Answer<String> {
    let bytes = bytes(body, limit, what).await?;
    String::from_utf8(bytes.into()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::bad_request(format!(
            "{what} is not UTF-8: byte {at} starts no character"
        ))
    })
}

/// Reads a body as JSON of the shape `T`.
pub(crate) async fn json<T: DeserializeOwned>(
    request: Request,
    limit: usize,
    what: &str,
) -> Answer<T> {
    require_json(request.headers(), what)?;
    let bytes = bytes(request.into_body(), limit, what).await?;
    parse(&bytes, what)
}

/// As [`json`], where an empty body stands for the default.
pub(crate) async fn json_or_default<T: DeserializeOwned + Default>(
    request: Request,
    limit: usize,
    what: &str,
) -> Answer<T> {
    let (parts, body) = request.into_parts();
    let bytes = bytes(body, limit, what).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    require_json(&parts.headers, what)?;
    parse(&bytes, what)
}

fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Answer<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The message of serde_json ends with the line and the column.
        Failure::bad_request(format!("{what} cannot be used: {error}"))
    })
}

/// A declared type must be JSON; an undeclared one is taken as it.
fn require_json(headers: &HeaderMap, what: &str) -> Answer<()> {
    let Some(declared) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = declared.to_str().unwrap_or_default();
    let essence = essence
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    Err(Failure::plain(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("{what} must be sent as `Content-Type: application/json`"),
    ))
}
