//! The end of a run.

use segue_model::{Payload, Problem};

use super::Machine;
use crate::data::Evaluated;
use crate::dirty::Place;
use crate::effect::{Effect, EndKind, Note};
use crate::state::{RunEnd, ScopeId};

impl Machine<'_> {
    /// The last task's transformed output becomes the workflow's output.
    pub(super) fn finish(&mut self, last: &Payload, from: Option<ScopeId>) {
        self.complete_around(from);
        match self.workflow_output(last) {
            Ok(output) => self.end(RunEnd::Completed { output }),
            Err(fault) => self.fault_workflow(fault.problem),
        }
    }

    /// Tasks around the one that ended the workflow have completed with it; all others are
    /// cancelled.
    fn complete_around(&mut self, from: Option<ScopeId>) {
        let mut next = from;
        while let Some(id) = next {
            if self.active(id).is_some() {
                self.stop_below(id);
                self.note(Note::TaskEnded {
                    task: self.pointer_of(id),
                    end: EndKind::Completed,
                    problem: None,
                });
            }
            next = self.scope(id).and_then(|scope| scope.parent);
            self.close(id);
        }
    }

    fn workflow_output(&self, last: &Payload) -> Evaluated<Payload> {
        let workflow = self.plan.workflow();
        let place = self.place(None);
        let output = match &workflow.output.transform {
            Some(template) => Payload::new(place.fill(template, last.value())?),
            None => last.clone(),
        };
        if let Some(schema) = workflow.output.schema {
            place.validate(schema, output.value(), "the workflow's output")?;
        }
        Ok(output)
    }

    /// The run ends with an error; one without a place of its own is the workflow's.
    pub(super) fn fault_workflow(&mut self, mut problem: Problem) {
        problem.instance.get_or_insert_default();
        self.end(RunEnd::Faulted { problem });
    }

    pub(super) fn cancel(&mut self, reason: Option<String>) {
        self.end(RunEnd::Cancelled { reason });
    }

    /// Stops everything that is still going on.
    fn end(&mut self, end: RunEnd) {
        self.stack.clear();
        let all: Vec<ScopeId> = self.run.scopes.keys().rev().copied().collect();
        for scope in all {
            self.stop(scope);
        }
        for timer in self.run.timers() {
            self.clear_timer(Some(timer));
        }
        while let Some((row, _)) = self.run.held.pop_first() {
            self.run.dirty.remove(Place::Held(row), row);
        }
        if let Some(root) = self.root_mut() {
            root.parked.clear();
            root.timeout = None;
            root.suspended = false;
            root.end = Some(end.clone());
        }
        let (kind, problem) = match &end {
            RunEnd::Completed { .. } => (EndKind::Completed, None),
            RunEnd::Faulted { problem } => (EndKind::Faulted, Some(problem.clone())),
            RunEnd::Cancelled { .. } => (EndKind::Cancelled, None),
        };
        self.note(Note::RunEnded { end: kind, problem });
        self.effects.push(Effect::Ended(end));
    }
}
