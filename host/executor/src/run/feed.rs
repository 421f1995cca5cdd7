//! Inputs into the engine, and its effects out of it.

use std::sync::Arc;

use segue_engine::{ActivityId, Attempt, Effect, Input, Note, UNKNOWN_FATES_MAX};
use segue_model::{EffectClass, Timestamp};
use segue_store::RunRole;

use super::actor::Actor;
use super::outward::Utterance;
use super::pending::Observed;
use crate::lifecycle::{Event, Teller};
use crate::refusal::chain;

impl Actor {
    /// Feeds one input; one that the run no longer expects is dropped.
    pub(super) fn feed(&mut self, input: Input, observed: Option<Observed>) {
        if !self.run.expects(&input) {
            return;
        }
        let now = self.shared.now();
        let mut entry = self.run.stamp(&self.plan, input, now);
        let effects = self.run.apply(&self.plan, &entry);
        let payloads = self.run.entry_payloads(&mut entry);
        let mut observed = observed.unwrap_or_else(|| Observed::at(now));
        if self.draining {
            observed.held = effects.iter().filter_map(invoked).collect();
        }
        if let Err(error) = self.pending.add(&entry, payloads, &observed) {
            // Entries are plain data with text keys: writing them cannot fail.
            tracing::error!(error = %chain(&error), "a journal entry cannot be written");
        }
        if self.careful {
            self.pending.urgent = true;
        }
        if matches!(entry.input, Input::Start(_)) {
            self.tell_start(observed.at);
        }
        for (index, effect) in effects.into_iter().enumerate() {
            self.take(effect, (entry.seq, index), &observed);
        }
    }

    fn take(&mut self, effect: Effect, place: (u64, usize), observed: &Observed) {
        match effect {
            Effect::Note(note) => {
                self.say(place, &note, observed.at);
                if let Some(gathered) = &mut self.gathered {
                    gathered.take(note.clone(), observed.seen());
                }
                self.pending.note(place.0, note, observed.at);
            }
            Effect::ReadClock => self.clock_wanted = true,
            Effect::Ended(_) => self.pending.urgent = true,
            Effect::Abandon { activity } => {
                self.held.retain(|attempt| attempt.activity != activity);
                self.attempts.abandon(activity);
            }
            Effect::Invoke(attempt) => self.invoke(*attempt),
        }
    }

    /// What others are told of a note.
    fn say(&mut self, place: (u64, usize), note: &Note, at: Timestamp) {
        for event in self.lifecycle(|teller| teller.note(place, note, at)) {
            self.pending.say(Utterance::Lifecycle(event));
        }
        match note {
            Note::Emitted { .. } => self.pending.say(Utterance::Emitted),
            Note::AwaitingCallback { callback, .. } => {
                self.pending.say(Utterance::Asked(*callback));
            }
            _ => {}
        }
    }

    fn tell_start(&mut self, at: Timestamp) {
        for event in self.lifecycle(|teller| vec![teller.started(at)]) {
            self.pending.say(Utterance::Lifecycle(event));
        }
    }

    /// Lifecycle events, where somebody hears them. A schedule is no run of its workflow.
    fn lifecycle(&self, tell: impl FnOnce(&Teller<'_>) -> Vec<Event>) -> Vec<Arc<Event>> {
        let heard = !self.shared.ports.sinks.is_empty() || self.shared.hub.lifecycle_is_heard();
        if !heard || self.role != RunRole::Run {
            return Vec::new();
        }
        let teller = Teller {
            run: self.run.id(),
            workflow: self.plan.workflow(),
            public_url: &self.shared.options.public_url,
        };
        tell(&teller).into_iter().map(Arc::new).collect()
    }

    /// A pure attempt begins at once, while what led to it is still pending: were it lost in
    /// a crash, it would be made again, the same. Everything else waits for the commit.
    fn invoke(&mut self, attempt: Attempt) {
        if attempt.effect == EffectClass::Effectful {
            self.pending.urgent = true;
        }
        if self.pending.urgent || self.draining {
            self.held.push(attempt);
        } else {
            self.attempts.start(&self.shared, attempt);
        }
    }

    /// Goes on with a run that was read from the store: what was in flight there is begun
    /// again where that is safe, and closed where nobody knows what became of it. `held` are
    /// activities whose attempts were not begun.
    pub(super) fn resume(&mut self, recoveries: u32, held: &[ActivityId]) {
        self.careful = recoveries > 0;
        for effect in self.run.outstanding(&self.plan) {
            match effect {
                Effect::Invoke(attempt) if held.contains(&attempt.activity) => {
                    self.held.push(*attempt);
                }
                Effect::Invoke(attempt) => self.resume_attempt(*attempt, recoveries),
                Effect::ReadClock => self.clock_wanted = true,
                Effect::Abandon { .. } | Effect::Note(_) | Effect::Ended(_) => {}
            }
        }
    }

    fn resume_attempt(&mut self, attempt: Attempt, recoveries: u32) {
        let (activity, number) = (attempt.activity, attempt.attempt);
        let task = &attempt.context.task;
        match attempt.effect {
            EffectClass::Effectful => {
                tracing::warn!(task, attempt = number, "the fate of an attempt is unknown");
                self.pending.urgent = true;
                let attempt = number;
                self.feed(Input::FateUnknown { activity, attempt }, None);
            }
            EffectClass::Pure if recoveries > UNKNOWN_FATES_MAX => {
                tracing::error!(task, attempt = number, recoveries, "a step is quarantined");
                let attempt = number;
                self.feed(Input::Quarantine { activity, attempt }, None);
            }
            EffectClass::Pure => self.held.push(attempt),
        }
    }
}

/// The activity of which an effect invokes an attempt.
fn invoked(effect: &Effect) -> Option<ActivityId> {
    match effect {
        Effect::Invoke(attempt) => Some(attempt.activity),
        _ => None,
    }
}
