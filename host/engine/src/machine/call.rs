//! `call`: attempts of a step, and what becomes of them.

use segue_model::context::StepContext;
use segue_model::ir::{Auths, Call};
use segue_model::problem::Kind;
use segue_model::{EffectClass, IdempotencyKey, Outcome, Payload, Problem, Usage, World};

use super::auth::{authentications, bindings};
use super::{Again, Machine, Work};
use crate::UNKNOWN_FATES_MAX;
use crate::data::{Evaluated, Fault, Place};
use crate::effect::{Attempt, Effect, Note};
use crate::plan::Plan;
use crate::run::Run;
use crate::state::{ActivityId, Calling, Doing, ScopeId};

/// The attempt that is in flight in `scope`, as the shell needs it: made from the state alone,
/// so that a restored run asks for exactly the same.
pub(crate) fn attempt(plan: &Plan, run: &Run, scope: ScopeId) -> Option<Attempt> {
    let root = run.root.as_ref()?;
    let active = run.scopes.get(&scope)?.active.as_ref()?;
    let Doing::Calling(calling) = &active.doing else {
        return None;
    };
    let task = plan.task(active.task)?;
    let call = plan.call(active.task)?;
    let (step, pin) = plan.pin_of(active.task)?;
    let mut pin = pin.clone();
    pin.limits = pin.limits.narrowed(&call.limits);
    let seed = root.seed.derive(&[
        calling.key.as_str().as_bytes(),
        &calling.attempt.to_be_bytes(),
    ]);
    let world = match pin.effect {
        EffectClass::Pure => World::Deterministic {
            now: calling.clock,
            seed,
        },
        EffectClass::Effectful => World::Real,
    };
    Some(Attempt {
        activity: calling.activity,
        attempt: calling.attempt,
        step,
        effect: pin.effect,
        input: calling.input.clone(),
        grants: call.grants,
        auth: authentications(call, &calling.auth),
        secrets: bindings(plan, call, &root.seed),
        context: StepContext {
            run: run.id.clone(),
            workflow: plan.workflow().name.to_string(),
            task: task.pointer.clone(),
            iteration: active.visit,
            attempt: calling.attempt,
            idempotency_key: calling.key.clone(),
            deadline: calling.clock.plus_ms(pin.limits.time_ms),
            trace_parent: root.trace_parent.clone(),
        },
        world,
        pin,
    })
}

