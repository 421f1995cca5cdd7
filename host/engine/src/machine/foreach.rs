//! `foreach` of a `listen`: a block for each event. While it runs the next event waits.

use segue_model::Payload;
use segue_model::ir::{Foreach, Strategy, TaskKind, Until};
use serde_json::Value;

use super::listen::listener;
use super::part::add_bytes;
use super::scope::Child;
use super::{Machine, Work};
use crate::data::{Evaluated, Place};
use crate::state::{Doing, Listening, PartState, ScopeId};

impl<'a> Machine<'a> {
    pub(super) fn has_foreach(&self, scope: ScopeId) -> bool {
        self.foreach(scope).is_some()
    }

    fn foreach(&self, scope: ScopeId) -> Option<&'a Foreach> {
        match &self.task_of(scope)?.kind {
            TaskKind::Listen(listen) => listen.foreach.as_ref(),
            _ => None,
        }
    }

    /// Runs the block for an event, which is its input.
    pub(super) fn iterate(&mut self, scope: ScopeId, index: u32, event: Payload) {
        let Some(foreach) = self.foreach(scope) else {
            return;
        };
        let bindings = vec![
            (foreach.item.clone(), event.clone()),
            (foreach.at.clone(), Payload::new(Value::from(index))),
        ];
        let Some(block) = foreach.body else {
            return self.iterated(scope, &bindings, event, false);
        };
        let child = Child {
            bindings,
            index: Some(index),
            ..Child::new(block, event)
        };
        let child = self.open_child(scope, child);
        self.push(Work::Enter { scope: child });
    }

    /// An iteration has its output. `exit` in it ends the listening.
    pub(super) fn iterated(
        &mut self,
        scope: ScopeId,
        bindings: &[(String, Payload)],
        output: Payload,
        exited: bool,
    ) {
        let result = self.iteration_output(scope, bindings, &output);
        let Some((output, context)) = self.or_fail(scope, result) else {
            return;
        };
        if let Some(context) = context {
            self.set_context(scope, context);
        }
        let kept = self.keep_output(scope, output);
        let Some(listening) = self.or_fail(scope, kept) else {
            return;
        };
        match exited {
            true => self.listened(scope),
            false => self.push(Work::Took {
                scope,
                listen: listening.listen,
            }),
        }
    }

    /// The iteration's transformed output, and the new `$context` if it exports one.
    fn iteration_output(
        &self,
        scope: ScopeId,
        bindings: &[(String, Payload)],
        raw: &Payload,
    ) -> Evaluated<(Payload, Option<Payload>)> {
        let (Some(foreach), Some(active)) = (self.foreach(scope), self.active(scope)) else {
            return Ok((raw.clone(), None));
        };
        let bound = |(name, value): &(String, Payload)| (name.clone(), value.value().clone());
        let extra: Vec<(String, Value)> = bindings.iter().map(bound).collect();
        let place = Place {
            extra: &extra,
            ..self.within(scope, active.input.value())
        };
        let output = match &foreach.output.transform {
            Some(template) => Payload::new(place.fill(template, raw.value())?),
            None => raw.clone(),
        };
        if let Some(schema) = foreach.output.schema {
            place.validate(schema, output.value(), "the iteration's output")?;
        }
        let place = Place {
            output: Some(output.value()),
            ..place
        };
        let context = place.export(&foreach.export, output.value())?;
        Ok((output, context.map(Payload::new)))
    }

    /// The event itself is kept only where a condition decides by it when there are enough.
    fn keep_output(&mut self, scope: ScopeId, output: Payload) -> Evaluated<Listening> {
        let fault = || crate::data::Fault::damaged("no listener");
        let found = listener(self.plan, self.run, scope).ok_or_else(fault)?;
        let mut listening = found.listening.clone();
        let by_events = matches!(
            found.strategy,
            Strategy::Any {
                until: Some(Until::When(_)),
                ..
            }
        );
        listening.bytes = add_bytes(listening.bytes, &output, "the outputs of the iterations")?;
        let index = listening.taken.saturating_sub(1);
        let event = match self.run.parts.get(&(scope, index)).map(|part| &part.state) {
            Some(PartState::Event { event, .. }) if by_events => Some(event.clone()),
            _ => None,
        };
        let state = match event {
            Some(event) => {
                listening.bytes = add_bytes(listening.bytes, &event, "the events")?;
                PartState::Event {
                    event,
                    output: Some(output),
                }
            }
            None => PartState::Done(output),
        };
        self.set_part((scope, index), state);
        self.set_doing(scope, Doing::Listening(listening.clone()));
        Ok(listening)
    }
}
