//! A service on loopback that notes every arrival with its idempotency key.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One request.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub key: String,
    pub body: String,
}

/// The service. It ends with the test's process.
pub struct Arrivals {
    port: u16,
    seen: Arc<Mutex<Vec<Arrival>>>,
}

impl Arrivals {
    /// Listens; every answer takes about `pause`, so that a caller can be killed while it waits.
    /// The answer's body counts arrivals: no two are the same.
    pub fn listen(pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::<Mutex<Vec<Arrival>>>::default();
        let counter = Arc::new(AtomicU64::new(1));
        let list = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (list, counter) = (Arc::clone(&list), Arc::clone(&counter));
                std::thread::spawn(move || {
                    // A caller that was killed in the middle of its request never arrived.
                    if let Some((arrival, mut stream)) = read(stream) {
                        list.lock().unwrap().push(arrival);
                        std::thread::sleep(pause);
                        let body = format!("answer {}", counter.fetch_add(1, Ordering::Relaxed));
                        let _ = write!(
                            stream,
                            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                            body.len()
                        );
                    }
                });
            }
        });
        Arrivals { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The configuration that lets `plugin` call the service.
    pub fn grant(&self, plugin: &str) -> String {
        format!(
            "[[plugins.{plugin}.grants.http]]\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {}\nallow-private = true\n",
            self.port
        )
    }

    /// Arrivals by body, in the order in which they came.
    pub fn by_body(&self) -> BTreeMap<String, Vec<Arrival>> {
        let mut by_body: BTreeMap<String, Vec<Arrival>> = BTreeMap::new();
        for arrival in self.seen.lock().unwrap().iter() {
            by_body
                .entry(arrival.body.clone())
                .or_default()
                .push(arrival.clone());
        }
        by_body
    }
}

fn read(stream: TcpStream) -> Option<(Arrival, TcpStream)> {
    let mut reader = BufReader::new(stream);
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = value.to_owned(),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some((Arrival { key, body }, reader.into_inner()))
}