impl Machine<'_> {
    /// Starts the first attempt of the active call.
    pub(super) fn call(&mut self, scope: ScopeId, call: &Call, input: Payload) {
        let prepared = self.prepare_call(scope, call, input);
        let Some((input, auth)) = self.or_fail(scope, prepared) else {
            return;
        };
        let (Some(key), Some(state)) = (self.activation_key(scope), self.scope(scope)) else {
            return;
        };
        let attempt = state.attempts_before + 1;
        let clock = self.clock();
        let Some(root) = self.root_mut() else { return };
        let activity = ActivityId(root.next_activity);
        root.next_activity += 1;
        self.launch(
            scope,
            Calling {
                activity,
                attempt,
                key,
                input,
                auth,
                clock,
                lost: 0,
            },
        );
    }

    /// The step's input, and the members of the call's authentications.
    fn prepare_call(
        &self,
        scope: ScopeId,
        call: &Call,
        input: Payload,
    ) -> Evaluated<(Payload, Auths<Payload>)> {
        let auth = self.members_of_all(scope, &call.auth, &input)?;
        let authorization = match &call.auth.request {
            Some(of) => self.authorization(of, auth.request.as_ref()),
            None => Vec::new(),
        };
        let Some(template) = &call.with else {
            return Ok((input, auth));
        };
        let place = Place {
            extra: &authorization,
            ..self.within(scope, input.value())
        };
        let with = place.fill(template, input.value())?;
        Ok((Payload::new(with), auth))
    }

    /// What tells this activation of the active task from every other one, of any run.
    pub(super) fn activation_key(&self, scope: ScopeId) -> Option<IdempotencyKey> {
        let (state, active) = self.scope(scope).zip(self.active(scope))?;
        let pointer = self.pointer_of(scope);
        Some(IdempotencyKey::derive(
            &self.run.id,
            &pointer,
            &state.lineage,
            active.visit,
        ))
    }

    fn launch(&mut self, scope: ScopeId, calling: Calling) {
        let number = calling.attempt;
        self.set_doing(scope, Doing::Calling(calling));
        self.count_attempt(scope, number);
        let Some(attempt) = attempt(self.plan, self.run, scope) else {
            return self.fail(scope, Fault::damaged("a call without a pinned step"));
        };
        self.note(Note::AttemptStarted {
            task: attempt.context.task.clone(),
            step: format!(
                "{}/{}:{}",
                attempt.pin.plugin, attempt.pin.step, attempt.pin.version
            ),
            activity: attempt.activity,
            attempt: attempt.attempt,
            effect: attempt.effect,
            idempotency_key: attempt.context.idempotency_key.clone(),
        });
        self.effects.push(Effect::Invoke(Box::new(attempt)));
    }

    pub(super) fn attempt_ended(
        &mut self,
        activity: ActivityId,
        attempt: u32,
        outcome: &Outcome,
        usage: Usage,
    ) {
        let Some((scope, calling)) = self.take_calling(activity) else {
            return;
        };
        self.note_attempt(
            self.pointer_of(scope),
            (activity, attempt),
            Some((outcome, usage)),
        );
        match outcome.clone().into_result() {
            Ok(output) => self.returns(scope, output),
            Err((problem, retry)) => match outcome {
                Outcome::HostFault { .. } => self.push(Work::Again {
                    scope,
                    calling,
                    problem,
                }),
                _ => self.push(Work::Fail {
                    scope,
                    problem,
                    retry: retry.into(),
                }),
            },
        }
    }

    pub(super) fn fate_unknown(&mut self, activity: ActivityId, attempt: u32) {
        let Some((scope, calling)) = self.take_calling(activity) else {
            return;
        };
        self.note_attempt(self.pointer_of(scope), (activity, attempt), None);
        let problem = self.quarantined(scope);
        self.push(Work::Again {
            scope,
            calling,
            problem,
        });
    }

    pub(super) fn quarantine(&mut self, activity: ActivityId, attempt: u32) {
        let Some((scope, _)) = self.take_calling(activity) else {
            return;
        };
        self.note_attempt(self.pointer_of(scope), (activity, attempt), None);
        let problem = self.quarantined(scope);
        self.push(Work::Fail {
            scope,
            problem,
            retry: Again::Never,
        });
    }

    /// The next attempt of the same activity, without consuming a retry; or `problem`, when
    /// there have been enough.
    pub(super) fn again(&mut self, scope: ScopeId, calling: Calling, problem: Problem) {
        if self.active(scope).is_none() {
            return;
        }
        let lost = calling.lost + 1;
        if lost >= UNKNOWN_FATES_MAX {
            return self.push(Work::Fail {
                scope,
                problem,
                retry: Again::Never,
            });
        }
        let clock = self.clock();
        self.launch(
            scope,
            Calling {
                attempt: calling.attempt + 1,
                lost,
                clock,
                ..calling
            },
        );
    }

    fn quarantined(&self, scope: ScopeId) -> Problem {
        let pin = self
            .active(scope)
            .and_then(|active| self.plan.pin_of(active.task));
        let step = pin.map(|(_, pin)| format!("{}/{}:{}", pin.plugin, pin.step, pin.version));
        let detail = format!(
            "the host ended {UNKNOWN_FATES_MAX} times while `{}` was running; see the host's log, then start the run again with a mended plugin",
            step.unwrap_or_default(),
        );
        Problem::new(Kind::Quarantined, detail)
    }

    /// The call of an attempt that has ended: nothing is in flight there any more, whatever
    /// follows.
    fn take_calling(&mut self, activity: ActivityId) -> Option<(ScopeId, Calling)> {
        let scope = *self.run.index.activities.get(&activity)?;
        let doing = self.change_active(scope, |active| {
            std::mem::replace(&mut active.doing, Doing::Entered)
        })?;
        match doing {
            Doing::Calling(calling) => Some((scope, calling)),
            _ => None,
        }
    }
}
