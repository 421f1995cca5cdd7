//! What the host says of each run that it acknowledged, against what arrived at the service.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::{Acknowledged, Client, publish};
use super::place::Place;
use super::service::Service;
use crate::failure::Failure;

/// A run that does not end within this, once the host is left alone, never will: what they
/// wait for takes a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(120);
/// The problem of a run whose step was in flight at too many kills, and how many those are.
const QUARANTINED: &str = "urn:segue:problem:quarantined";
const QUARANTINED_AFTER: usize = 3;
/// Violations that are told one by one.
const TOLD_MAX: usize = 10;

#[derive(Default)]
pub(super) struct Verdict {
    runs: usize,
    /// Arrivals of attempts whose fate the journal calls unknown.
    unknown: usize,
    /// Runs that were in flight at so many kills that the host gave them up, as it says it does.
    quarantined: usize,
    lost: Vec<String>,
    repeated: Vec<String>,
    stuck: Vec<String>,
}

/// Waits for all runs, and judges each.
pub(super) fn judge(
    place: &Place,
    service: &Service,
    clients: &[Client],
) -> Result<Verdict, Failure> {
    let mut verdict = Verdict::default();
    let deadline = Instant::now() + PATIENCE;
    for one in clients.iter().flat_map(|client| &client.acknowledged) {
        verdict.runs += 1;
        release(place, one);
        match ended(place, &one.run, deadline)? {
            Seen::Missing => verdict.lost.push(format!(
                "{} ({}): acknowledged, and gone",
                one.run, one.marker
            )),
            Seen::Open(run) => verdict
                .stuck
                .push(format!("{} ({}): {}", one.run, one.marker, run["status"])),
            Seen::Ended(run) => verdict.of_run(one, &run, service),
        }
    }
    let asked: usize = clients.iter().map(|client| client.asked).sum();
    let there = count(place)?;
    if there > asked {
        let what = format!("{there} runs for {asked} requests with a key each");
        verdict.repeated.push(what);
    }
    Ok(verdict)
}

/// The event of a run whose client stopped before it was acknowledged: nobody else sends it.
fn release(place: &Place, one: &Acknowledged) {
    if let Some(kind) = one.kind.event().filter(|_| !one.event) {
        publish(place, &AtomicBool::new(false), kind, &one.marker);
    }
}

enum Seen {
    Missing,
    Open(Value),
    Ended(Value),
}

fn ended(place: &Place, run: &str, deadline: Instant) -> Result<Seen, Failure> {
    loop {
        let (status, answer) = place.ask("GET", &format!("/v1/runs/{run}?wait=5"), &[], None)?;
        match (status, answer["endedAt"].is_string()) {
            (404, _) => return Ok(Seen::Missing),
            (200, true) => return Ok(Seen::Ended(answer)),
            _ if Instant::now() > deadline => return Ok(Seen::Open(answer)),
            _ => {}
        }
    }
}

/// How many runs the host has.
fn count(place: &Place) -> Result<usize, Failure> {
    let (mut path, mut ids) = (
        "/v1/runs?workflow=chaos&limit=500".to_owned(),
        BTreeSet::new(),
    );
    loop {
        let (_, answer) = place.ask("GET", &path, &[], None)?;
        for run in answer["runs"].as_array().into_iter().flatten() {
            ids.insert(run["id"].as_str().unwrap_or_default().to_owned());
        }
        match answer["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => return Ok(ids.len()),
        }
    }
}

impl Verdict {
    fn of_run(&mut self, one: &Acknowledged, run: &Value, service: &Service) {
        let name = format!("{} ({})", one.run, one.marker);
        if run["problem"]["type"] == QUARANTINED && unknown_in(run) >= QUARANTINED_AFTER {
            self.quarantined += 1;
            return;
        }
        let expected = one.kind.output(&one.marker, one.n);
        if run["status"] != "completed" || run["output"] != expected {
            self.lost.push(format!(
                "{name}: {} with {} {}",
                run["status"], run["output"], run["problem"]
            ));
        }
        if one
            .output
            .as_ref()
            .is_some_and(|told| *told != run["output"])
        {
            self.lost
                .push(format!("{name}: another result was acknowledged before"));
        }
        for (task, path) in one.kind.calls(&one.marker) {
            let arrived = service.arrivals_at(&path);
            self.of_call(
                &format!("{name}, task `{task}`"),
                &attempts_of(run, task),
                arrived,
            );
        }
    }

    /// Each attempt sends one request: more arrivals than attempts were made by none of them,
    /// and a result without an arrival was made up.
    fn of_call(&mut self, name: &str, attempts: &[&Value], arrived: usize) {
        let ended = |how: &str| attempts.iter().filter(|one| one["outcome"] == how).count();
        let (completed, failed) = (ended("completed"), ended("failed"));
        if arrived < completed {
            self.lost
                .push(format!("{name}: {completed} results, {arrived} arrivals"));
        }
        if arrived > attempts.len() {
            let count = attempts.len();
            self.repeated
                .push(format!("{name}: {count} attempts, {arrived} arrivals"));
        }
        self.unknown += arrived.saturating_sub(completed + failed);
    }

    pub(super) fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.repeated.is_empty() && self.stuck.is_empty()
    }

    pub(super) fn report(&self, kills: u32) {
        for (what, all) in [
            ("lost", &self.lost),
            ("repeated", &self.repeated),
            ("stuck", &self.stuck),
        ] {
            for one in all.iter().take(TOLD_MAX) {
                println!("{what}: {one}");
            }
        }
        println!(
            "{} runs were acknowledged; {} arrivals were of attempts of unknown fate; {} runs were quarantined",
            self.runs, self.unknown, self.quarantined
        );
        println!(
            "chaos: {kills} kills, {} lost, {} repeated, {} stuck",
            self.lost.len(),
            self.repeated.len(),
            self.stuck.len()
        );
    }
}

/// The attempts of a task, by its name.
fn attempts_of<'r>(run: &'r Value, task: &str) -> Vec<&'r Value> {
    let end = format!("/{task}");
    let attempts = run["attempts"].as_array().into_iter().flatten();
    attempts
        .filter(|one| one["task"].as_str().is_some_and(|at| at.ends_with(&end)))
        .collect()
}

fn unknown_in(run: &Value) -> usize {
    let attempts = run["attempts"].as_array().into_iter().flatten();
    attempts.filter(|one| one["fateUnknown"] == true).count()
}
