//! A run in memory, and the door through which the shell drives it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use segue_model::payload::Payloads;
use segue_model::{Digest, EffectClass, Payload, RunId, Timestamp};

use crate::effect::{Attempt, Effect};
use crate::input::{Entry, Input};
use crate::machine::{self, Machine};
use crate::plan::Plan;
use crate::rows::{Changes, ROOT_KEY, ROW_VERSION, RestoreError, TimerChange};
use crate::state::{ActivityId, Doing, Root, RunEnd, Scope, ScopeId, Status, TimerId};

/// The state of one run.
#[derive(Debug)]
pub struct Run {
    pub(crate) id: RunId,
    /// None before [`Input::Start`].
    pub(crate) root: Option<Root>,
    pub(crate) scopes: BTreeMap<ScopeId, Scope>,
    pub(crate) dirty: Dirty,
}

/// What [`Run::take_changes`] has to write.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    pub(crate) root: bool,
    pub(crate) changed: BTreeSet<ScopeId>,
    pub(crate) removed: BTreeSet<ScopeId>,
    pub(crate) timers: BTreeMap<TimerId, Option<Timestamp>>,
    /// Scopes that the store has a row of.
    stored: BTreeSet<ScopeId>,
    /// Large payloads that the store has.
    known: HashSet<Digest>,
}

impl Run {
    /// A run that has not started.
    pub fn new(id: RunId) -> Run {
        Run {
            id,
            root: None,
            scopes: BTreeMap::new(),
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
                let scope = serde_json::from_str(text).map_err(malformed)?;
                run.scopes.insert(ScopeId(key), scope);
                run.dirty.stored.insert(ScopeId(key));
            }
        }
        if run.root.is_none() {
            return Err(RestoreError::NoRoot);
        }
        Ok(run)
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

    /// Whether anything but a timer is outstanding.
    pub fn is_in_flight(&self) -> bool {
        let parked = self
            .root
            .as_ref()
            .is_some_and(|root| !root.parked.is_empty());
        parked || self.calls().next().is_some()
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
            | Input::Quarantine { activity, attempt } => self
                .calls()
                .any(|(_, call)| call.activity == *activity && call.attempt == *attempt),
            Input::Timer { timer } => root.timers.contains_key(timer),
            Input::Clock => !root.parked.is_empty(),
            Input::Cancel { .. } => true,
            Input::Event { .. }
            | Input::ChildStarted { .. }
            | Input::ChildEnded { .. }
            | Input::Callback { .. }
            | Input::Suspend { .. }
            | Input::Resume => false,
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
        let mut effects: Vec<Effect> = self
            .calls()
            .filter_map(|(scope, _)| machine::attempt(plan, self, scope))
            .map(|attempt| Effect::Invoke(Box::new(attempt)))
            .collect();
        if self
            .root
            .as_ref()
            .is_some_and(|root| !root.parked.is_empty())
        {
            effects.push(Effect::ReadClock);
        }
        effects
    }

    /// The attempts in flight.
    pub fn in_flight(&self, plan: &Plan) -> Vec<Attempt> {
        self.calls()
            .filter_map(|(scope, _)| machine::attempt(plan, self, scope))
            .collect()
    }

    /// The timers that are set, with their times unknown here: the store has them.
    pub fn timers(&self) -> Vec<TimerId> {
        self.root
            .as_ref()
            .map(|root| root.timers.keys().copied().collect())
            .unwrap_or_default()
    }

    /// Takes what changed since the last call.
    pub fn take_changes(&mut self) -> Changes {
        let dirty = &mut self.dirty;
        let mut changes = Changes::default();
        if std::mem::take(&mut dirty.root)
            && let Some(root) = &mut self.root
        {
            collect(root, &mut dirty.known, &mut changes.payloads);
            push_row(&mut changes, ROOT_KEY, root);
        }
        for id in std::mem::take(&mut dirty.changed) {
            if let Some(scope) = self.scopes.get_mut(&id) {
                collect(scope, &mut dirty.known, &mut changes.payloads);
                push_row(&mut changes, id.0, scope);
                dirty.stored.insert(id);
            }
        }
        let removed = std::mem::take(&mut dirty.removed);
        changes.delete = removed
            .into_iter()
            .filter(|id| dirty.stored.remove(id))
            .map(|id| id.0)
            .collect();
        let timers = std::mem::take(&mut dirty.timers).into_iter();
        changes.timers = timers
            .map(|(timer, at)| match at {
                Some(at) => TimerChange::Set { timer, at },
                None => TimerChange::Clear { timer },
            })
            .collect();
        changes
    }

    /// The large payloads of an entry that no earlier changes held.
    pub fn entry_payloads(&mut self, entry: &mut Entry) -> Vec<(Digest, Arc<str>)> {
        let mut payloads = Vec::new();
        collect(entry, &mut self.dirty.known, &mut payloads);
        payloads
    }

    fn calls(&self) -> impl Iterator<Item = (ScopeId, &crate::state::Calling)> {
        self.scopes
            .iter()
            .filter_map(|(id, scope)| match &scope.active.as_ref()?.doing {
                Doing::Calling(call) => Some((*id, call)),
                _ => None,
            })
    }

    fn is_effectful(&self, plan: &Plan, input: &Input) -> bool {
        let activity = match input {
            Input::Attempt { activity, .. } => *activity,
            _ => return true,
        };
        self.effect_of(plan, activity) == Some(EffectClass::Effectful)
    }

    fn effect_of(&self, plan: &Plan, activity: ActivityId) -> Option<EffectClass> {
        let (scope, _) = self.calls().find(|(_, call)| call.activity == activity)?;
        let task = self.scopes.get(&scope)?.active.as_ref()?.task;
        plan.pin_of(task).map(|(_, pin)| pin.effect)
    }
}

fn push_row(changes: &mut Changes, key: u32, row: &impl serde::Serialize) {
    // Rows are plain data with text keys: serialising them cannot fail.
    if let Ok(text) = serde_json::to_string(row) {
        changes.put.push((key, ROW_VERSION, text));
    }
}

fn collect(
    holder: &mut impl Payloads,
    known: &mut HashSet<Digest>,
    out: &mut Vec<(Digest, Arc<str>)>,
) {
    holder.visit_payloads(&mut |payload| {
        if payload.is_large() && !payload.is_missing() && known.insert(payload.digest()) {
            out.push((payload.digest(), Arc::from(payload.text())));
        }
    });
}

impl Payloads for Run {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        if let Some(root) = &mut self.root {
            root.visit_payloads(visit);
        }
        for scope in self.scopes.values_mut() {
            scope.visit_payloads(visit);
        }
    }
}
