//! `try`: run the body, decide about its errors, try again, handle.

use segue_model::ir::{Backoff, Catch, RetryPolicy, TaskKind};
use segue_model::{Payload, Problem, Seed};
use serde_json::{Value, json};

use super::matching::matches;
use super::scope::Child;
use super::{Again, Machine, Step, Work};
use crate::data::{Evaluated, Fault, Place};
use crate::effect::Note;
use crate::state::{Doing, Due, ScopeId, Tries};

/// What a `catch` decides about an error.
enum Decision {
    /// It does not ask for this error.
    Pass,
    /// Try again after this many milliseconds.
    Retry(u64),
    /// Retrying is over, or was never wanted.
    Handle,
}

impl Machine<'_> {
    /// Runs the body of the active `try`, for the first time or again.
    pub(super) fn try_body(&mut self, scope: ScopeId) -> Step {
        let (Some(active), Some(task)) = (self.active(scope), self.task_of(scope)) else {
            return Step::Done;
        };
        let TaskKind::Try { body, catch } = &task.kind else {
            return Step::Done;
        };
        let attempt_duration = catch
            .retry
            .as_ref()
            .and_then(|r| r.attempt_duration.as_ref());
        if attempt_duration.is_some() && self.clock_lags() {
            return Step::NeedsClock(Box::new(Work::Try { scope }));
        }
        let input = active.input.clone();
        let tries = match &active.doing {
            Doing::Pausing { tries, .. } => Tries {
                retries: tries.retries + 1,
                ..tries.clone()
            },
            _ => Tries {
                retries: 0,
                since: self.clock(),
                attempts: self.scope(scope).map_or(0, |s| s.attempts_before),
                timer: None,
            },
        };
        let timer = attempt_duration
            .map(|duration| self.timer_after(scope, duration, Due::Attempt { scope }))
            .transpose();
        let Some(timer) = self.or_fail(scope, timer) else {
            return Step::Done;
        };
        let child = Child {
            attempts_before: tries.attempts,
            ..Child::new(*body, input)
        };
        let child = self.open_child(scope, child);
        let tries = Tries { timer, ..tries };
        self.set_doing(scope, Doing::Trying { tries });
        self.push(Work::Enter { scope: child });
        Step::Done
    }

    /// The body has failed: retry first, then handle, else pass the error on.
    pub(super) fn caught(&mut self, scope: ScopeId, problem: Problem, retry: Again) -> Step {
        let (Some(catch), Some(tries)) = (self.catch_of(scope), self.tries(scope)) else {
            return Step::Done;
        };
        let catch = catch.clone();
        if catch.retry.is_some() && self.clock_lags() {
            return Step::NeedsClock(Box::new(Work::Caught {
                scope,
                problem,
                retry,
            }));
        }
        match self.decide(scope, &catch, &tries, &problem, retry) {
            Ok(Decision::Pass) => self.push(Work::Fail {
                scope,
                problem,
                retry,
            }),
            Ok(Decision::Retry(delay)) => self.pause(scope, tries, delay, problem),
            Ok(Decision::Handle) => self.handle(scope, &catch, problem, retry),
            Err(fault) => {
                let cause = serde_json::to_value(shallow(problem)).unwrap_or_default();
                let replaced = Problem {
                    instance: None,
                    ..fault.problem
                }
                .with("cause", cause);
                self.fail(
                    scope,
                    Fault {
                        problem: replaced,
                        ..fault
                    },
                );
            }
        }
        Step::Done
    }

    fn tries(&self, scope: ScopeId) -> Option<Tries> {
        match &self.active(scope)?.doing {
            Doing::Trying { tries } => Some(tries.clone()),
            _ => None,
        }
    }

    fn decide(
        &self,
        scope: ScopeId,
        catch: &Catch,
        tries: &Tries,
        problem: &Problem,
        retry: Again,
    ) -> Evaluated<Decision> {
        if catch
            .errors
            .as_ref()
            .is_some_and(|filter| !matches(filter, problem))
        {
            return Ok(Decision::Pass);
        }
        let Some(active) = self.active(scope) else {
            return Ok(Decision::Pass);
        };
        let input = active.input.value();
        let error = [(catch.variable.clone(), json!(problem))];
        let place = Place {
            extra: &error,
            ..self.within(scope, input)
        };
        if !place.allows(catch.when, catch.except_when, input)? {
            return Ok(Decision::Pass);
        }
        let (Some(policy), Again::AfterMs(floor)) = (&catch.retry, retry) else {
            return Ok(Decision::Handle);
        };
        if policy.attempts.is_some_and(|most| tries.retries >= most)
            || !place.allows(policy.when, policy.except_when, input)?
        {
            return Ok(Decision::Handle);
        }
        let delay = self.delay(&place, policy, tries, input)?.max(floor);
        if let Some(limit) = &policy.duration {
            let ends = place.span(limit, input)?.after(tries.since);
            if self.clock().plus_ms(delay) >= ends {
                return Ok(Decision::Handle);
            }
        }
        Ok(Decision::Retry(delay))
    }

    /// The wait before the next retry, in milliseconds.
    fn delay(
        &self,
        place: &Place<'_>,
        policy: &RetryPolicy,
        tries: &Tries,
        input: &Value,
    ) -> Evaluated<u64> {
        let now = self.clock();
        let ms = |duration: &_| Ok(place.span(duration, input)?.after(now).since(now));
        let base = policy.delay.as_ref().map_or(Ok(0), ms)?;
        let grown = grow(&policy.backoff, base, tries.retries);
        let Some(jitter) = &policy.jitter else {
            return Ok(grown);
        };
        let (from, to) = (ms(&jitter.from)?, ms(&jitter.to)?);
        let drawn = self.draw(place, tries.retries, to.saturating_sub(from));
        Ok(grown.saturating_add(from).saturating_add(drawn))
    }

    /// A number up to `most` that depends on the run's seed, the place and the retry.
    fn draw(&self, place: &Place<'_>, retry: u32, most: u64) -> u64 {
        let (Some(root), Some(scope)) = (&self.run.root, place.scope.and_then(|s| self.scope(s)))
        else {
            return 0;
        };
        let at = scope.at.to_be_bytes();
        let parts: [&[u8]; 4] = [
            b"jitter",
            scope.lineage.as_bytes(),
            &at,
            &retry.to_be_bytes(),
        ];
        let Seed(bytes) = root.seed.derive(&parts);
        let number = bytes
            .iter()
            .take(8)
            .fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
        number.checked_rem(most.saturating_add(1)).unwrap_or(number)
    }

    fn pause(&mut self, scope: ScopeId, tries: Tries, delay: u64, problem: Problem) {
        let at = self.clock().plus_ms(delay);
        let retry = tries.retries + 1;
        self.note(Note::Retrying {
            task: self.pointer_of(scope),
            retry,
            at,
            problem,
        });
        let tries = Tries {
            timer: None,
            ..tries
        };
        let timer = Some(self.set_timer(at, Due::Backoff { scope }));
        self.set_doing(scope, Doing::Pausing { timer, tries });
    }

    /// Runs the handler. A `catch` with neither `do` nor `then` swallows the error, unless it
    /// retried: then the error goes on.
    fn handle(&mut self, scope: ScopeId, catch: &Catch, problem: Problem, retry: Again) {
        let Some(active) = self.active(scope) else {
            return;
        };
        let input = active.input.clone();
        if let Some(body) = catch.body {
            let error = Payload::new(json!(problem));
            let bindings = vec![(catch.variable.clone(), error)];
            let child = self.open_child(
                scope,
                Child {
                    bindings,
                    ..Child::new(body, input)
                },
            );
            self.note(Note::Caught {
                task: self.pointer_of(scope),
                problem,
            });
            self.set_doing(scope, Doing::Catching);
            self.push(Work::Enter { scope: child });
        } else if catch.retry.is_some() && catch.then.is_none() {
            self.push(Work::Fail {
                scope,
                problem,
                retry,
            });
        } else {
            self.note(Note::Caught {
                task: self.pointer_of(scope),
                problem,
            });
            self.push(Work::Return {
                scope,
                output: input,
                then: catch.then,
            });
        }
    }
}

