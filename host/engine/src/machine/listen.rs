//! `listen`: events are taken one after the other until there are enough. What was taken are
//! parts. A schedule that events set off listens in the same way.

use segue_model::Payload;
use segue_model::ir::{Filter, Listen, Read, Strategy, TaskKind, Trigger, Until};
use segue_model::problem::Kind;
use serde_json::{Map, Value, json};

use super::part::{add_bytes, done};
pub(crate) use super::strategy::weigh;
use super::strategy::{Taken, is_met, types};
use super::{Machine, Work, emit};
use crate::data::{Evaluated, Fault};
use crate::dirty::Subscription;
use crate::effect::Note;
use crate::plan::{Plan, filters};
use crate::run::Run;
use crate::state::{Doing, ListenId, Listening, PartState, ScopeId};

/// A listener, and what it listens for.
pub(crate) struct Listener<'a> {
    pub(crate) listening: &'a Listening,
    pub(crate) strategy: &'a Strategy,
    read: Read,
    /// Whether it belongs to a schedule.
    pub(crate) schedule: bool,
}

/// The listener of the task that is active in a scope.
pub(crate) fn listener<'a>(plan: &'a Plan, run: &'a Run, scope: ScopeId) -> Option<Listener<'a>> {
    let active = run.scopes.get(&scope)?.active.as_ref()?;
    let (strategy, read, schedule) = match &plan.task(active.task)?.kind {
        TaskKind::Listen(listen) => (&listen.to, listen.read, false),
        TaskKind::Schedule(schedule) => match &schedule.trigger {
            Trigger::On { strategy, read } => (strategy, *read, true),
            _ => return None,
        },
        _ => return None,
    };
    let listening = match &active.doing {
        Doing::Listening(listening) => listening,
        Doing::Scheduling(it) => it.listening.as_ref()?,
        _ => return None,
    };
    Some(Listener {
        listening,
        strategy,
        read,
        schedule,
    })
}

impl<'a> Machine<'a> {
    pub(super) fn listen(&mut self, scope: ScopeId, listen: &Listen) {
        if matches!(&listen.to, Strategy::All(filters) if filters.is_empty()) {
            return self.returns(scope, Payload::new(json!([])));
        }
        let listening = self.subscribe(scope, &listen.to);
        if let Some(listening) = self.or_fail(scope, listening) {
            self.set_doing(scope, Doing::Listening(listening));
        }
    }

    /// Begins to listen. What keys are expected to be is settled now.
    pub(super) fn subscribe(
        &mut self,
        scope: ScopeId,
        strategy: &Strategy,
    ) -> Evaluated<Listening> {
        let keys = self.expectations(scope, strategy)?;
        let Some(root) = self.root_mut() else {
            return Err(Fault::damaged("no root"));
        };
        let listen = ListenId(root.next_listen);
        root.next_listen += 1;
        let since = root.seq;
        let types = types(strategy);
        let subscription = Subscription { types, since };
        self.run.dirty.listeners.insert(listen, Some(subscription));
        self.note(Note::Listening {
            task: self.pointer_of(scope),
            listen,
        });
        Ok(Listening {
            listen,
            busy: false,
            taken: 0,
            heard: 0,
            met: Vec::new(),
            until_met: Vec::new(),
            over: false,
            keys,
            bytes: 0,
        })
    }

    pub(super) fn unlisten(&mut self, listen: ListenId) {
        self.run.dirty.listeners.insert(listen, None);
    }

    fn expectations(&self, scope: ScopeId, strategy: &Strategy) -> Evaluated<Map<String, Value>> {
        let input = self.active(scope).map(|active| active.input.clone());
        let input = input.unwrap_or_else(Payload::null);
        let mut keys = Map::new();
        let all = filters(strategy).into_iter();
        for correlation in all.flat_map(|filter: &Filter| &filter.correlate) {
            let Some(expect) = &correlation.expect else {
                continue;
            };
            let value = self.evaluate(scope, expect, &input)?;
            let before = keys.insert(correlation.key.clone(), value.clone());
            if before.is_some_and(|before| before != value) {
                let key: String = correlation.key.chars().take(80).collect();
                let detail = format!("`{key}` is expected to be two different values at once");
                return Err(Fault::new(Kind::Expression, detail));
            }
        }
        Ok(keys)
    }

    /// An event was offered. One that the listener does not want changes nothing; one of which
    /// that cannot be told is the task's error, and gone.
    pub(super) fn take_event(&mut self, listen: ListenId, number: u64, event: &Payload) {
        let Some(scope) = self.run.index.listens.get(&listen).copied() else {
            return;
        };
        let Some(input) = self.active(scope).map(|active| active.input.clone()) else {
            return;
        };
        let Some(listener) = listener(self.plan, self.run, scope) else {
            return;
        };
        let (read, place) = (listener.read, self.within(scope, input.value()));
        let taken = weigh(&place, listener.strategy, listener.listening, event.value());
        let taken = match taken {
            Ok(Some(taken)) => Ok(taken),
            Ok(None) => return,
            Err(_) if listener.schedule => return,
            Err(fault) => Err(fault),
        };
        self.note_consumed(scope, listen, (number, event));
        self.run.dirty.consumed.push(number);
        self.change_listening(scope, |listening| {
            listening.busy = true;
            listening.heard = number;
        });
        let kept = taken.and_then(|taken| self.keep_event(scope, taken, read_event(read, event)));
        if self.or_fail(scope, kept).is_some() {
            self.push(Work::Took { scope, listen });
        }
    }

