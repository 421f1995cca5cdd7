//! A client: starts runs and publishes events as anybody would who wants them to happen once,
//! and remembers what the host acknowledged.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::place::Place;
use super::random::Random;
use super::work::Kind;

/// Between a request that failed and the same again.
const PAUSE: Duration = Duration::from_millis(15);

/// A run that the host acknowledged.
pub(super) struct Acknowledged {
    pub(super) run: String,
    pub(super) kind: Kind,
    pub(super) marker: String,
    pub(super) n: u64,
    /// The result, where it was answered with one.
    pub(super) output: Option<Value>,
    /// The host acknowledged the event that it waits for; nobody publishes it again.
    pub(super) event: bool,
}

pub(super) struct Client {
    number: u64,
    random: Random,
    /// Starts that were asked for, acknowledged or not.
    pub(super) asked: usize,
    pub(super) acknowledged: Vec<Acknowledged>,
}

impl Client {
    pub(super) fn new(number: u64, seed: u64) -> Self {
        Client {
            number,
            random: Random::new(seed ^ (number + 1).wrapping_mul(0x5851_f42d_4c95_7f2d)),
            asked: 0,
            acknowledged: Vec::new(),
        }
    }

    /// Starts a run of any kind.
    pub(super) fn turn(&mut self, place: &Place, stop: &AtomicBool) {
        let index = self.random.below(Kind::ALL.len() as u64) as usize;
        if let Some(kind) = Kind::ALL.get(index) {
            self.start(place, stop, *kind);
        }
    }

    /// Starts a run, and sees to it that it gets what it waits for.
    pub(super) fn start(&mut self, place: &Place, stop: &AtomicBool, kind: Kind) {
        let n = self.asked as u64;
        self.asked += 1;
        let marker = format!("m{}-{n}", self.number);
        // Some do not wait for the end: many runs are then in flight at a kill.
        let wait = match kind {
            Kind::Listen => 0,
            _ => self.random.below(2),
        };
        let body = json!({
            "workflow": format!("chaos/{}", kind.name()),
            "input": { "marker": marker, "n": n },
        });
        let headers = [("Idempotency-Key", marker.as_str())];
        let path = format!("/v1/runs?wait={wait}");
        let Some(answer) = until_taken(place, stop, &path, &headers, &body) else {
            return;
        };
        let run = answer["id"].as_str().unwrap_or_default().to_owned();
        let mut acknowledged = Acknowledged {
            run,
            kind,
            marker,
            n,
            output: answer.get("output").cloned(),
            event: false,
        };
        if let Some(event) = kind.event() {
            acknowledged.event = publish(place, stop, event, &acknowledged.marker);
        }
        self.acknowledged.push(acknowledged);
    }
}

/// Publishes the event that a run waits for; says whether it was acknowledged.
pub(super) fn publish(place: &Place, stop: &AtomicBool, kind: &str, marker: &str) -> bool {
    let event = json!({
        "specversion": "1.0", "id": marker, "source": "/chaos", "type": kind,
        "data": { "marker": marker },
    });
    let headers = [("Content-Type", "application/cloudevents+json")];
    until_taken(place, stop, "/v1/events", &headers, &event).is_some()
}

/// The same request again until it is taken, or nobody wants it any more.
fn until_taken(
    place: &Place,
    stop: &AtomicBool,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Option<Value> {
    let body = body.to_string();
    let mut all = vec![("Content-Type", "application/json")];
    all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
    all.extend(headers);
    while !stop.load(Ordering::Relaxed) {
        match place.ask("POST", path, &all, Some(body.as_bytes())) {
            Ok((200..300, answer)) => return Some(answer),
            Ok(_) | Err(_) => std::thread::sleep(PAUSE),
        }
    }
    None
}
