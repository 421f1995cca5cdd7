//! `await-callback`: the task waits until somebody outside answers.

use segue_model::Payload;
use segue_model::ir::{AwaitCallback, Template};
use segue_model::problem::Kind;
use serde_json::{Map, Value};

use super::Machine;
use crate::data::{Evaluated, Fault};
use crate::effect::Note;
use crate::state::{Awaiting, CallbackId, Doing, Due, ScopeId};

impl Machine<'_> {
    pub(super) fn await_callback(&mut self, scope: ScopeId, it: &AwaitCallback, input: &Payload) {
        let prepared = self.prepare_callback(scope, it, input);
        let Some(shown) = self.or_fail(scope, prepared) else {
            return;
        };
        let timer = it.deadline.as_ref();
        let timer = timer.map(|at| self.timer_after(scope, at, Due::Deadline { scope }));
        let Some(timer) = self.or_fail(scope, timer.transpose()) else {
            return;
        };
        let Some(root) = self.root_mut() else { return };
        let callback = CallbackId(root.next_callback);
        root.next_callback += 1;
        self.note(Note::AwaitingCallback {
            task: self.pointer_of(scope),
            callback,
        });
        self.set_doing(
            scope,
            Doing::Awaiting(Awaiting {
                callback,
                timer,
                shown: Payload::new(Value::Object(shown)),
            }),
        );
    }

    /// What whoever answers is shown.
    fn prepare_callback(
        &self,
        scope: ScopeId,
        it: &AwaitCallback,
        input: &Payload,
    ) -> Evaluated<Map<String, Value>> {
        let mut shown = Map::new();
        let mut put = |name: &str, template: &Option<Template>, text: bool| {
            let Some(template) = template else {
                return Ok(());
            };
            let value = self.evaluate(scope, template, input)?;
            if text && !value.is_string() {
                let detail = format!("the {name} of a callback must be text");
                return Err(Fault::new(Kind::Expression, detail));
            }
            shown.insert(name.to_owned(), value);
            Ok(())
        };
        put("title", &it.title, true)?;
        put("description", &it.description, true)?;
        put("data", &it.data, false)?;
        Ok(shown)
    }

    /// Somebody has answered; the shell has checked the answer.
    pub(super) fn called_back(
        &mut self,
        callback: CallbackId,
        answer: &Payload,
        by: Option<String>,
    ) {
        let Some(scope) = self.run.index.callbacks.get(&callback).copied() else {
            return;
        };
        let timer = match self.active(scope).map(|active| &active.doing) {
            Some(Doing::Awaiting(awaiting)) => awaiting.timer,
            _ => None,
        };
        self.clear_timer(timer);
        self.set_doing(scope, Doing::Entered);
        self.note(Note::CalledBack {
            task: self.pointer_of(scope),
            callback,
            by,
        });
        self.returns(scope, answer.clone());
    }
}
