//! Inputs into the engine, and its effects out of it.

use segue_engine::{ActivityId, Attempt, Effect, Input, UNKNOWN_FATES_MAX};
use segue_model::{EffectClass, Timestamp};

use super::actor::Actor;
use super::pending::Observed;
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
        for effect in effects {
            self.take(effect, entry.seq, observed.at);
        }
    }

    fn take(&mut self, effect: Effect, seq: u64, at: Timestamp) {
        match effect {
            Effect::Note(note) => self.pending.note(seq, note, at),
            Effect::ReadClock => self.clock_wanted = true,
            Effect::Ended(_) => self.pending.urgent = true,
            Effect::Abandon { activity } => {
                self.held.retain(|attempt| attempt.activity != activity);
                self.attempts.abandon(activity);
            }
            Effect::Invoke(attempt) => self.invoke(*attempt),
        }
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
