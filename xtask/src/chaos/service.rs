//! The service that effectful steps call. It logs every arrival as it comes and deduplicates
//! nothing, so that what was done twice is seen twice.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::exchange::{self, Answer, Request};
use crate::failure::{Doing, Failure};

/// How often each path was asked for.
type Arrivals = BTreeMap<String, usize>;

#[derive(Clone)]
pub(super) struct Service {
    address: SocketAddr,
    arrivals: Arc<Mutex<Arrivals>>,
}

impl Service {
    pub(super) fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").doing(|| "listen on loopback".into())?;
        let address = listener
            .local_addr()
            .doing(|| "ask for the port".to_owned())?;
        let service = Service {
            address,
            arrivals: Arc::default(),
        };
        let serving = service.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let service = serving.clone();
                // A host that is killed leaves in the middle of a request.
                std::thread::spawn(move || {
                    let _ = exchange::serve(stream, "http", |request| service.answer(request));
                });
            }
        });
        Ok(service)
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What begins with `/flaky/` fails the first time.
    fn answer(&self, request: &Request) -> Answer {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let count = arrivals.entry(request.path.clone()).or_default();
        *count += 1;
        match request.path.starts_with("/flaky/") && *count == 1 {
            true => Answer::text(503, "not yet"),
            false => Answer::json(200, &json!({"ok": true})),
        }
    }

    /// How often a path was asked for.
    pub(super) fn arrivals_at(&self, path: &str) -> usize {
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.get(path).copied().unwrap_or_default()
    }
}
