//! The services that workflows of the suite call, all in one server on loopback: a petstore, an
//! httpbin, token endpoints and a sink of events. It answers under every name, with TLS by an
//! authority of its own and without TLS, on one port.

mod accounts;
mod digest;
mod httpbin;
mod petstore;
mod tls;
mod tokens;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use serde_json::Value;

use crate::exchange::{self, Answer, Request};
use crate::failure::{Doing, Failure};

/// The first byte of a TLS record that begins a handshake.
const HANDSHAKE: u8 = 0x16;

/// What the server has seen and issued.
#[derive(Default)]
struct Memory {
    /// Requests by method and address without its query.
    requests: BTreeMap<String, usize>,
    /// Requests to the paths that fail at first.
    flaky: BTreeMap<String, u64>,
    /// What was asked for with each token.
    tokens: BTreeMap<String, Value>,
    /// Events that came to the sink, as text.
    events: Vec<String>,
}

/// The running server; its threads end with the process.
#[derive(Clone)]
pub(crate) struct Stub {
    address: SocketAddr,
    authority: String,
    memory: Arc<Mutex<Memory>>,
}

impl Stub {
    /// Starts the server on a free port.
    pub(crate) fn start() -> Result<Stub, Failure> {
        let authority = tls::Authority::new()?;
        let listener = TcpListener::bind("127.0.0.1:0").doing(|| "listen on loopback".into())?;
        let address = listener
            .local_addr()
            .doing(|| "ask for the port".to_owned())?;
        let stub = Stub {
            address,
            authority: authority.pem(),
            memory: Arc::default(),
        };
        let config = authority.server()?;
        let serving = stub.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (stub, config) = (serving.clone(), Arc::clone(&config));
                std::thread::spawn(move || stub.converse(stream, config));
            }
        });
        Ok(stub)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of the authority that vouches for it.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// How many requests came to an address, whatever their method and query.
    pub(crate) fn requests(&self, address: &str) -> usize {
        let wanted = address.split('?').next().unwrap_or_default();
        self.memory()
            .requests
            .get(wanted)
            .copied()
            .unwrap_or_default()
    }

    /// The events that came to the sink so far and have this text in them.
    pub(crate) fn events_about(&self, text: &str) -> Vec<String> {
        let memory = self.memory();
        let about = memory.events.iter().filter(|event| event.contains(text));
        about.cloned().collect()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the requests of one connection. A caller that leaves in the middle is no matter.
    fn converse(&self, stream: TcpStream, config: Arc<ServerConfig>) {
        let mut first = [0];
        if !matches!(stream.peek(&mut first), Ok(1)) {
            return;
        }
        if first == [HANDSHAKE] {
            if let Ok(connection) = rustls::ServerConnection::new(config) {
                let stream = rustls::StreamOwned::new(connection, stream);
                let _ = exchange::serve(stream, "https", |request| self.answer(request));
            }
        } else {
            let _ = exchange::serve(stream, "http", |request| self.answer(request));
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        *self.memory().requests.entry(request.address()).or_default() += 1;
        if request.path == "/events" && request.host == "127.0.0.1" {
            return self.keep_event(request);
        }
        // The memory is free again before anything else wants it.
        let issued = tokens::answer(request, &mut self.memory());
        issued
            .or_else(|| petstore::answer(request))
            .or_else(|| accounts::answer(request))
            .or_else(|| self.flaky(request))
            .or_else(|| httpbin::answer(request))
            .unwrap_or_else(|| Answer::text(404, "there is nothing here"))
    }

    fn keep_event(&self, request: &Request) -> Answer {
        match serde_json::from_slice::<Value>(&request.body) {
            Ok(_) => self.memory().events.push(request.text()),
            Err(_) => return Answer::text(400, "this is no event"),
        }
        Answer::text(202, "")
    }

    /// `/flaky/{key}/{n}`: fails `n` times with 503, then answers with the number of the request.
    fn flaky(&self, request: &Request) -> Option<Answer> {
        let (key, failures) = request.path.strip_prefix("/flaky/")?.split_once('/')?;
        let failures: u64 = failures.parse().ok()?;
        let mut memory = self.memory();
        let count = memory.flaky.entry(key.to_owned()).or_default();
        *count += 1;
        Some(if *count <= failures {
            Answer::text(503, "not yet")
        } else {
            Answer::json(200, &serde_json::json!({ "attempt": *count }))
        })
    }
}
