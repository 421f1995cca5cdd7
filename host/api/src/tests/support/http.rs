//! Requests of tests, sent as any client sends them.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use super::server::{Server, TOKEN};

/// What came back.
pub(in crate::tests) struct Answer {
    pub(in crate::tests) status: u16,
    pub(in crate::tests) headers: HeaderMap,
    pub(in crate::tests) json: Value,
}

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tests) struct Event {
    pub(in crate::tests) id: Option<String>,
    pub(in crate::tests) name: String,
    pub(in crate::tests) data: Value,
}

/// A header as text, empty where it is missing.
pub(in crate::tests) fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None);
    config.build().new_agent()
}

fn answer(mut response: Response<Body>) -> Answer {
    let text = response.body_mut().read_to_string().unwrap();
    let json = match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")),
    };
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        json,
    }
}

impl Server {
    /// Sends any request. `headers` replace those of the same name.
    pub(in crate::tests) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        answer(self.respond(method, path, headers, body))
    }

    fn respond(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response<Body> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.header("authorization", format!("Bearer {TOKEN}"));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        if body.is_empty() {
            agent().run(request.body(()).unwrap()).unwrap()
        } else {
            agent().run(request.body(body.to_vec()).unwrap()).unwrap()
        }
    }

    pub(in crate::tests) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub(in crate::tests) fn post_bytes(&self, path: &str, body: &[u8]) -> Answer {
        self.send("POST", path, &[], body)
    }

    pub(in crate::tests) fn post(
        &self,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send("POST", path, &all, body.to_string().as_bytes())
    }

    /// Starts a run of `test/flow` and gives its id.
    pub(in crate::tests) fn run(&self, input: &Value, query: &str) -> String {
        let body = serde_json::json!({ "workflow": "test/flow", "input": input });
        let answer = self.post(&format!("/v1/runs{query}"), &body, &[]);
        assert!(matches!(answer.status, 200 | 202), "{}", answer.json);
        answer.json["id"].as_str().unwrap().to_owned()
    }

    /// Reads an event stream to its end.
    pub(in crate::tests) fn events(&self, run: &str, last: &str) -> (u16, Vec<Event>) {
        let path = format!("/v1/runs/{run}/events");
        let response = self.respond("GET", &path, &[("last-event-id", last)], b"");
        let status = response.status().as_u16();
        (status, parse(response.into_body().into_reader()).collect())
    }

    /// Events as they come.
    pub(in crate::tests) fn stream(&self, run: &str) -> impl Iterator<Item = Event> {
        self.stream_of(&format!("/v1/runs/{run}/events"))
    }

    /// Events of any stream as they come.
    pub(in crate::tests) fn stream_of(&self, path: &str) -> impl Iterator<Item = Event> + use<> {
        let response = self.respond("GET", path, &[], b"");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        parse(response.into_body().into_reader())
    }
}

fn parse(reader: impl Read) -> impl Iterator<Item = Event> {
    let mut lines = BufReader::new(reader).lines();
    std::iter::from_fn(move || {
        let (mut id, mut name, mut data) = (None, String::new(), String::new());
        loop {
            let line = lines.next()?.ok()?;
            match line.split_once(": ") {
                Some(("id", value)) => id = Some(value.to_owned()),
                Some(("event", value)) => name = value.to_owned(),
                Some(("data", value)) => data.push_str(value),
                _ if line.is_empty() && !data.is_empty() => {
                    let data = serde_json::from_str(&data).unwrap();
                    return Some(Event { id, name, data });
                }
                _ => {}
            }
        }
    })
}
