//! Why a step did not succeed.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::__private::bindings::segue::plugin::types;

/// The type of the error for an input that the step cannot take (the workflow language's own).
const VALIDATION: &str = "https://open-workflow-specification.org/spec/1.0.0/errors/validation";
/// The type of an error that nobody foresaw (the workflow language's own).
const RUNTIME: &str = "https://open-workflow-specification.org/spec/1.0.0/errors/runtime";

/// A problem (RFC 9457) that ends the attempt, and whether trying again can help.
///
/// ```
/// use segue_plugin::StepError;
/// let declined = StepError::new("https://example.com/problems/card-declined", "The card was declined")
///     .status(402)
///     .detail("insufficient funds")
///     .extension("decline_code", "insufficient_funds");
/// assert!(!declined.is_retryable());
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct StepError {
    kind: String,
    title: String,
    status: Option<u16>,
    detail: Option<String>,
    retryable: bool,
    retry_after: Option<Duration>,
    extensions: Map<String, Value>,
}

impl StepError {
    /// A failure that trying again does not mend, until [`retryable`](Self::retryable) says
    /// so. `kind` is a URI: it is what a workflow's `catch.errors.with.type` matches, so keep
    /// it stable. `title` is short and the same for every occurrence.
    pub fn new(kind: impl Into<String>, title: impl Into<String>) -> Self {
        StepError {
            kind: kind.into(),
            title: title.into(),
            status: None,
            detail: None,
            retryable: false,
            retry_after: None,
            extensions: Map::new(),
        }
    }

    /// The input is not one that this step takes (status 400, not retryable).
    pub fn invalid_input(detail: impl Into<String>) -> Self {
        StepError::new(VALIDATION, "The input is not valid")
            .status(400)
            .detail(detail)
    }

    /// Something went wrong that has no type of its own (status 500, not retryable).
    pub fn other(detail: impl fmt::Display) -> Self {
        StepError::new(RUNTIME, "The step failed")
            .status(500)
            .detail(detail.to_string())
    }

    /// Sets the HTTP status code that fits; it is 500 otherwise.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Says what happened this time.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says that the same input may succeed later.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// Says that the same input may succeed, but not before this time has passed.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self.retryable()
    }

    /// Adds a further member. What cannot be written as JSON is left out.
    pub fn extension(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.extensions.insert(name.into(), value);
        }
        self
    }

    /// The URI that names the kind of problem.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether the same input may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// How long to wait before the next attempt, if that is known.
    pub fn waits(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The HTTP status code, if one was set.
    pub fn status_code(&self) -> Option<u16> {
        self.status
    }

    /// The further members.
    pub fn extensions(&self) -> &Map<String, Value> {
        &self.extensions
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StepError {}

impl From<StepError> for types::StepError {
    fn from(error: StepError) -> Self {
        types::StepError {
            type_: error.kind,
            status: error.status,
            title: error.title,
            detail: error.detail,
            retryable: error.retryable,
            retry_after_ms: error
                .retry_after
                .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            extensions: (!error.extensions.is_empty())
                .then(|| Value::Object(error.extensions).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_makes_an_error_retryable_and_crosses_in_milliseconds() {
        let crossed: types::StepError = StepError::new("urn:busy", "Busy")
            .status(503)
            .retry_after(Duration::from_secs(2))
            .into();
        assert!(crossed.retryable);
        assert_eq!(crossed.retry_after_ms, Some(2000));
        assert_eq!(crossed.extensions, None);
    }

    #[test]
    fn extensions_cross_as_one_json_object() {
        let crossed: types::StepError = StepError::new("urn:x", "X")
            .extension("code", 7)
            .extension("where", "here")
            .into();
        assert_eq!(
            crossed.extensions.as_deref(),
            Some(r#"{"code":7,"where":"here"}"#)
        );
    }
}