    fn note_consumed(
        &mut self,
        scope: ScopeId,
        listen: ListenId,
        (number, event): (u64, &Payload),
    ) {
        let attribute = |name| match event.value() {
            Value::Object(event) => emit::text(event, name),
            _ => String::new(),
        };
        self.note(Note::EventConsumed {
            task: self.pointer_of(scope),
            listen,
            number,
            id: attribute("id"),
            source: attribute("source"),
            kind: attribute("type"),
        });
    }

    fn keep_event(&mut self, scope: ScopeId, taken: Taken, event: Payload) -> Evaluated<()> {
        let Some(listener) = listener(self.plan, self.run, scope) else {
            return Ok(());
        };
        if taken.until {
            let mut met = listener.listening.until_met.clone();
            met.push(taken.filter);
            let over = match listener.strategy {
                Strategy::Any {
                    until: Some(Until::Events(until)),
                    ..
                } => is_met(until, &met),
                _ => false,
            };
            self.change_listening(scope, |listening| {
                listening.until_met = met;
                listening.over = over;
                listening.keys.extend(taken.keys);
            });
            return Ok(());
        }
        // With a `foreach`, what comes of the event counts, not the event.
        let bytes = match self.has_foreach(scope) {
            true => listener.listening.bytes,
            false => add_bytes(listener.listening.bytes, &event, "the events")?,
        };
        // Only `all` asks which filters have their event; the others take any number.
        let all = matches!(listener.strategy, Strategy::All(_));
        let index = listener.listening.taken;
        let state = match self.has_foreach(scope) {
            true => PartState::Event {
                event,
                output: None,
            },
            false => PartState::Done(event),
        };
        self.set_part((scope, index), state);
        self.change_listening(scope, |listening| {
            listening.taken += 1;
            listening.bytes = bytes;
            listening.keys.extend(taken.keys);
            if all {
                listening.met.push(taken.filter);
            }
        });
        Ok(())
    }

    /// An event was taken, or dealt with: iterate, go on listening, or end.
    pub(super) fn took(&mut self, scope: ScopeId, listen: ListenId) {
        let Some(listener) = listener(self.plan, self.run, scope) else {
            return;
        };
        if listener.listening.listen != listen {
            return;
        }
        let last = listener.listening.taken.checked_sub(1);
        if let Some(index) = last
            && let Some(part) = self.run.parts.get(&(scope, index))
            && let PartState::Event {
                event,
                output: None,
            } = &part.state
        {
            let event = event.clone();
            return self.iterate(scope, index, event);
        }
        let enough = self.has_enough(scope);
        match self.or_fail(scope, enough) {
            Some(true) => self.listened(scope),
            Some(false) => self.change_listening(scope, |listening| listening.busy = false),
            None => {}
        }
    }

    fn has_enough(&self, scope: ScopeId) -> Evaluated<bool> {
        let Some(Listener {
            listening,
            strategy,
            ..
        }) = listener(self.plan, self.run, scope)
        else {
            return Ok(false);
        };
        match strategy {
            Strategy::One(_) | Strategy::Any { until: None, .. } => Ok(listening.taken > 0),
            Strategy::All(_) => Ok(is_met(strategy, &listening.met)),
            Strategy::Any {
                until: Some(Until::Events(_)),
                ..
            } => Ok(listening.over),
            Strategy::Any {
                until: Some(Until::When(condition)),
                ..
            } => {
                let events = self.parts(scope).map(event_of).collect();
                let input = self.active(scope).map(|active| active.input.clone());
                let input = input.unwrap_or_else(Payload::null);
                self.within(scope, input.value())
                    .condition(*condition, &Value::Array(events))
            }
        }
    }

    /// There are enough events: the array of them, or of what their iterations gave.
    pub(super) fn listened(&mut self, scope: ScopeId) {
        let Some(listener) = listener(self.plan, self.run, scope) else {
            return;
        };
        let (listen, schedule) = (listener.listening.listen, listener.schedule);
        let keys = listener.listening.keys.clone();
        if !keys.is_empty() {
            self.note(Note::Correlated {
                task: self.pointer_of(scope),
                keys,
            });
        }
        self.unlisten(listen);
        let output = self.gather(scope, done);
        match schedule {
            true => self.events_came(scope, output),
            false => {
                self.set_doing(scope, Doing::Entered);
                self.returns(scope, output);
            }
        }
    }

    pub(super) fn change_listening(&mut self, scope: ScopeId, change: impl FnOnce(&mut Listening)) {
        self.change_active(scope, |active| match &mut active.doing {
            Doing::Listening(listening) => change(listening),
            Doing::Scheduling(it) => it.listening.as_mut().map_or((), change),
            _ => {}
        });
    }
}

/// What of an event the task gets.
fn read_event(read: Read, event: &Payload) -> Payload {
    match read {
        Read::Data => Payload::new(event.value().get("data").cloned().unwrap_or_default()),
        Read::Envelope => event.clone(),
        Read::Raw => Payload::new(Value::String(event.text().to_owned())),
    }
}

/// The event of a part, whatever came of it.
fn event_of(part: &PartState) -> Value {
    match part {
        PartState::Event { event, .. } => event.value().clone(),
        other => done(other),
    }
}
