//! Sinks over HTTP: lifecycle events are posted as CloudEvents in structured mode.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use segue_executor::Sink;
use segue_model::Problem;
use segue_model::problem::Kind;
use ureq::Agent;

use crate::config;

/// The media type of one event (CloudEvents 1.0.2, HTTP binding, section 3.2).
const STRUCTURED: &str = "application/cloudevents+json";
/// Connections that are kept open between deliveries: the host delivers to a sink so many at
/// once.
const CONNECTIONS: usize = 16;
/// Time of one delivery. A receiver that is slower is tried again.
const DELIVERY_TIME: Duration = Duration::from_secs(10);

/// One receiver. The operator named it, so it may be anywhere; redirects are not followed.
pub(super) struct HttpSink {
    sink: config::Sink,
    agent: Agent,
}

/// All that are configured.
pub(super) fn sinks(configured: &[config::Sink]) -> Vec<Arc<dyn Sink>> {
    let one = |sink: &config::Sink| Arc::new(HttpSink::new(sink.clone())) as Arc<dyn Sink>;
    configured.iter().map(one).collect()
}

impl HttpSink {
    fn new(sink: config::Sink) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("segue/", env!("CARGO_PKG_VERSION")))
            .max_idle_connections_per_host(CONNECTIONS)
            .timeout_global(Some(DELIVERY_TIME));
        HttpSink {
            sink,
            agent: config.build().new_agent(),
        }
    }

    fn failed(&self, why: &str) -> Problem {
        let (name, url) = (&self.sink.name, &self.sink.url);
        Problem::new(Kind::Communication, format!("sink `{name}` at {url} {why}"))
    }
}

#[async_trait]
impl Sink for HttpSink {
    fn name(&self) -> &str {
        &self.sink.name
    }

    fn takes(&self, kind: &str) -> bool {
        let types = &self.sink.types;
        types.is_empty() || types.iter().any(|start| kind.starts_with(start))
    }

    async fn deliver(&self, event: &str) -> Result<(), Problem> {
        let (agent, url, body) = (self.agent.clone(), self.sink.url.clone(), event.to_owned());
        // The client blocks; the thread that waits for it is not one that runs steps.
        let post = move || {
            agent
                .post(&url)
                .header("content-type", STRUCTURED)
                .send(body)
        };
        let sent = tokio::task::spawn_blocking(post).await;
        match sent {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(self.failed(&format!("answered {}", response.status()))),
            Ok(Err(error)) => Err(self.failed(&format!("could not be reached: {error}"))),
            Err(_) => Err(self.failed("could not be asked: the host is ending")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn sink(url: &str, types: &[&str]) -> HttpSink {
        HttpSink::new(config::Sink {
            name: "audit".to_owned(),
            url: url.to_owned(),
            types: types.iter().map(|&t| t.to_owned()).collect(),
        })
    }

    /// Answers one request with `status`, and gives what it said.
    fn receiver(status: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let said = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut buffer = [0; 1024];
            while !seen.ends_with(b"{\"id\":1}") {
                let read = stream.read(&mut buffer).unwrap();
                seen.extend_from_slice(&buffer[..read]);
            }
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
            String::from_utf8(seen).unwrap()
        });
        (url, said)
    }

    #[tokio::test]
    async fn an_event_is_posted_in_structured_mode() {
        let (url, said) = receiver("204 No Content");
        sink(&url, &[]).deliver("{\"id\":1}").await.unwrap();
        let said = said.join().unwrap();
        assert!(said.starts_with("POST /events HTTP/1.1"), "{said}");
        assert!(said.contains("application/cloudevents+json"), "{said}");
    }

    #[tokio::test]
    async fn a_receiver_that_refuses_is_named() {
        let (url, _said) = receiver("503 Service Unavailable");
        let problem = sink(&url, &[]).deliver("{\"id\":1}").await.unwrap_err();
        let detail = problem.detail.unwrap();
        assert!(
            detail.contains("`audit`") && detail.contains("503"),
            "{detail}"
        );
    }

    #[test]
    fn a_sink_takes_the_types_that_it_names() {
        let some = sink("http://a", &["io.serverlessworkflow.workflow."]);
        assert!(some.takes("io.serverlessworkflow.workflow.started.v1"));
        assert!(!some.takes("io.serverlessworkflow.task.started.v1"));
        assert!(sink("http://a", &[]).takes("anything"));
    }
}
