//! What the shell asks a run before it feeds something from outside: which events it wants,
//! which callbacks it waits for.

use segue_model::ir::{AwaitCallback, TaskKind};
use segue_model::problem::Kind;
use segue_model::{Payload, Problem};
use serde_json::Value;

use crate::data::Place;
use crate::machine::{listener, weigh};
use crate::plan::Plan;
use crate::run::Run;
use crate::state::{
    Active, Awaiting, CallbackId, ChildId, Doing, ListenId, Listening, ScopeId, Whose,
};

/// An `await-callback` that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingCallback {
    /// Which.
    pub callback: CallbackId,
    /// The pointer of its task.
    pub task: String,
    /// What must be shown to answer: 64 hexadecimal digits, drawn from the run's seed, so that
    /// nobody outside of the run can guess it.
    pub token: String,
    /// What a person is asked.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// What else whoever answers should see.
    pub data: Option<Payload>,
    /// The JSON Schema of the answer.
    pub form: Option<Value>,
}

impl Run {
    /// Listeners that can take an event now (one that is busy with the event before takes
    /// the next one later; a suspended run takes none).
    pub fn listening(&self) -> Vec<ListenId> {
        let all = self.index.listens.keys().copied();
        all.filter(|listen| self.can_take(*listen)).collect()
    }

    /// Whether a listener can take an event now.
    pub fn can_take(&self, listen: ListenId) -> bool {
        let free = self.listener_of(listen).is_some_and(|it| !it.busy);
        !self.is_suspended() && free
    }

    /// The number of the event that a listener took last, or 0. Whatever the host remembers,
    /// it takes none up to there: none twice, and none that it passed over.
    pub fn heard(&self, listen: ListenId) -> u64 {
        self.listener_of(listen).map_or(0, |it| it.heard)
    }

    fn listener_of(&self, listen: ListenId) -> Option<&Listening> {
        let scope = self.index.listens.get(&listen)?;
        match &self.active(*scope)?.doing {
            Doing::Listening(listening) => Some(listening),
            Doing::Scheduling(it) => it.listening.as_ref(),
            _ => None,
        }
    }

    /// Whether the listener has something to do with an event: it matches, or whether it
    /// does cannot be told without an error.
    pub fn wants(&self, plan: &Plan, listen: ListenId, event: &Value) -> bool {
        let Some(scope) = self.index.listens.get(&listen).copied() else {
            return false;
        };
        let (Some(active), Some(listener)) = (self.active(scope), listener(plan, self, scope))
        else {
            return false;
        };
        let place = Place::within(plan, self, scope, active.input.value());
        match weigh(&place, listener.strategy, listener.listening, event) {
            Ok(taken) => taken.is_some() && self.can_take(listen),
            Err(_) => !listener.schedule && self.can_take(listen),
        }
    }

    /// Whether a child is one whose start the run has not heard of.
    pub(crate) fn awaits_start(&self, child: ChildId) -> bool {
        let Some(Whose::Task(scope)) = self.index.children.get(&child) else {
            return false;
        };
        let doing = self.active(*scope).map(|active| &active.doing);
        matches!(doing, Some(Doing::Running(running)) if running.run.is_none())
    }

    /// The callbacks that the run waits for.
    pub fn callbacks(&self, plan: &Plan) -> Vec<PendingCallback> {
        let all = self.index.callbacks.iter();
        all.filter_map(|(callback, scope)| self.pending(plan, *callback, *scope))
            .collect()
    }

    fn pending(
        &self,
        plan: &Plan,
        callback: CallbackId,
        scope: ScopeId,
    ) -> Option<PendingCallback> {
        let (awaiting, it, task) = self.awaiting(plan, scope)?;
        let shown = |name: &str| awaiting.shown.value().get(name).cloned();
        let text = |name: &str| shown(name)?.as_str().map(str::to_owned);
        Some(PendingCallback {
            callback,
            task,
            token: self.token(callback)?,
            title: text("title"),
            description: text("description"),
            data: shown("data").map(Payload::new),
            form: it
                .form
                .and_then(|id| plan.workflow().schemas.get(id.index()))
                .cloned(),
        })
    }

    fn awaiting<'a>(
        &'a self,
        plan: &'a Plan,
        scope: ScopeId,
    ) -> Option<(&'a Awaiting, &'a AwaitCallback, String)> {
        let active = self.active(scope)?;
        let task = plan.task(active.task)?;
        match (&active.doing, &task.kind) {
            (Doing::Awaiting(awaiting), TaskKind::AwaitCallback(it)) => {
                Some((awaiting, it, task.pointer.clone()))
            }
            _ => None,
        }
    }

    /// The callback that waits for whoever has this token.
    pub fn callback_of(&self, token: &str) -> Option<CallbackId> {
        let mut all = self.index.callbacks.keys().copied();
        all.find(|callback| self.token(*callback).is_some_and(|own| same(&own, token)))
    }

    /// The callback that this token was made for, whether it still waits or not.
    pub fn callback_once_of(&self, token: &str) -> Option<CallbackId> {
        let next = self.root.as_ref()?.next_callback;
        let mut all = (0..next).map(CallbackId);
        all.find(|callback| self.token(*callback).is_some_and(|own| same(&own, token)))
    }

    /// The children of which the run still wants to hear.
    pub fn children(&self) -> Vec<ChildId> {
        self.index.children.keys().copied().collect()
    }

    /// W3C Trace Context `traceparent` of whoever started the run.
    pub fn trace_parent(&self) -> Option<&str> {
        self.root.as_ref()?.trace_parent.as_deref()
    }

    /// The token of a callback.
    fn token(&self, callback: CallbackId) -> Option<String> {
        let seed = self.root.as_ref()?.seed;
        let token = seed.derive(&[b"callback", &callback.0.to_be_bytes()]);
        Some(token.into())
    }

    /// Checks an answer against the callback's form: what does not match is refused, and
    /// the run never hears of it.
    pub fn check_callback(
        &self,
        plan: &Plan,
        callback: CallbackId,
        answer: &Value,
    ) -> Result<(), Problem> {
        let scope = self.index.callbacks.get(&callback).copied();
        let found = scope.and_then(|scope| self.awaiting(plan, scope));
        let Some((_, it, _)) = found else {
            let what = "nothing waits for this answer (any more)";
            return Err(Problem::new(Kind::NotFound, what));
        };
        let Some(form) = it.form else {
            return Ok(());
        };
        Place::new(plan, self, scope)
            .validate(form, answer, "the answer")
            .map_err(|fault| fault.problem)
    }

    fn active(&self, scope: ScopeId) -> Option<&Active> {
        self.scopes.get(&scope)?.active.as_ref()
    }
}

/// Whether two tokens are the same, in a time that does not tell where they differ.
fn same(a: &str, b: &str) -> bool {
    let differ = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differ == 0
}
