//! The few requests that the demonstration makes, all on loopback.

use serde_json::Value;
use std::time::Duration;

use crate::failure::{Doing, Failure};

/// Longer than any answer of a healthy server here takes.
const TIMEOUT: Duration = Duration::from_secs(30);

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .build()
        .into()
}

/// A GET with its JSON answer.
pub(super) fn get(url: &str, token: Option<&str>) -> Result<Value, Failure> {
    let mut request = agent().get(url);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.call().doing(|| format!("read {url}"))?;
    let status = answer.status().as_u16();
    let text = answer
        .body_mut()
        .read_to_string()
        .doing(|| format!("read {url}"))?;
    if status >= 400 {
        return Err(Failure::new(format!(
            "GET {url} was answered {status}: {text}"
        )));
    }
    serde_json::from_str(&text).doing(|| format!("read the JSON of {url}"))
}

/// A POST of JSON with an idempotency key: the status and the JSON answer.
pub(super) fn post(
    url: &str,
    token: &str,
    key: &str,
    body: &Value,
) -> Result<(u16, Value), Failure> {
    let mut answer = agent()
        .post(url)
        .header("Authorization", format!("Bearer {token}"))
        .header("Idempotency-Key", format!("\"{key}\""))
        .header("Content-Type", "application/json")
        .send(body.to_string())
        .doing(|| format!("post to {url}"))?;
    let status = answer.status().as_u16();
    let text = answer
        .body_mut()
        .read_to_string()
        .doing(|| format!("read {url}"))?;
    let value = serde_json::from_str(&text).doing(|| format!("read the JSON of {url}"))?;
    Ok((status, value))
}
