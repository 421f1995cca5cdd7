//! A run in memory, and the door through which the shell drives it.

use std::collections::BTreeMap;

use segue_model::payload::Payloads;
use segue_model::{Digest, EffectClass, Payload, RunId, Timestamp};

use crate::dirty::Dirty;
use crate::effect::{Attempt, Effect};
use crate::input::{Entry, Input};
use crate::machine::{self, Machine, Work};
use crate::plan::Plan;
use crate::rows::{ROOT_KEY, ROW_VERSION, RestoreError, Row};
use crate::state::{
    ActivityId, Doing, Due, Index, Part, PartKey, Root, RunEnd, Scope, ScopeId, Status, TimerId,
};

/// The state of one run.
#[derive(Debug)]
pub struct Run {
    pub(crate) id: RunId,
    /// None before [`Input::Start`].
    pub(crate) root: Option<Root>,
    pub(crate) scopes: BTreeMap<ScopeId, Scope>,
    pub(crate) parts: BTreeMap<PartKey, Part>,
    /// What has happened to a suspended run and is to be gone through, by row.
    pub(crate) held: BTreeMap<u32, Work>,
    pub(crate) index: Index,
    pub(crate) dirty: Dirty,
}

impl Run {
    /// A run that has not started.
    pub fn new(id: RunId) -> Run {
        Run {
            id,
            root: None,
            scopes: BTreeMap::new(),
            parts: BTreeMap::new(),
            held: BTreeMap::new(),
            index: Index::default(),
            dirty: Dirty::default(),
        }
    }

    /// A run from its state rows, `(key, version, JSON document)` in any order. Large payloads
    /// are missing until they are filled in through [`Payloads::visit_payloads`]; nothing may
    /// be applied before.
    pub fn restore<'a>(
        id: RunId,
        rows: impl IntoIterator<Item = (u32, u16, &'a str)>,
    ) -> Result<Run, RestoreError> {
        let mut run = Run::new(id);
        for (key, version, text) in rows {
            if version > ROW_VERSION {
                return Err(RestoreError::TooNew {
                    key,
                    found: version,
                    known: ROW_VERSION,
                });
            }
            let malformed = |source| RestoreError::Malformed { key, source };
            if key == ROOT_KEY {
                run.root = Some(serde_json::from_str(text).map_err(malformed)?);
            } else {
                run.read_row(key, serde_json::from_str(text).map_err(malformed)?);
            }
        }
        run.find_timers();
        match run.root {
            Some(_) => Ok(run),
            None => Err(RestoreError::NoRoot),
        }
    }

    fn read_row(&mut self, key: u32, row: Row) {
        self.dirty.stored.insert(key);
        match row {
            Row::Scope(scope) => {
                let id = ScopeId(key);
                self.index.add(id, &scope);
                self.index.opened(id, scope.parent);
                self.scopes.insert(id, *scope);
            }
            Row::Part(part) => {
                let at = (part.of, part.index);
                self.index.add_part(at, key, &part.state);
                self.parts.insert(at, *part);
            }
            Row::Held(work) => {
                self.held.insert(key, *work);
            }
        }
    }

    /// Timers that are set stand with what they are for; those that have fired meanwhile do
    /// so too, until their work is done.
    fn find_timers(&mut self) {
        let timeout = self.root.as_ref().and_then(|root| root.timeout);
        let own = timeout.map(|timer| (timer, Due::Workflow)).into_iter();
        let all = self.scopes.iter().flat_map(|(id, scope)| scope.timers(*id));
        self.index.timers = own.chain(all).collect();
        let parked = self.root.iter().flat_map(|root| &root.parked);
        for work in parked.chain(self.held.values()) {
            if let Work::Due { timer, .. } = work {
                self.index.timers.remove(timer);
            }
        }
    }

