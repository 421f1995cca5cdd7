//! Answers that are failures, as step errors.

use serde_json::{Map, Value};

use super::Response;
use crate::StepError;

/// The type of a refusal that names none itself (the workflow language's own).
const COMMUNICATION: &str =
    "https://open-workflow-specification.org/spec/1.0.0/errors/communication";
/// The media type of RFC 9457.
const PROBLEM_JSON: &str = "application/problem+json";
/// Statuses after which the same request may succeed: time-outs, too early, too many, and the
/// transient failures of servers (RFC 9110, RFC 6585, RFC 8470).
const TRANSIENT: &[u16] = &[408, 425, 429, 500, 502, 503, 504];
/// How much of a body that is no problem document goes into the detail, in characters.
const SHOWN_CHARACTERS: usize = 200;

impl Response {
    /// The response itself if its status is 200 to 299; otherwise a [`StepError`] with that
    /// status, which is retryable for transient statuses and waits as `Retry-After` says. A
    /// problem document (RFC 9457) gives it its type, title, detail and further members.
    pub fn or_step_error(self) -> Result<Response, StepError> {
        if self.is_success() {
            Ok(self)
        } else {
            Err(self.step_error())
        }
    }

    fn step_error(&self) -> StepError {
        let mut problem = self.problem();
        let shown = if problem.is_empty() {
            self.text()
        } else {
            String::new()
        };
        let mut text = |name: &str| match problem.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let kind = text("type").unwrap_or_else(|| COMMUNICATION.to_owned());
        let title = text("title")
            .unwrap_or_else(|| format!("The service answered with status {}", self.status));
        let detail =
            text("detail").unwrap_or_else(|| shown.chars().take(SHOWN_CHARACTERS).collect());
        problem.remove("status");

        let mut error = StepError::new(kind, title).status(self.status);
        if !detail.is_empty() {
            error = error.detail(detail);
        }
        for (name, value) in problem {
            error = error.extension(name, value);
        }
        if !TRANSIENT.contains(&self.status) {
            return error;
        }
        match self.retry_after() {
            Some(wait) => error.retry_after(wait),
            None => error.retryable(),
        }
    }

    fn problem(&self) -> Map<String, Value> {
        let is_problem = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with(PROBLEM_JSON));
        if is_problem {
            self.json().unwrap_or_default()
        } else {
            Map::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_busy_service_gives_a_retryable_error_that_waits() {
        let answer = Response::new(503, [("Retry-After", "2")], "try later");
        let error = answer.or_step_error().unwrap_err();
        assert!(error.is_retryable());
        assert_eq!(error.waits(), Some(Duration::from_secs(2)));
        assert_eq!(error.status_code(), Some(503));
    }

    #[test]
    fn a_problem_document_gives_its_type_and_members() {
        let body =
            r#"{"type":"https://shop.example/problems/x","title":"X","status":409,"missing":[1]}"#;
        let answer = Response::new(409, [("Content-Type", "application/problem+json")], body);
        let error = answer.or_step_error().unwrap_err();
        assert_eq!(error.kind(), "https://shop.example/problems/x");
        assert!(!error.is_retryable());
        assert_eq!(error.extensions()["missing"], serde_json::json!([1]));
        assert!(!error.extensions().contains_key("status"));
        assert_eq!(error.to_string(), "X");
    }

    #[test]
    fn a_success_is_no_error() {
        let none: [(&str, &str); 0] = [];
        assert!(Response::new(201, none, "").or_step_error().is_ok());
    }
}
