//! Inputs become work.

use segue_model::payload::Payload;
use segue_model::problem::Kind;
use segue_model::{Outcome, Problem, Timestamp, Usage};
use std::collections::BTreeMap;

use super::{Machine, Work};
use crate::data::{Evaluated, Fault};
use crate::effect::Note;
use crate::input::{Input, Start};
use crate::state::{Due, Root, TimerId};

/// The root of a run that starts at `now`.
pub(crate) fn fresh_root(start: &Start, now: Timestamp) -> Root {
    Root {
        seq: 0,
        deployed: start.deployed,
        started_at: now,
        seed: start.seed,
        trace_parent: start.trace_parent.clone(),
        input: start.input.clone(),
        context: Payload::null(),
        clock: now,
        clock_lags: false,
        next_scope: 1,
        next_activity: 1,
        next_timer: 1,
        entered: 0,
        timers: BTreeMap::new(),
        parked: Vec::new(),
        end: None,
    }
}

impl Machine<'_> {
    /// Takes an input that the run expects.
    pub(super) fn accept(&mut self, input: &Input) {
        match input {
            Input::Start(start) => self.start(start),
            Input::Attempt {
                activity,
                attempt,
                outcome,
                usage,
            } => {
                self.attempt_ended(*activity, *attempt, outcome, *usage);
            }
            Input::FateUnknown { activity, attempt } => self.fate_unknown(*activity, *attempt),
            Input::Quarantine { activity, attempt } => self.quarantine(*activity, *attempt),
            Input::Timer { timer } => self.timer_fired(*timer),
            Input::Clock => {
                let parked = self.root_mut().map(|root| std::mem::take(&mut root.parked));
                self.queue.extend(parked.unwrap_or_default());
            }
            Input::Cancel { reason } => self.cancel(reason.clone()),
            Input::Event { .. }
            | Input::ChildStarted { .. }
            | Input::ChildEnded { .. }
            | Input::Callback { .. }
            | Input::Suspend { .. }
            | Input::Resume => {}
        }
    }

    fn start(&mut self, start: &Start) {
        match self.prepare(start) {
            Ok(input) => {
                let body = self.plan.workflow().body;
                let scope = self.open_root_scope(body, Payload::new(input));
                self.push(Work::Enter { scope });
            }
            Err(fault) => self.fault_workflow(fault.problem),
        }
    }

    fn prepare(&mut self, start: &Start) -> Evaluated<serde_json::Value> {
        let workflow = self.plan.workflow();
        let raw = start.input.value();
        if let Some(schema) = workflow.input.schema {
            self.place(None)
                .validate(schema, raw, "the workflow's input")?;
        }
        let input = match &workflow.input.from {
            Some(template) => self.place(None).fill(template, raw)?,
            None => raw.clone(),
        };
        if let Some(timeout) = &workflow.timeout {
            let span = self.place(None).span(timeout, &input)?;
            let at = span.after(self.clock());
            self.set_timer(at, Due::Workflow);
        }
        Ok(input)
    }

    /// A timer of this run is due.
    fn timer_fired(&mut self, timer: TimerId) {
        let due = self.root_mut().and_then(|root| root.timers.remove(&timer));
        self.run.dirty.timers.insert(timer, None);
        match due {
            Some(Due::Workflow) => {
                let fault = Fault::new(Kind::Timeout, "the workflow took longer than its timeout");
                self.fault_workflow(fault.problem);
            }
            Some(Due::Task { scope }) => self.task_timed_out(scope),
            Some(Due::Wait { scope }) => self.waited(scope),
            Some(Due::Backoff { scope }) => self.push(Work::Try { scope }),
            Some(Due::Attempt { scope }) => self.try_timed_out(scope),
            None => {}
        }
    }

    /// Notes how an attempt ended, for those who watch.
    pub(super) fn note_attempt(
        &mut self,
        task: String,
        (activity, attempt): (crate::state::ActivityId, u32),
        ended: Option<(&Outcome, Usage)>,
    ) {
        let problem = ended
            .and_then(|(outcome, _)| outcome.clone().into_result().err())
            .map(|(problem, _): (Problem, _)| problem);
        self.note(Note::AttemptEnded {
            task,
            activity,
            attempt,
            problem,
            fate_unknown: ended.is_none(),
            usage: ended.map(|(_, usage)| usage).unwrap_or_default(),
        });
    }
}