    /// The run's id.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// The number of the last entry that was applied.
    pub fn seq(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.seq)
    }

    /// The deployed workflow that the run is pinned to, once it has started.
    pub fn deployed(&self) -> Option<Digest> {
        self.root.as_ref().map(|root| root.deployed)
    }

    /// Where the run stands.
    pub fn status(&self) -> Status {
        match &self.root {
            None => Status::Pending,
            Some(root) => match &root.end {
                Some(RunEnd::Completed { .. }) => Status::Completed,
                Some(RunEnd::Faulted { .. }) => Status::Faulted,
                Some(RunEnd::Cancelled { .. }) => Status::Cancelled,
                None if root.suspended => Status::Suspended,
                None if self.is_in_flight() => Status::Running,
                None => Status::Waiting,
            },
        }
    }

    /// How the run ended, if it has.
    pub fn end(&self) -> Option<&RunEnd> {
        self.root.as_ref()?.end.as_ref()
    }

    /// The workflow's raw input, once the run has started.
    pub fn input(&self) -> Option<&Payload> {
        self.root.as_ref().map(|root| &root.input)
    }

    /// Whether an attempt or the time is outstanding; timers, events, children and callbacks
    /// wake a run that is not in memory.
    pub fn is_in_flight(&self) -> bool {
        self.wants_clock() || !self.index.activities.is_empty()
    }

    /// Whether work waits for the answer to `ReadClock`.
    fn wants_clock(&self) -> bool {
        let Some(root) = &self.root else { return false };
        let waits = !root.parked.is_empty() || !self.held.is_empty();
        waits && !root.suspended
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.root.as_ref().is_some_and(|root| root.suspended)
    }

    /// Whether the run still wants this input. An outcome of an abandoned attempt or a timer
    /// that was cleared is stale: it is dropped, not journaled.
    pub fn expects(&self, input: &Input) -> bool {
        let Some(root) = &self.root else {
            return matches!(input, Input::Start(_));
        };
        if root.end.is_some() {
            return false;
        }
        match input {
            Input::Start(_) => false,
            Input::Attempt {
                activity, attempt, ..
            }
            | Input::FateUnknown { activity, attempt }
            | Input::Quarantine { activity, attempt } => {
                self.attempt_of(*activity) == Some(*attempt)
            }
            Input::Timer { timer } => self.index.timers.contains_key(timer),
            Input::Clock => self.wants_clock(),
            Input::Event { listen, number, .. } => {
                self.can_take(*listen) && *number > self.heard(*listen)
            }
            Input::ChildStarted { child, .. } => self.awaits_start(*child),
            Input::ChildEnded { child, .. } => self.index.children.contains_key(child),
            Input::Callback { callback, .. } => self.index.callbacks.contains_key(callback),
            Input::Suspend { .. } => !root.suspended,
            Input::Resume => root.suspended,
            Input::Cancel { .. } => true,
        }
    }

    /// Makes an entry of an input: numbers it and gives it its time. The outcome of a pure
    /// step carries the run's frozen clock, so that a re-execution writes the same entry;
    /// anything else carries `now`, which never goes back.
    pub fn stamp(&self, plan: &Plan, input: Input, now: Timestamp) -> Entry {
        let clock = self.root.as_ref().map_or(Timestamp(0), |root| root.clock);
        let external = input.is_external(self.is_effectful(plan, &input));
        let now = if external { now.max(clock) } else { clock };
        Entry::new(self.seq() + 1, now, input)
    }

    /// Applies an entry: changes the state and says what to do. An input that the run does
    /// not expect changes nothing.
    pub fn apply(&mut self, plan: &Plan, entry: &Entry) -> Vec<Effect> {
        if entry.seq != self.seq() + 1 || !self.expects(&entry.input) {
            return Vec::new();
        }
        let effectful = self.is_effectful(plan, &entry.input);
        let external = entry.input.is_external(effectful);
        self.dirty.root = true;
        if let Input::Start(start) = &entry.input {
            self.root = Some(machine::fresh_root(start, entry.now));
        }
        Machine::new(plan, self).run(entry, external)
    }

    /// What the shell must do for a run that it has just restored: every attempt in flight is
    /// an [`Effect::Invoke`] again (of an effectful one the fate is unknown: feed
    /// [`Input::FateUnknown`] instead), and `ReadClock` where the engine waits for it.
    pub fn outstanding(&self, plan: &Plan) -> Vec<Effect> {
        let attempts = self.in_flight(plan).into_iter();
        let mut effects: Vec<Effect> = attempts.map(|a| Effect::Invoke(Box::new(a))).collect();
        if self.wants_clock() {
            effects.push(Effect::ReadClock);
        }
        effects
    }

    /// The attempts in flight.
    pub fn in_flight(&self, plan: &Plan) -> Vec<Attempt> {
        let scopes = self.index.activities.values();
        scopes
            .filter_map(|scope| machine::attempt(plan, self, *scope))
            .collect()
    }

    /// The timers that are set, with their times unknown here: the store has them.
    pub fn timers(&self) -> Vec<TimerId> {
        self.index.timers.keys().copied().collect()
    }

    /// The number of the attempt of that activity that is in flight.
    fn attempt_of(&self, activity: ActivityId) -> Option<u32> {
        let scope = self.index.activities.get(&activity)?;
        match &self.scopes.get(scope)?.active.as_ref()?.doing {
            Doing::Calling(calling) => Some(calling.attempt),
            _ => None,
        }
    }

    fn is_effectful(&self, plan: &Plan, input: &Input) -> bool {
        let activity = match input {
            Input::Attempt { activity, .. } => *activity,
            _ => return true,
        };
        self.effect_of(plan, activity) == Some(EffectClass::Effectful)
    }

    fn effect_of(&self, plan: &Plan, activity: ActivityId) -> Option<EffectClass> {
        let scope = self.index.activities.get(&activity)?;
        let task = self.scopes.get(scope)?.active.as_ref()?.task;
        plan.pin_of(task).map(|(_, pin)| pin.effect)
    }
}

impl Payloads for Run {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        if let Some(root) = &mut self.root {
            root.visit_payloads(visit);
        }
        for scope in self.scopes.values_mut() {
            scope.visit_payloads(visit);
        }
        for part in self.parts.values_mut() {
            part.visit_payloads(visit);
        }
        for work in self.held.values_mut() {
            work.visit_payloads(visit);
        }
    }
}
