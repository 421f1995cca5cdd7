//! Entering a task: condition, input, timeout, and then what its kind does.

use segue_model::ir::{Duration, RaisedError, Task, TaskKind, Template};
use segue_model::problem::Kind;
use segue_model::{Payload, Problem};
use serde_json::Value;

use super::scope::Child;
use super::{Machine, Step, Work};
use crate::TASKS_ENTERED_MAX;
use crate::data::{Evaluated, Fault, Place, TaskView};
use crate::effect::Note;
use crate::state::{Active, Doing, Due, ScopeId, TimerId};

impl Machine<'_> {
    /// Enters the task at the scope's position, or leaves the scope at its end.
    pub(super) fn enter(&mut self, scope: ScopeId) -> Step {
        let Some(state) = self.scope(scope) else {
            return Step::Done;
        };
        let Some(task) = self.task_of(scope) else {
            let output = state.input.clone();
            self.push(Work::Leave {
                scope,
                output,
                exited: false,
            });
            return Step::Done;
        };
        if self.clock_lags() && needs_clock(task) {
            return Step::NeedsClock(Work::Enter { scope });
        }
        let entered = self.begin(scope, task);
        if let Some(Some(input)) = self.or_fail(scope, entered) {
            self.perform(scope, task, input);
        }
        Step::Done
    }

    /// Everything before the task itself: `None` where the task is skipped.
    fn begin(&mut self, scope: ScopeId, task: &Task) -> Evaluated<Option<Payload>> {
        self.count_entry()?;
        let Some(state) = self.scope(scope) else {
            return Ok(None);
        };
        let raw = state.input.clone();
        let started_at = self.clock();
        let view = TaskView {
            task,
            raw_input: raw.value(),
            raw_output: None,
            started_at,
        };
        let place = Place {
            task: Some(view),
            ..self.place(Some(scope))
        };
        if let Some(condition) = task.condition
            && !place.condition(condition, raw.value())?
        {
            self.skip(scope, task);
            return Ok(None);
        }
        if let Some(schema) = task.input.schema {
            place.validate(schema, raw.value(), "the task's input")?;
        }
        let input = match &task.input.from {
            Some(template) => Payload::new(place.fill(template, raw.value())?),
            None => raw,
        };
        self.activate(scope, task, input.clone());
        if let Some(timeout) = &task.timeout {
            let timer = self.timer_after(scope, timeout, Due::Task { scope })?;
            if let Some(active) = self.active_mut(scope) {
                active.timeout = Some(timer);
            }
        }
        Ok(Some(input))
    }

    fn count_entry(&mut self) -> Evaluated<()> {
        let Some(root) = self.root_mut() else {
            return Ok(());
        };
        root.entered += 1;
        if root.entered > TASKS_ENTERED_MAX {
            let detail =
                format!("a run may enter {TASKS_ENTERED_MAX} tasks; is there a loop without end?");
            return Err(Fault::new(Kind::LimitReached, detail).for_good());
        }
        Ok(())
    }

    fn skip(&mut self, scope: ScopeId, task: &Task) {
        self.note(Note::TaskSkipped {
            task: task.pointer.clone(),
        });
        if let Some(state) = self.scope_mut(scope) {
            state.at += 1;
        }
        self.push(Work::Enter { scope });
    }

    fn activate(&mut self, scope: ScopeId, task: &Task, input: Payload) {
        let started_at = self.clock();
        let Some(id) = self
            .scope(scope)
            .and_then(|s| self.plan.task_at(s.block, s.at))
        else {
            return;
        };
        let Some(state) = self.scope_mut(scope) else {
            return;
        };
        let visits = state.visits.entry(state.at).or_default();
        let visit = *visits;
        *visits += 1;
        let doing = Doing::Entered;
        state.active = Some(Active {
            task: id,
            visit,
            started_at,
            input,
            timeout: None,
            doing,
        });
        self.note(Note::TaskStarted {
            task: task.pointer.clone(),
            iteration: visit,
        });
    }

    fn perform(&mut self, scope: ScopeId, task: &Task, input: Payload) {
        match &task.kind {
            TaskKind::Set { value } => {
                let output = self.evaluate(scope, value, &input);
                self.return_or_fail(scope, output);
            }
            TaskKind::Call(call) => {
                let with = match &call.with {
                    Some(template) => self.evaluate(scope, template, &input).map(Payload::new),
                    None => Ok(input),
                };
                if let Some(input) = self.or_fail(scope, with) {
                    self.call(scope, input);
                }
            }
            TaskKind::Switch { cases } => self.switch(scope, cases, &input),
            TaskKind::Raise { error } => {
                let raised = self.raised(scope, error, &input);
                let fault = match raised {
                    Ok(problem) => Fault {
                        problem,
                        ..Fault::new(Kind::Runtime, "")
                    },
                    Err(fault) => fault,
                };
                self.fail(scope, fault);
            }
            TaskKind::Wait { duration } => {
                let timer = self.timer_after(scope, duration, Due::Wait { scope });
                if let Some(timer) = self.or_fail(scope, timer) {
                    self.wait(scope, timer);
                }
            }
            TaskKind::Do { body } => {
                let child = self.open_child(scope, Child::new(*body, input));
                self.set_doing(scope, Doing::Block { child });
                self.push(Work::Enter { scope: child });
            }
            TaskKind::For(each) => self.loop_start(scope, each, &input),
            TaskKind::Try { .. } => self.push(Work::Try { scope }),
            TaskKind::Fork { .. }
            | TaskKind::Emit(_)
            | TaskKind::Listen(_)
            | TaskKind::Run(_)
            | TaskKind::Map(_)
            | TaskKind::AwaitCallback(_)
            | TaskKind::Function(_)
            | TaskKind::Schedule(_) => self.fail(scope, Fault::damaged("this task type")),
        }
    }

    fn wait(&mut self, scope: ScopeId, timer: TimerId) {
        let until = self
            .run
            .dirty
            .timers
            .get(&timer)
            .copied()
            .flatten()
            .unwrap_or_default();
        self.note(Note::Waiting {
            task: self.pointer_of(scope),
            until,
        });
        self.set_doing(scope, Doing::Waiting { timer });
    }

    fn return_or_fail(&mut self, scope: ScopeId, output: Evaluated<Value>) {
        if let Some(output) = self.or_fail(scope, output) {
            self.push(Work::Return {
                scope,
                output: Payload::new(output),
                then: None,
            });
        }
    }

    pub(super) fn set_doing(&mut self, scope: ScopeId, doing: Doing) {
        if let Some(active) = self.active_mut(scope) {
            active.doing = doing;
        }
    }

    /// The place of a task's own definition: it sees `$input` and the task.
    pub(super) fn within<'s>(&'s self, scope: ScopeId, input: &'s Value) -> Place<'s> {
        let view = self
            .scope(scope)
            .zip(self.active(scope))
            .zip(self.task_of(scope));
        let task = view.map(|((state, active), task)| TaskView {
            task,
            raw_input: state.input.value(),
            raw_output: None,
            started_at: active.started_at,
        });
        Place {
            task,
            input: Some(input),
            ..self.place(Some(scope))
        }
    }

    pub(super) fn evaluate(
        &self,
        scope: ScopeId,
        template: &Template,
        input: &Payload,
    ) -> Evaluated<Value> {
        self.within(scope, input.value())
            .fill(template, input.value())
    }

    /// Sets a timer that is due after `duration` from now.
    pub(super) fn timer_after(
        &mut self,
        scope: ScopeId,
        duration: &Duration,
        due: Due,
    ) -> Evaluated<TimerId> {
        let input = self
            .active(scope)
            .map_or_else(Payload::null, |active| active.input.clone());
        let span = self
            .within(scope, input.value())
            .span(duration, input.value())?;
        let at = span.after(self.clock());
        Ok(self.set_timer(at, due))
    }

    fn raised(&self, scope: ScopeId, error: &RaisedError, input: &Payload) -> Evaluated<Problem> {
        let text = |template: &Template, what: &str| match self.evaluate(scope, template, input)? {
            Value::String(text) => Ok(text),
            other => {
                let detail = format!("the {what} of a raised error must be text, not `{other}`");
                Err(Fault::new(Kind::Expression, detail))
            }
        };
        let optional = |template: &Option<Template>, what: &str| {
            template.as_ref().map(|t| text(t, what)).transpose()
        };
        let status = self.evaluate(scope, &error.status, input)?;
        let code = status
            .as_u64()
            .and_then(|n| u16::try_from(n).ok())
            .ok_or_else(|| {
                let detail = format!(
                    "the status of a raised error must be a number up to 65535, not `{status}`"
                );
                Fault::new(Kind::Expression, detail)
            })?;
        Ok(Problem {
            kind: text(&error.kind, "type")?,
            status: code,
            title: optional(&error.title, "title")?,
            detail: optional(&error.detail, "detail")?,
            instance: None,
            extensions: serde_json::Map::new(),
        })
    }
}

/// Whether entering the task sets a timer or looks at the time.
fn needs_clock(task: &Task) -> bool {
    let timed_try = |catch: &segue_model::ir::Catch| {
        catch
            .retry
            .as_ref()
            .is_some_and(|r| r.duration.is_some() || r.attempt_duration.is_some())
    };
    task.timeout.is_some()
        || match &task.kind {
            TaskKind::Wait { .. } => true,
            TaskKind::Try { catch, .. } => timed_try(catch),
            _ => false,
        }
}
