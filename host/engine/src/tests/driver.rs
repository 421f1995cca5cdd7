//! A shell without a world: it keeps the journal and the rows as a store would.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_model::ir::Deployed;
use segue_model::payload::Payloads;
use segue_model::{Digest, Outcome, Payload, RunId, Seed, Timestamp, Usage};
use serde_json::Value;

use crate::{
    Attempt, Changes, ChildChange, ChildId, ChildStart, Effect, Entry, Input, ListenId,
    ListenerChange, Note, Plan, Role, Run, RunEnd, Start, TimerChange, TimerId,
};

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
    /// Accepted events, by number less one.
    pub(super) inbox: Vec<Value>,
    /// Listeners with their types and the entry that made them.
    pub(super) listeners: BTreeMap<ListenId, (Option<Vec<String>>, u64)>,
    /// Numbers of consumed events and of the entries that did.
    pub(super) consumed: Vec<(u64, u64)>,
    /// Children that were asked for and that nobody has told the end of.
    pub(super) children: BTreeMap<ChildId, ChildStart>,
    pub(super) cancelled: Vec<ChildId>,
    /// Bytes of rows that the latest entry wrote, and how many rows.
    pub(super) written: Vec<(usize, usize)>,
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
            inbox: Vec::new(),
            listeners: BTreeMap::new(),
            consumed: Vec::new(),
            children: BTreeMap::new(),
            cancelled: Vec::new(),
            written: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, input: Value) {
        self.start_as(Role::Run, input);
    }

    pub(super) fn start_as(&mut self, role: Role, input: Value) {
        self.feed(Input::Start(Start {
            deployed: Digest::of(b"test"),
            input: Payload::new(input),
            seed: Seed([3; 32]),
            trace_parent: None,
            role,
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
        let seq = entry.seq;
        let changes = self.run.take_changes();
        let bytes = changes.put.iter().map(|(_, _, body)| body.len()).sum();
        let rows = changes.put.len() + changes.delete.len();
        self.written.push((bytes, rows));
        self.keep_changes(changes, seq);
    }

    fn keep_changes(&mut self, changes: Changes, seq: u64) {
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
        for change in changes.listeners {
            match change {
                ListenerChange::Set {
                    listen,
                    types,
                    since,
                } => self.listeners.insert(listen, (types, since)),
                ListenerChange::Clear { listen } => self.listeners.remove(&listen),
            };
        }
        let consumed = changes.consumed.into_iter();
        self.consumed.extend(consumed.map(|number| (number, seq)));
        for event in changes.emitted {
            self.publish(event.value().clone());
        }
        for change in changes.children {
            match change {
                ChildChange::Start(start) => {
                    assert!(self.children.insert(start.child, start).is_none());
                }
                ChildChange::Cancel { child, .. } => {
                    assert!(self.children.remove(&child).is_some(), "an unknown child");
                    self.cancelled.push(child);
                }
            }
        }
    }

    /// Accepts an event, once for each source and id.
    pub(super) fn publish(&mut self, event: Value) {
        let same = |other: &Value| other["source"] == event["source"] && other["id"] == event["id"];
        if !self.inbox.iter().any(same) {
            self.inbox.push(event);
        }
    }

    /// Feeds the first event that a listener wants, as the host would.
    pub(super) fn offer(&mut self) -> bool {
        for listen in self.run.listening() {
            let (types, since) = self.listeners[&listen].clone();
            for (number, event) in (1..).zip(self.inbox.clone()) {
                let typed = types
                    .as_ref()
                    .is_none_or(|types| types.iter().any(|kind| event["type"] == **kind));
                let gone = self
                    .consumed
                    .iter()
                    .any(|(n, by)| *n == number && *by <= since);
                let taken = number <= self.run.heard(listen);
                if typed && !gone && !taken && self.run.wants(&self.plan, listen, &event) {
                    let event = Payload::new(event);
                    self.feed(Input::Event {
                        listen,
                        number,
                        event,
                    });
                    return true;
                }
            }
        }
        false
    }

    /// Offers until nothing is wanted.
    pub(super) fn offer_all(&mut self) {
        while self.offer() {}
    }

    /// Tells how a child has ended.
    pub(super) fn end_child(&mut self, child: ChildId, end: RunEnd) {
        self.children.remove(&child).expect("a child");
        let run = Some(RunId::new(child.0, [9; 10]));
        self.feed(Input::ChildEnded { child, run, end });
    }

    pub(super) fn complete_child(&mut self, child: ChildId, output: Value) {
        let output = Payload::new(output);
        self.end_child(child, RunEnd::Completed { output });
    }

    /// All notes so far.
    pub(super) fn notes(&self) -> impl Iterator<Item = &Note> {
        let effects = self.effects.iter().flatten();
        effects.filter_map(|effect| match effect {
            Effect::Note(note) => Some(note),
            _ => None,
        })
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
