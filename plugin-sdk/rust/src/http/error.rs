//! Why there is no response.

use std::fmt;

use crate::StepError;

/// The type of the step error that a failed request becomes (the workflow language's own).
const COMMUNICATION: &str =
    "https://open-workflow-specification.org/spec/1.0.0/errors/communication";
/// The type of the step error for a request that the host did not let through.
const AUTHORIZATION: &str =
    "https://open-workflow-specification.org/spec/1.0.0/errors/authorization";

/// Why a request brought no response. As a [`StepError`], failures of the network are
/// retryable and the others are not.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum HttpError {
    /// The URL, a header or the method cannot be sent.
    Request(String),
    /// The host denied the request: the destination is not granted.
    Denied(String),
    /// The other side could not be reached, or the connection broke.
    Connection(String),
    /// The other side took too long.
    Timeout(String),
    /// The response is longer than the request allows.
    TooLong {
        /// What the request allows, in bytes.
        max_bytes: usize,
    },
    /// A body could not be written or read as JSON.
    Body(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Request(what) => write!(f, "the request cannot be sent: {what}"),
            HttpError::Denied(what) => write!(f, "the host denied the request: {what}"),
            HttpError::Connection(what) => write!(f, "the connection failed: {what}"),
            HttpError::Timeout(what) => write!(f, "no answer in time: {what}"),
            HttpError::TooLong { max_bytes } => {
                write!(f, "the response is longer than {max_bytes} bytes")
            }
            HttpError::Body(what) => {
                write!(f, "the body is not the JSON that was expected: {what}")
            }
            HttpError::Other(what) => write!(f, "the request failed: {what}"),
        }
    }
}

impl std::error::Error for HttpError {}

impl From<HttpError> for StepError {
    fn from(error: HttpError) -> Self {
        let detail = error.to_string();
        match error {
            HttpError::Denied(_) => {
                StepError::new(AUTHORIZATION, "The request is not allowed").status(403)
            }
            HttpError::Timeout(_) => StepError::new(COMMUNICATION, "No answer in time")
                .status(504)
                .retryable(),
            HttpError::Connection(_) | HttpError::Other(_) => {
                StepError::new(COMMUNICATION, "The service could not be reached")
                    .status(502)
                    .retryable()
            }
            HttpError::Request(_) => {
                StepError::new(COMMUNICATION, "The request cannot be sent").status(400)
            }
            HttpError::TooLong { .. } | HttpError::Body(_) => {
                StepError::new(COMMUNICATION, "The answer could not be read").status(502)
            }
        }
        .detail(detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_of_the_network_are_retryable() {
        assert!(StepError::from(HttpError::Timeout("5 s".into())).is_retryable());
        assert!(StepError::from(HttpError::Connection("refused".into())).is_retryable());
        assert!(!StepError::from(HttpError::Denied("not granted".into())).is_retryable());
        assert!(!StepError::from(HttpError::Body("no object".into())).is_retryable());
    }
}
