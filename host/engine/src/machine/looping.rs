//! `for`: a fold over an array. Each iteration's input is the output of the one before.

use std::collections::BTreeMap;

use segue_model::Payload;
use segue_model::ir::{ForLoop, TaskKind};
use segue_model::problem::Kind;
use serde_json::Value;

use super::scope::Child;
use super::{Machine, Work};
use crate::data::{Evaluated, Fault, Place};
use crate::state::{Doing, ScopeId};

impl Machine<'_> {
    /// Evaluates the array once, on the task's input, and starts the first iteration.
    pub(super) fn loop_start(&mut self, scope: ScopeId, each: &ForLoop, input: &Payload) {
        let items = self.evaluate(scope, &each.items, input).and_then(array);
        if let Some(items) = self.or_fail(scope, items) {
            let items = Payload::new(items);
            self.loop_next(scope, items, 0, (input.clone(), BTreeMap::new()));
        }
    }

    /// Starts the iteration at `index` with the output of the one before, or ends the loop.
    pub(super) fn loop_next(
        &mut self,
        scope: ScopeId,
        items: Payload,
        index: u32,
        (fold, visits): (Payload, BTreeMap<u32, u32>),
    ) {
        let Some(TaskKind::For(each)) = self.task_of(scope).map(|task| &task.kind) else {
            return;
        };
        let Some(item) = items.value().get(index as usize).cloned() else {
            return self.push(Work::Return {
                scope,
                output: fold,
                then: None,
            });
        };
        let bindings = [
            (each.each.clone(), item),
            (each.at.clone(), Value::from(index)),
        ];
        let goes_on = self.goes_on(scope, each, &fold, &bindings);
        match self.or_fail(scope, goes_on) {
            None => {}
            Some(false) => self.push(Work::Return {
                scope,
                output: fold,
                then: None,
            }),
            Some(true) => {
                let bindings = bindings
                    .into_iter()
                    .map(|(n, v)| (n, Payload::new(v)))
                    .collect();
                let child = Child::new(each.body, fold);
                let child = Child {
                    bindings,
                    visits,
                    index: Some(index),
                    ..child
                };
                let child = self.open_child(scope, child);
                self.set_doing(scope, Doing::Looping { items, index });
                self.push(Work::Enter { scope: child });
            }
        }
    }

    /// `while`, before each iteration: it sees the item, the index, and the fold as `.`.
    fn goes_on(
        &self,
        scope: ScopeId,
        each: &ForLoop,
        fold: &Payload,
        bindings: &[(String, Value)],
    ) -> Evaluated<bool> {
        let Some(condition) = each.condition else {
            return Ok(true);
        };
        let Some(active) = self.active(scope) else {
            return Ok(false);
        };
        let place = Place {
            extra: bindings,
            ..self.within(scope, active.input.value())
        };
        place.condition(condition, fold.value())
    }
}

fn array(value: Value) -> Evaluated<Value> {
    if value.is_array() {
        return Ok(value);
    }
    let text: String = value.to_string().chars().take(80).collect();
    Err(Fault::new(
        Kind::Expression,
        format!("`for.in` must give an array, not `{text}`"),
    ))
}
