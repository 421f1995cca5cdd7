//! Outgoing HTTP requests (feature `http`), for steps that declare
//! [`Capability::Http`](crate::Capability::Http) and whose plugin an operator granted the
//! destination.
//!
//! ```no_run
//! # use segue_plugin::{StepError, http};
//! # fn charge() -> Result<(), StepError> {
//! let response = http::Request::post("https://pay.example.com/charges")
//!     .json(&serde_json::json!({ "amount": 1250 }))?
//!     .send()?;
//! if response.status() == 402 {
//!     return Err(StepError::new("https://example.com/problems/card-declined", "The card was declined"));
//! }
//! # Ok(()) }
//! ```
//!
//! Redirects are not followed, and a status of 400 or more is a response like any other. The
//! host adds an `Idempotency-Key` to every request that has none.

mod answer;
mod date;
mod error;
mod method;
#[cfg(target_arch = "wasm32")]
mod transport;
mod url;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::HttpError;
pub use method::Method;

/// How much of a response is read unless the request says otherwise: 1 MiB. A step's memory is
/// limited, and an answer that is longer than expected is better refused than trapped on.
pub const DEFAULT_MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// How long to wait for the connection and for each part of the response, unless the request
/// says otherwise. The attempt's own deadline comes on top.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A request that is being put together.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(any(target_arch = "wasm32", test)),
    expect(dead_code, reason = "a request can only be sent from a sandbox")
)]
pub struct Request {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    timeout: Duration,
    max_response_bytes: usize,
}

/// A response with its whole body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request to an absolute `http` or `https` URL.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Request {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: DEFAULT_TIMEOUT,
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
        }
    }

    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Request::new(Method::Get, url)
    }

    /// A POST request.
    pub fn post(url: impl Into<String>) -> Self {
        Request::new(Method::Post, url)
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body to a value as JSON, and the content type with it.
    pub fn json(self, value: &impl Serialize) -> Result<Self, HttpError> {
        let body = serde_json::to_vec(value).map_err(|error| HttpError::Body(error.to_string()))?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// How long to wait for the connection and for each part of the response.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a response body may be.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// The `Content-Length` to send where the caller set none. It is 0 rather than absent where
    /// the method gives a body a meaning (RFC 9110, section 8.6): without it the request would go
    /// out in chunks, which some servers refuse.
    #[cfg(any(test, target_arch = "wasm32"))]
    fn content_length(&self) -> Option<usize> {
        let named = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-length");
        let takes_body = matches!(self.method, Method::Post | Method::Put | Method::Patch);
        let wanted = takes_body || !self.body.is_empty();
        (wanted && !self.headers.iter().any(named)).then_some(self.body.len())
    }

    /// Sends the request and waits for the whole response.
    pub fn send(self) -> Result<Response, HttpError> {
        let target = url::parse(&self.url)?;
        #[cfg(target_arch = "wasm32")]
        return transport::send(self, &target);
        #[cfg(not(target_arch = "wasm32"))]
        Err(HttpError::Other(format!(
            "{} can only be reached from a sandbox",
            target.authority
        )))
    }
}

impl Response {
    /// A response that no server gave, for the tests of code that handles responses.
    pub fn new<N: Into<String>, V: Into<String>>(
        status: u16,
        headers: impl IntoIterator<Item = (N, V)>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Response {
            status,
            headers,
            body: body.into(),
        }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of this name, which may be written in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All headers, in the order in which they came.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| HttpError::Body(error.to_string()))
    }

    /// How long to wait as `Retry-After` says (RFC 9110, section 10.2.3). A date in it is
    /// measured from the answer's own `Date`, so that no clock is needed and none can be wrong.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = date::seconds(value)?;
        let now = date::seconds(self.header("date")?.trim())?;
        Some(Duration::from_secs(until.saturating_sub(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(headers: &[(&'static str, &'static str)]) -> Response {
        Response::new(503, headers.iter().copied(), "{\"ok\":true}")
    }

    #[test]
    fn a_retry_after_is_read_in_seconds_and_as_a_date_beside_the_answers_own() {
        assert_eq!(
            response(&[("Retry-After", "3")]).retry_after(),
            Some(Duration::from_secs(3))
        );
        let until = ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT");
        let now = ("date", "Wed, 21 Oct 2026 07:26:30 GMT");
        let wait = response(&[until, now]).retry_after();
        assert_eq!(wait, Some(Duration::from_secs(90)));
        assert_eq!(response(&[until]).retry_after(), None);
    }

    #[test]
    fn a_request_without_a_body_has_a_length_where_its_method_takes_one() {
        let url = "https://pay.example.com/";
        assert_eq!(Request::post(url).content_length(), Some(0));
        assert_eq!(Request::post(url).body("abc").content_length(), Some(3));
        assert_eq!(Request::get(url).content_length(), None);
        let named = Request::post(url).header("Content-Length", "0");
        assert_eq!(named.content_length(), None);
    }

    #[test]
    fn a_body_that_is_not_what_was_expected_is_an_error() {
        assert!(response(&[]).json::<Vec<u8>>().is_err());
        assert_eq!(
            response(&[]).json::<serde_json::Value>().unwrap()["ok"],
            true
        );
    }
}
