//! A schedule: an endless task that starts runs of its workflow. Its runs are nobody's
//! children: they go on when the schedule is replaced.

use segue_model::ir::{CATCH_UP_MAX, CatchUp, Overlap, Schedule, TaskKind, Trigger};
use segue_model::problem::Kind;
use segue_model::{Payload, Timestamp};

use super::{Machine, Step, Work};
use crate::data::{Evaluated, Fault};
use crate::effect::Note;
use crate::moments::Moments;
use crate::rows::ChildTarget;
use crate::state::{Doing, Due, Scheduling, ScopeId};

/// A moment counts as met where the host comes no later than this.
const ON_TIME_MS: u64 = 5_000;
/// The least pause after a run that could not be started, before `after` tries the next.
const START_RETRY_MS: u64 = 60_000;

impl<'a> Machine<'a> {
    /// A run in the schedule role: the workflow's schedule instead of its body.
    pub(super) fn start_schedule(&mut self) {
        match self.plan.workflow().schedule {
            Some(block) => {
                let scope = self.open_root_scope(block, Payload::null());
                self.push(Work::Enter { scope });
            }
            None => {
                let what = "the workflow has no schedule";
                self.fault_workflow(Fault::new(Kind::Configuration, what).problem);
            }
        }
    }

    pub(super) fn schedule(&mut self, scope: ScopeId) {
        let Some((schedule, _)) = self.scheduling_of(scope) else {
            return;
        };
        let now = self.clock();
        let at_once = matches!(schedule.trigger, Trigger::After(_));
        let scheduling = Scheduling {
            since: now,
            seen: now,
            timer: None,
            due: u32::from(at_once),
            input: None,
            queued: None,
            running: None,
            listening: None,
        };
        self.set_doing(scope, Doing::Scheduling(Box::new(scheduling)));
        self.push(Work::Schedule { scope });
    }

    /// Starts a run that is due, or waits for what comes next.
    pub(super) fn schedule_next(&mut self, scope: ScopeId) -> Step {
        if self.clock_lags() {
            return Step::NeedsClock(Box::new(Work::Schedule { scope }));
        }
        let Some((schedule, Some(scheduling))) = self.scheduling_of(scope) else {
            return Step::Done;
        };
        if scheduling.due > 0 {
            self.start_due(scope, schedule.overlap, &scheduling);
            self.push(Work::Schedule { scope });
        } else if scheduling.running.is_none() && scheduling.queued.is_some() {
            self.change_scheduling(scope, |it| {
                it.input = it.queued.take();
                it.due = 1;
            });
            self.push(Work::Schedule { scope });
        } else if scheduling.timer.is_none() && scheduling.listening.is_none() {
            let waits = self.wait_for_next(scope, schedule, &scheduling);
            self.or_fail(scope, waits);
        }
        Step::Done
    }

    fn start_due(&mut self, scope: ScopeId, overlap: Overlap, scheduling: &Scheduling) {
        let input = scheduling.input.clone().unwrap_or_else(Payload::null);
        let (mut due, mut skipped, mut queued) = (scheduling.due, 0, scheduling.queued.clone());
        match (overlap, scheduling.running) {
            (Overlap::Skip, Some(_)) => (due, skipped) = (0, due),
            (Overlap::Queue, Some(_)) => {
                skipped = due - u32::from(queued.is_none());
                due = 0;
                queued = queued.or(Some(input.clone()));
            }
            // Of several that are due at once, each would be cancelled by the next.
            (Overlap::Cancel, _) => (due, skipped) = (1, due - 1),
            _ => {}
        }
        let mut running = scheduling.running;
        if due > 0 {
            if let Some(before) = running.filter(|_| overlap == Overlap::Cancel) {
                self.cancel_child(before);
            }
            let attached = overlap != Overlap::Allow || self.is_after(scope);
            let given = (false, attached);
            let child = self.start_child(scope, ChildTarget::Own, input, given);
            running = Some(child).filter(|_| attached);
            due -= 1;
        }
        self.change_scheduling(scope, |it| {
            it.due = due;
            it.queued = queued;
            it.running = running;
            if due == 0 {
                it.input = None;
            }
        });
        if skipped > 0 {
            self.note(Note::Scheduled {
                next: None,
                skipped: u64::from(skipped),
            });
        }
    }

    /// Sets the timer of the next moment, or listens. `after` waits for its run to end first.
    fn wait_for_next(
        &mut self,
        scope: ScopeId,
        schedule: &'a Schedule,
        scheduling: &Scheduling,
    ) -> Evaluated<()> {
        let next = match &schedule.trigger {
            Trigger::On { strategy, .. } => {
                let listening = self.subscribe(scope, strategy)?;
                self.change_scheduling(scope, |it| it.listening = Some(listening));
                self.note(Note::Scheduled {
                    next: None,
                    skipped: 0,
                });
                return Ok(());
            }
            Trigger::After(_) if scheduling.running.is_some() => return Ok(()),
            Trigger::After(duration) => {
                let null = serde_json::Value::Null;
                let span = self.place(Some(scope)).span(duration, &null)?;
                Some(span.after(scheduling.seen))
            }
            Trigger::Every(_) | Trigger::Cron { .. } => {
                self.moments(scope, scheduling)?.after(scheduling.seen)
            }
        };
        match next {
            Some(next) => {
                let timer = self.set_timer(next, Due::Moment { scope });
                self.change_scheduling(scope, |it| it.timer = Some(timer));
                self.note(Note::Scheduled {
                    next: Some(next),
                    skipped: 0,
                });
            }
            None => self.returns(scope, Payload::null()),
        }
        Ok(())
    }

