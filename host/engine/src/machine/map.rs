//! `map`: a child run for each item of an array, so many at once. Children and their results
//! are parts.

use segue_model::ir::{MAP_CONCURRENCY, MAP_CONCURRENCY_MAX, MapCall, TaskKind, Template};
use segue_model::problem::Kind;
use segue_model::{Payload, Problem};
use serde_json::{Value, json};

use super::part::{add_bytes, done};
use super::{Again, Machine, Work};
use crate::data::{Evaluated, Fault, Place};
use crate::rows::ChildTarget;
use crate::state::{Doing, Mapping, PartKey, PartState, ScopeId};

impl<'a> Machine<'a> {
    pub(super) fn map(&mut self, scope: ScopeId, map: &MapCall, input: &Payload) {
        let mapping = self.prepare_map(scope, map, input);
        if let Some(mapping) = self.or_fail(scope, mapping) {
            let number = mapping.number;
            self.set_doing(scope, Doing::Mapping(mapping));
            self.push(Work::Map { scope, number });
        }
    }

    fn prepare_map(&self, scope: ScopeId, map: &MapCall, input: &Payload) -> Evaluated<Mapping> {
        let items = self.evaluate(scope, &map.items, input)?;
        if !items.is_array() {
            let what = "the items of a map must be an array";
            return Err(Fault::new(Kind::Expression, what));
        }
        let number = |template: &Option<Template>, what: &str, most: u32| {
            let Some(template) = template else {
                return Ok(None);
            };
            let value = self.evaluate(scope, template, input)?;
            let number = value.as_u64().and_then(|n| u32::try_from(n).ok());
            let shown: String = value.to_string().chars().take(80).collect();
            let detail =
                format!("the {what} of a map must be a whole number up to {most}, not `{shown}`");
            let fault = || Fault::new(Kind::Expression, detail);
            number.filter(|n| *n <= most).map(Some).ok_or_else(fault)
        };
        let concurrency = number(&map.concurrency, "concurrency", MAP_CONCURRENCY_MAX)?;
        Ok(Mapping {
            number: self.run.root.as_ref().map_or(0, |root| root.entered),
            items: Payload::new(items),
            started: 0,
            ended: 0,
            failed: 0,
            concurrency: concurrency.unwrap_or(MAP_CONCURRENCY).max(1),
            tolerate: number(&map.tolerate, "tolerated failures", u32::MAX)?,
            bytes: 0,
        })
    }

    /// Starts the next child where there is room for one, or ends the `map`.
    pub(super) fn map_next(&mut self, scope: ScopeId, number: u64) {
        let Some((mapping, map)) = self.mapping(scope).filter(|(m, _)| m.number == number) else {
            return;
        };
        let Some(item) = mapping.items.value().get(mapping.started as usize) else {
            if mapping.started == mapping.ended {
                self.end_map(scope, mapping.tolerate.is_some());
            }
            return;
        };
        if mapping.started.saturating_sub(mapping.ended) >= mapping.concurrency {
            return;
        }
        let input = self.item_input(scope, map, mapping.started, item);
        let Some(input) = self.or_fail(scope, input) else {
            return;
        };
        let target = ChildTarget::Named(map.workflow.clone());
        let child = self.start_child(scope, target, input, (false, true));
        self.set_part((scope, mapping.started), PartState::Child(child));
        self.change_mapping(scope, |mapping| mapping.started += 1);
        self.push(Work::Map { scope, number });
    }

    fn item_input(
        &self,
        scope: ScopeId,
        map: &MapCall,
        index: u32,
        item: &Value,
    ) -> Evaluated<Payload> {
        let (Some(template), Some(active)) = (&map.input, self.active(scope)) else {
            return Ok(Payload::new(item.clone()));
        };
        let extra = [
            ("item".to_owned(), item.clone()),
            ("index".to_owned(), Value::from(index)),
        ];
        let place = Place {
            extra: &extra,
            ..self.within(scope, active.input.value())
        };
        Ok(Payload::new(place.fill(template, active.input.value())?))
    }

    /// A child has ended.
    pub(super) fn item_ended(&mut self, key: PartKey, result: Result<Payload, Problem>) {
        let (scope, _) = key;
        let Some((mapping, _)) = self.mapping(scope) else {
            return;
        };
        let failed = mapping.failed + u32::from(result.is_err());
        let sized = match &result {
            Ok(output) => add_bytes(mapping.bytes, output, "the outputs of the children"),
            Err(problem) => {
                let problem = Payload::new(json!(problem));
                add_bytes(mapping.bytes, &problem, "the errors of the children")
            }
        };
        // What has ended is no child to be cancelled, whatever follows.
        let (state, too_many) = match result {
            Ok(output) => (PartState::Done(output), None),
            Err(problem) => (
                PartState::Failed(Box::new(problem.clone())),
                Some(problem).filter(|_| failed > mapping.tolerate.unwrap_or(0)),
            ),
        };
        self.set_part(key, state);
        let Some(bytes) = self.or_fail(scope, sized) else {
            return;
        };
        self.change_mapping(scope, |mapping| {
            mapping.ended += 1;
            mapping.failed = failed;
            mapping.bytes = bytes;
        });
        match too_many {
            Some(problem) => self.push(Work::Fail {
                scope,
                problem,
                retry: Again::AfterMs(0),
            }),
            None => self.push(Work::Map {
                scope,
                number: mapping.number,
            }),
        }
    }

    fn end_map(&mut self, scope: ScopeId, tolerant: bool) {
        let output = self.gather(scope, |part| match part {
            PartState::Failed(problem) => json!({"error": problem}),
            part if tolerant => json!({"output": done(part)}),
            part => done(part),
        });
        self.set_doing(scope, Doing::Entered);
        self.returns(scope, output);
    }

    fn mapping(&self, scope: ScopeId) -> Option<(Mapping, &'a MapCall)> {
        let Doing::Mapping(mapping) = &self.active(scope)?.doing else {
            return None;
        };
        match &self.task_of(scope)?.kind {
            TaskKind::Map(map) => Some((mapping.clone(), map)),
            _ => None,
        }
    }

    fn change_mapping(&mut self, scope: ScopeId, change: impl FnOnce(&mut Mapping)) {
        self.change_active(scope, |active| {
            if let Doing::Mapping(mapping) = &mut active.doing {
                change(mapping);
            }
        });
    }
}
