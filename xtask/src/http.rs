//! Requests to hosts and services on this machine.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Request;

use crate::failure::{Doing, Failure};

/// Longer than any answer of a healthy server here takes, compiling a large component included.
const TIMEOUT: Duration = Duration::from_secs(300);

fn agent() -> &'static ureq::Agent {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into()
    })
}

/// A GET with its JSON answer.
pub(crate) fn get(url: &str, token: Option<&str>) -> Result<Value, Failure> {
    let (status, value) = send("GET", url, token, &[], None)?;
    if status >= 400 {
        return Err(Failure::new(format!(
            "GET {url} was answered {status}: {value}"
        )));
    }
    Ok(value)
}

/// A POST of JSON with an idempotency key: the status and the JSON answer.
pub(crate) fn post(
    url: &str,
    token: &str,
    key: &str,
    body: &Value,
) -> Result<(u16, Value), Failure> {
    let headers = [
        ("Idempotency-Key", format!("\"{key}\"")),
        ("Content-Type", "application/json".to_owned()),
    ];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let body = body.to_string();
    send("POST", url, Some(token), &headers, Some(body.as_bytes()))
}

/// Any request: the status, and the answer as JSON (as text where it is none).
pub(crate) fn send(
    method: &str,
    url: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<(u16, Value), Failure> {
    let doing = || format!("{method} {url}");
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let answer = match body {
        Some(body) => agent().run(request.body(body).doing(doing)?),
        None => agent().run(request.body(()).doing(doing)?),
    };
    let mut answer = answer.doing(doing)?;
    let status = answer.status().as_u16();
    let text = answer
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()
        .doing(doing)?;
    let value = match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    };
    Ok((status, value))
}