    /// A moment has come: it, and perhaps others that nobody was there for.
    pub(super) fn moment(&mut self, scope: ScopeId) {
        let Some((schedule, Some(scheduling))) = self.scheduling_of(scope) else {
            return;
        };
        let now = self.clock();
        let due = match schedule.trigger {
            Trigger::After(_) => Ok(1),
            _ => self
                .moments(scope, &scheduling)
                .map(|moments| due(&moments, schedule.catch_up, scheduling.seen, now)),
        };
        let Some(due) = self.or_fail(scope, due) else {
            return;
        };
        self.change_scheduling(scope, |it| {
            it.timer = None;
            it.seen = now;
            it.due = due;
        });
        if due == 0 {
            self.note(Note::Scheduled {
                next: None,
                skipped: 1,
            });
        }
        self.push(Work::Schedule { scope });
    }

    /// The events of a schedule have come.
    pub(super) fn events_came(&mut self, scope: ScopeId, events: Payload) {
        self.change_scheduling(scope, |it| {
            it.listening = None;
            it.input = Some(events);
            it.due = 1;
        });
        self.push(Work::Schedule { scope });
    }

    /// The run before has ended, or could not be started.
    pub(super) fn scheduled_ended(&mut self, scope: ScopeId, started: bool) {
        let now = self.clock();
        let pause = if started { 0 } else { START_RETRY_MS };
        self.change_scheduling(scope, |it| it.running = None);
        if self.is_after(scope) {
            self.change_scheduling(scope, |it| it.seen = now.plus_ms(pause));
        }
        self.push(Work::Schedule { scope });
    }

    fn moments(&self, scope: ScopeId, scheduling: &Scheduling) -> Evaluated<Moments<'a>> {
        let Some((schedule, _)) = self.scheduling_of(scope) else {
            return Err(Fault::damaged("no schedule"));
        };
        match &schedule.trigger {
            Trigger::Every(duration) => {
                let null = serde_json::Value::Null;
                let span = self.place(Some(scope)).span(duration, &null)?;
                Moments::every(scheduling.since, span).ok_or_else(|| {
                    Fault::new(Kind::Configuration, "`every` must be longer than nothing")
                })
            }
            Trigger::Cron {
                expression,
                timezone,
            } => {
                let cron = self.plan.cron(expression, timezone);
                let missing = || Fault::damaged("an unknown cron expression");
                cron.map(Moments::Cron).ok_or_else(missing)
            }
            Trigger::After(_) | Trigger::On { .. } => Err(Fault::damaged("no moments")),
        }
    }

    fn is_after(&self, scope: ScopeId) -> bool {
        self.scheduling_of(scope)
            .is_some_and(|(schedule, _)| matches!(schedule.trigger, Trigger::After(_)))
    }

    fn scheduling_of(&self, scope: ScopeId) -> Option<(&'a Schedule, Option<Scheduling>)> {
        let TaskKind::Schedule(schedule) = &self.task_of(scope)?.kind else {
            return None;
        };
        let scheduling = match &self.active(scope)?.doing {
            Doing::Scheduling(scheduling) => Some((**scheduling).clone()),
            _ => None,
        };
        Some((schedule, scheduling))
    }

    fn change_scheduling(&mut self, scope: ScopeId, change: impl FnOnce(&mut Scheduling)) {
        self.change_active(scope, |active| {
            if let Doing::Scheduling(scheduling) = &mut active.doing {
                change(scheduling);
            }
        });
    }
}

/// How many runs are due for the moments after `seen` up to `now`.
fn due(moments: &Moments<'_>, policy: CatchUp, seen: Timestamp, now: Timestamp) -> u32 {
    match policy {
        CatchUp::One => u32::from(moments.count(seen, now, 1) > 0),
        CatchUp::All => moments.count(seen, now, CATCH_UP_MAX),
        CatchUp::Skip => {
            let late = Timestamp(now.0.saturating_sub(ON_TIME_MS));
            u32::from(moments.count(seen.max(late), now, 1) > 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use segue_model::Span;

    use super::*;

    #[test]
    fn what_was_missed_is_caught_up_with_as_the_policy_says() {
        let start = Timestamp(1_000_000);
        let hourly = Moments::every(start, Span::from_ms(3_600_000)).unwrap();
        let at = |ms| start.plus_ms(ms);
        let due = |policy, ms| due(&hourly, policy, start, at(ms));
        // On time.
        for policy in [CatchUp::Skip, CatchUp::One, CatchUp::All] {
            assert_eq!(due(policy, 3_600_050), 1);
        }
        // Half an hour late, and after three moments.
        assert_eq!(due(CatchUp::Skip, 5_400_000), 0);
        assert_eq!(due(CatchUp::One, 5_400_000), 1);
        assert_eq!(due(CatchUp::One, 12_600_000), 1);
        assert_eq!(due(CatchUp::All, 12_600_000), 3);
        assert_eq!(due(CatchUp::Skip, 10_800_001), 1, "the third is on time");
        assert_eq!(due(CatchUp::All, u64::MAX / 2), CATCH_UP_MAX);
    }
}
