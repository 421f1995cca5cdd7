//! A shell without a world: it keeps the journal and the rows as a store would.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_model::ir::Deployed;
use segue_model::payload::Payloads;
use segue_model::{Digest, Outcome, Payload, RunId, Seed, Timestamp, Usage};
use serde_json::Value;

use crate::{Attempt, Effect, Entry, Input, Plan, Run, RunEnd, Start, TimerChange, TimerId};

/// State rows by key: version and JSON document.
type Rows = BTreeMap<u32, (u16, String)>;

pub(super) struct Driver {
    pub(super) plan: Plan,
    pub(super) run: Run,
    pub(super) now: Timestamp,
    pub(super) journal: Vec<String>,
    pub(super) effects: Vec<Vec<Effect>>,
    pub(super) rows: Rows,
    pub(super) timers: BTreeMap<TimerId, Timestamp>,
    pub(super) payloads: BTreeMap<Digest, Arc<str>>,
    pub(super) in_flight: Vec<Attempt>,
}

pub(super) fn run_id() -> RunId {
    RunId::new(1_700_000_000_000, [7; 10])
}

impl Driver {
    pub(super) fn new(deployed: Deployed) -> Driver {
        Driver {
            plan: Plan::new(Arc::new(deployed)).unwrap(),
            run: Run::new(run_id()),
            now: Timestamp(1_700_000_000_000),
            journal: Vec::new(),
            effects: Vec::new(),
            rows: BTreeMap::new(),
            timers: BTreeMap::new(),
            payloads: BTreeMap::new(),
            in_flight: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, input: Value) {
        self.feed(Input::Start(Start {
            deployed: Digest::of(b"test"),
            input: Payload::new(input),
            seed: Seed([3; 32]),
            trace_parent: None,
            role: crate::Role::Run,
        }));
    }

    /// Feeds an input, keeps what a store would keep, and answers `ReadClock`.
    pub(super) fn feed(&mut self, input: Input) {
        self.now = self.now.plus_ms(1);
        let entry = self.run.stamp(&self.plan, input, self.now);
        let effects = self.run.apply(&self.plan, &entry);
        self.keep(entry);
        let mut read_clock = false;
        for effect in &effects {
            match effect {
                Effect::Invoke(attempt) => self.in_flight.push((**attempt).clone()),
                Effect::Abandon { activity } => {
                    self.in_flight.retain(|a| a.activity != *activity);
                }
                Effect::ReadClock => read_clock = true,
                Effect::Note(_) | Effect::Ended(_) => {}
            }
        }
        self.effects.push(effects);
        if read_clock {
            self.feed(Input::Clock);
        }
    }

    fn keep(&mut self, mut entry: Entry) {
        self.payloads.extend(self.run.entry_payloads(&mut entry));
        self.journal.push(entry.encode().unwrap());
        let changes = self.run.take_changes();
        self.payloads.extend(changes.payloads);
        for (key, version, body) in changes.put {
            self.rows.insert(key, (version, body));
        }
        for key in changes.delete {
            assert!(
                self.rows.remove(&key).is_some(),
                "row {key} was never written"
            );
        }
        for change in changes.timers {
            match change {
                TimerChange::Set { timer, at } => self.timers.insert(timer, at),
                TimerChange::Clear { timer } => self.timers.remove(&timer),
            };
        }
    }

    /// Ends the attempt at `index` of those in flight.
    pub(super) fn end_attempt(&mut self, index: usize, outcome: Outcome) {
        let attempt = self.in_flight.remove(index);
        let usage = Usage {
            fuel: 10,
            ..Usage::default()
        };
        let (activity, attempt) = (attempt.activity, attempt.attempt);
        self.feed(Input::Attempt {
            activity,
            attempt,
            outcome,
            usage,
        });
    }

    pub(super) fn complete(&mut self, output: Value) {
        self.end_attempt(
            0,
            Outcome::Completed {
                output: Payload::new(output),
            },
        );
    }

    /// Lets the earliest timer fire.
    pub(super) fn fire_next(&mut self) {
        let (timer, at) = self.timers.iter().min_by_key(|(_, at)| **at).unwrap();
        let (timer, at) = (*timer, *at);
        self.now = self.now.max(at);
        self.feed(Input::Timer { timer });
    }

    pub(super) fn end(&self) -> Option<&RunEnd> {
        self.run.end()
    }

    pub(super) fn output(&self) -> Value {
        match self.end() {
            Some(RunEnd::Completed { output }) => output.value().clone(),
            other => panic!("expected an output, found {other:?}"),
        }
    }

    pub(super) fn problem(&self) -> segue_model::Problem {
        match self.end() {
            Some(RunEnd::Faulted { problem }) => problem.clone(),
            other => panic!("expected a problem, found {other:?}"),
        }
    }

    /// The run as a new host would restore it from the rows.
    pub(super) fn restored(&self) -> Run {
        let rows = self
            .rows
            .iter()
            .map(|(key, (version, body))| (*key, *version, body.as_str()));
        let mut run = Run::restore(run_id(), rows).unwrap();
        self.fill(&mut run);
        run
    }

    /// Forgets the run in memory and goes on from its rows, as after a crash.
    pub(super) fn crash(&mut self) {
        self.run = self.restored();
        self.in_flight = self.run.in_flight(&self.plan);
    }

    pub(super) fn fill(&self, holder: &mut impl Payloads) {
        holder.visit_payloads(&mut |payload| {
            if payload.is_missing() {
                let text = self
                    .payloads
                    .get(&payload.digest())
                    .expect("a stored payload");
                *payload = Payload::stored(payload.digest(), text.to_string()).unwrap();
            }
        });
    }

    /// Folds the journal through a new engine: the effects and the rows that come of it.
    pub(super) fn fold(&self) -> (Vec<Vec<Effect>>, Rows) {
        let mut run = Run::new(run_id());
        let (mut effects, mut rows) = (Vec::new(), BTreeMap::new());
        for text in &self.journal {
            let mut entry = Entry::decode(text).unwrap();
            self.fill(&mut entry);
            effects.push(run.apply(&self.plan, &entry));
            let changes = run.take_changes();
            rows.extend(changes.put.into_iter().map(|(k, v, body)| (k, (v, body))));
            for key in changes.delete {
                rows.remove(&key);
            }
        }
        (effects, rows)
    }
}
