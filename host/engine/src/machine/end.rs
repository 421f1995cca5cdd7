//! The end of a run.

use segue_model::{Payload, Problem};

use super::Machine;
use crate::data::Evaluated;
use crate::effect::{Effect, EndKind, Note};
use crate::state::{RunEnd, ScopeId};

impl Machine<'_> {
    /// The last task's transformed output becomes the workflow's output.
    pub(super) fn finish(&mut self, last: &Payload) {
        match self.workflow_output(last) {
            Ok(output) => self.end(RunEnd::Completed { output }),
            Err(fault) => self.fault_workflow(fault.problem),
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
        self.queue.clear();
        let top = self
            .run
            .scopes
            .iter()
            .find(|(_, s)| s.parent.is_none())
            .map(|(id, _)| *id);
        if let Some(top) = top {
            self.stop_below(top);
        }
        let left: Vec<ScopeId> = self.run.scopes.keys().copied().collect();
        for scope in left {
            self.close(scope);
        }
        let timers = self.run.timers();
        for timer in timers {
            self.clear_timer(Some(timer));
        }
        if let Some(root) = self.root_mut() {
            root.parked.clear();
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