/// The problem as the cause of another one. Causes of causes would get too deep to be read
/// again, one level of `try` after the other.
fn shallow(mut problem: Problem) -> Problem {
    problem.extensions.remove("cause");
    problem
}

/// The base delay after `retries` retries.
fn grow(backoff: &Backoff, base: u64, retries: u32) -> u64 {
    match backoff {
        Backoff::Constant => base,
        Backoff::Linear { cap_ms } => base
            .saturating_mul(u64::from(retries) + 1)
            .min((*cap_ms).max(base)),
        Backoff::Exponential { factor, cap_ms } => {
            let cap = (*cap_ms).max(base);
            // Multiplied step by step: unlike `powi`, that gives the same bits everywhere.
            let mut grown = base as f64;
            for _ in 0..retries {
                let next = grown * factor;
                if next == grown {
                    break;
                }
                // Only up to the cap: a huge or odd factor cannot leave the range.
                if !next.is_finite() || next >= cap as f64 {
                    return cap;
                }
                grown = next;
            }
            grown.max(0.0) as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoffs_grow_to_their_cap() {
        let exponential = Backoff::Exponential {
            factor: 2.0,
            cap_ms: 1000,
        };
        let delays: Vec<u64> = (0..6).map(|n| grow(&exponential, 100, n)).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(grow(&Backoff::Linear { cap_ms: 250 }, 100, 5), 250);
        assert_eq!(grow(&exponential, 100, u32::MAX), 1000);
        let odd = Backoff::Exponential {
            factor: f64::NAN,
            cap_ms: 1000,
        };
        assert_eq!(grow(&odd, 100, 1), 1000);
    }
}
