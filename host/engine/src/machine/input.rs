//! Inputs become work.

use segue_model::payload::Payload;
use segue_model::{Outcome, Problem, Timestamp, Usage};

use super::{Machine, Work};
use crate::data::Evaluated;
use crate::effect::Note;
use crate::input::{Input, Role, Start};
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
        next_row: 1,
        next_activity: 1,
        next_timer: 1,
        next_listen: 1,
        next_child: 1,
        next_callback: 1,
        entered: 0,
        timeout: None,
        suspended: false,
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
            Input::Clock => self.unpark(),
            Input::Event {
                listen,
                number,
                event,
            } => self.take_event(*listen, *number, event),
            Input::ChildStarted {
                child,
                run,
                workflow,
            } => self.child_started(*child, run, workflow),
            Input::ChildEnded { child, run, end } => self.child_ended(*child, run.as_ref(), end),
            Input::Callback {
                callback,
                answer,
                by,
            } => self.called_back(*callback, answer, by.clone()),
            Input::Suspend { reason } => self.suspend(reason.clone()),
            Input::Resume => self.resume(),
            Input::Cancel { reason } => self.cancel(reason.clone()),
        }
    }

    fn unpark(&mut self) {
        if let Some(root) = &mut self.run.root {
            self.stack.append(&mut root.parked);
        }
    }

    fn suspend(&mut self, reason: Option<String>) {
        if let Some(root) = self.root_mut() {
            root.suspended = true;
        }
        self.note(Note::Suspended { reason });
        for task in self.active_tasks() {
            self.note(Note::TaskSuspended { task });
        }
    }

    fn resume(&mut self) {
        if let Some(root) = self.root_mut() {
            root.suspended = false;
        }
        self.note(Note::Resumed);
        for task in self.active_tasks() {
            self.note(Note::TaskResumed { task });
        }
        self.unpark();
    }

    /// The pointers of the tasks that have begun and not ended, outer ones first.
    fn active_tasks(&self) -> Vec<String> {
        let scopes = self.run.scopes.iter();
        let active = scopes.filter_map(|(_, scope)| self.plan.task(scope.active.as_ref()?.task));
        active.map(|task| task.pointer.clone()).collect()
    }

    fn start(&mut self, start: &Start) {
        if start.role == Role::Schedule {
            return self.start_schedule();
        }
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
            let timer = self.set_timer(at, Due::Workflow);
            if let Some(root) = self.root_mut() {
                root.timeout = Some(timer);
            }
        }
        Ok(input)
    }

    /// A timer of this run is due.
    fn timer_fired(&mut self, timer: TimerId) {
        let due = self.run.index.timers.remove(&timer);
        self.run.dirty.timers.insert(timer, None);
        if let Some(due) = due {
            self.push(Work::Due { timer, due });
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
