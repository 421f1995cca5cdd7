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
            return Step::NeedsClock(Box::new(Work::Enter { scope }));
        }
        let goes = self.admit(scope, task);
        if self.or_fail(scope, goes) == Some(true) {
            self.push(Work::Around { scope, at: 0 });
        }
        Step::Done
    }

    /// Everything before the task and its extensions: whether it is not skipped.
    fn admit(&mut self, scope: ScopeId, task: &Task) -> Evaluated<bool> {
        self.count_entry()?;
        let Some(state) = self.scope(scope) else {
            return Ok(false);
        };
        let raw = state.input.clone();
        if let Some(condition) = task.condition
            && !self
                .before_task(scope, task, &raw)
                .condition(condition, raw.value())?
        {
            self.skip(scope, task);
            return Ok(false);
        }
        self.activate(scope, task, raw);
        Ok(true)
    }

    /// The place of what is evaluated before a task has its input.
    pub(super) fn before_task<'s>(
        &'s self,
        scope: ScopeId,
        task: &'s Task,
        raw: &'s Payload,
    ) -> Place<'s> {
        let view = TaskView {
            task,
            raw_input: raw.value(),
            raw_output: None,
            started_at: self
                .active(scope)
                .map_or(self.clock(), |active| active.started_at),
        };
        Place {
            task: Some(view),
            ..self.place(Some(scope))
        }
    }

    /// Begins the active task itself: its input, its timeout, and then what its kind does.
    pub(super) fn begin(&mut self, scope: ScopeId) -> Step {
        let (Some(task), Some(state)) = (self.task_of(scope), self.scope(scope)) else {
            return Step::Done;
        };
        if self.clock_lags() && needs_clock(task) {
            return Step::NeedsClock(Box::new(Work::Begin { scope }));
        }
        let raw = state.input.clone();
        let input = self.take_input(scope, task, &raw);
        if let Some(input) = self.or_fail(scope, input) {
            self.perform(scope, task, input);
        }
        Step::Done
    }

    fn take_input(&mut self, scope: ScopeId, task: &Task, raw: &Payload) -> Evaluated<Payload> {
        let place = self.before_task(scope, task, raw);
        if let Some(schema) = task.input.schema {
            place.validate(schema, raw.value(), "the task's input")?;
        }
        let input = match &task.input.from {
            Some(template) => Payload::new(place.fill(template, raw.value())?),
            None => raw.clone(),
        };
        self.change_active(scope, |active| {
            active.input = input.clone();
            active.doing = Doing::Entered;
        });
        if let Some(timeout) = &task.timeout {
            let timer = self.timer_after(scope, timeout, Due::Task { scope })?;
            self.change_active(scope, |active| active.timeout = Some(timer));
        }
        Ok(input)
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
        self.change(scope, |state| state.at += 1);
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
        let visit = self.change(scope, |state| {
            let visits = state.visits.entry(state.at).or_default();
            let visit = *visits;
            *visits += 1;
            state.active = Some(Active {
                task: id,
                visit,
                started_at,
                input,
                timeout: None,
                around: Vec::new(),
                doing: Doing::Entered,
            });
            visit
        });
        self.note(Note::TaskStarted {
            task: task.pointer.clone(),
            iteration: visit.unwrap_or_default(),
        });
    }

    fn perform(&mut self, scope: ScopeId, task: &Task, input: Payload) {
        match &task.kind {
            TaskKind::Set { value } => {
                let output = self.evaluate(scope, value, &input);
                self.return_or_fail(scope, output);
            }
            TaskKind::Call(call) => self.call(scope, call, input),
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
                self.set_doing(scope, Doing::Block);
                self.push(Work::Enter { scope: child });
            }
            TaskKind::For(each) => self.loop_start(scope, each, &input),
            TaskKind::Try { .. } => self.push(Work::Try { scope }),
            TaskKind::Fork { branches, .. } => self.fork(scope, branches),
            TaskKind::Function(call) => self.function(scope, call, input),
            TaskKind::Emit(emit) => self.emit(scope, emit, &input),
            TaskKind::Listen(listen) => self.listen(scope, listen),
            TaskKind::Run(run) => self.run_workflow(scope, run, input),
            TaskKind::Map(map) => self.map(scope, map, &input),
            TaskKind::AwaitCallback(it) => self.await_callback(scope, it, &input),
            TaskKind::Schedule(_) => self.schedule(scope),
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
            self.returns(scope, Payload::new(output));
        }
    }

    /// The active task has this raw output, and goes where its own `then` says.
    pub(super) fn returns(&mut self, scope: ScopeId, output: Payload) {
        self.push(Work::Return {
            scope,
            output,
            then: None,
        });
    }

    pub(super) fn set_doing(&mut self, scope: ScopeId, doing: Doing) {
        self.change_active(scope, |active| active.doing = doing);
    }

    /// The place of a task's own definition: it sees `$input` and the task.
    pub(super) fn within<'s>(&'s self, scope: ScopeId, input: &'s Value) -> Place<'s> {
        Place::within(self.plan, self.run, scope, input)
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
            TaskKind::Wait { .. } | TaskKind::Emit(_) => true,
            TaskKind::AwaitCallback(it) => it.deadline.is_some(),
            TaskKind::Try { catch, .. } => timed_try(catch),
            _ => false,
        }
}
