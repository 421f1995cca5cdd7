//! The small blocking client: every command that talks to a host talks through it.

mod discover;
mod events;
mod types;

use std::time::Duration;

use segue_model::Problem;
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

pub(crate) use discover::{connect, find};
pub(crate) use events::{EventStream, StreamEvent};
pub(crate) use types::{Attempt, Run, RunItem, Usage, is_ended};

use crate::error::CliError;

/// Time to connect; a host on the same machine or network needs milliseconds.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Time for an answer to begin: above the longest wait that the API offers, and above the
/// time that compiling a large component takes.
const ANSWER_TIME: Duration = Duration::from_secs(300);
/// Silence on an event stream after which the host is taken for gone: hosts say that they are
/// there every 15 s.
const SILENCE: Duration = Duration::from_secs(60);
/// Bytes of an answer. A journal page of 500 entries with large payloads stays below it.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// A host, and the right to use it.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    address: String,
    authorization: String,
}

/// What the host answered.
pub(crate) struct Answer {
    pub(crate) json: Value,
}

impl Client {
    /// A client of the host at `address`. Nothing is sent yet.
    pub(crate) fn new(address: String, token: &str) -> Self {
        Client {
            agent: agent(&address),
            address,
            authorization: format!("Bearer {token}"),
        }
    }

    /// The host's address.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer, CliError> {
        let request = self.agent.get(self.url(path));
        let sent = request.header("authorization", &self.authorization).call();
        self.answer(sent)
    }

    pub(crate) fn post(&self, path: &str, media: &str, body: &[u8]) -> Result<Answer, CliError> {
        let request = self.agent.post(self.url(path));
        let sent = request
            .header("authorization", &self.authorization)
            .header("content-type", media)
            .send(body);
        self.answer(sent)
    }

    pub(crate) fn put(&self, path: &str, media: &str, body: &[u8]) -> Result<Answer, CliError> {
        let request = self.agent.put(self.url(path));
        let sent = request
            .header("authorization", &self.authorization)
            .header("content-type", media)
            .send(body);
        self.answer(sent)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Answer, CliError> {
        let request = self.agent.delete(self.url(path));
        let sent = request.header("authorization", &self.authorization).call();
        self.answer(sent)
    }

    /// Starts a run. The host acknowledges it before this returns.
    pub(crate) fn start(
        &self,
        workflow: &str,
        input: &Value,
        key: &str,
    ) -> Result<Answer, CliError> {
        let body = serde_json::json!({ "workflow": workflow, "input": input }).to_string();
        let quoted = key.replace('\\', "\\\\").replace('"', "\\\"");
        let request = self.agent.post(self.url("/v1/runs"));
        let sent = request
            .header("authorization", &self.authorization)
            .header("content-type", "application/json")
            .header("idempotency-key", format!("\"{quoted}\""))
            .send(body);
        self.answer(sent)
    }

    /// Follows a run from the event after `last`.
    pub(crate) fn events(&self, run: &str, last: Option<&str>) -> Result<EventStream, CliError> {
        self.stream(&format!("/v1/runs/{run}/events"), last)
    }

    /// Follows an event stream from the event after `last`.
    pub(crate) fn stream(&self, path: &str, last: Option<&str>) -> Result<EventStream, CliError> {
        let mut request = self
            .agent
            .get(self.url(path))
            .header("authorization", &self.authorization)
            .header("accept", "text/event-stream")
            .config()
            .timeout_per_read(Some(SILENCE))
            .build();
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.call().map_err(|error| self.unreachable(error))?;
        if response.status().as_u16() >= 400 {
            let refused = self.answer(Ok(response));
            return Err(refused
                .err()
                .unwrap_or_else(|| self.foreign("an event stream without events".to_owned())));
        }
        Ok(EventStream::new(response.into_body().into_reader()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn answer(&self, sent: Result<Response<Body>, ureq::Error>) -> Result<Answer, CliError> {
        let mut response = sent.map_err(|error| self.unreachable(error))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let text = body
            .read_to_string()
            .map_err(|error| self.unreachable(error))?;
        if text.is_empty() && status < 400 {
            return Ok(Answer { json: Value::Null });
        }
        let json: Value = serde_json::from_str(&text)
            .map_err(|_| self.foreign(format!("status {status} without JSON")))?;
        if status < 400 {
            return Ok(Answer { json });
        }
        match serde_json::from_value::<Problem>(json) {
            Ok(problem) => Err(CliError::Refused(Box::new(problem))),
            Err(_) => Err(self.foreign(format!("status {status} without a problem"))),
        }
    }

    fn unreachable(&self, error: ureq::Error) -> CliError {
        CliError::Unreachable {
            address: self.address.clone(),
            source: Box::new(error),
        }
    }

    fn foreign(&self, detail: String) -> CliError {
        CliError::Foreign {
            address: self.address.clone(),
            detail,
        }
    }
}

fn agent(address: &str) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .no_delay(true)
        .user_agent(concat!("segue/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT_TIME))
        .timeout_recv_response(Some(ANSWER_TIME));
    // A proxy of the environment has no business between two processes of one machine.
    let local = address.starts_with("http://127.") || address.starts_with("http://[::1]");
    if local {
        config.proxy(None).build().new_agent()
    } else {
        config.build().new_agent()
    }
}
