//! A task has an output: transform, export, and go where the flow leads.

use segue_model::Payload;
use segue_model::ir::{Case, Flow};

use super::{Machine, Work};
use crate::data::{Evaluated, Place, TaskView};
use crate::effect::{EndKind, Note};
use crate::state::{Doing, ScopeId};

impl Machine<'_> {
    /// The active task of `scope` has this raw output.
    pub(super) fn returned(&mut self, scope: ScopeId, raw: &Payload, then: Option<Flow>) {
        let Some(task) = self.task_of(scope) else {
            return;
        };
        let output = self.output_of(scope, raw);
        let Some((output, context)) = self.or_fail(scope, output) else {
            return;
        };
        if let (Some(context), Some(root)) = (context, self.root_mut()) {
            root.context = context;
        }
        let timeout = self.active(scope).and_then(|active| active.timeout);
        self.clear_timer(timeout);
        if let Some(state) = self.scope_mut(scope) {
            state.active = None;
            state.input = output.clone();
        }
        let end = EndKind::Completed;
        self.note(Note::TaskEnded {
            task: task.pointer.clone(),
            end,
            problem: None,
        });
        self.flow(scope, then.unwrap_or(task.then), output);
    }

    /// The transformed output, and the new `$context` if there is one.
    fn output_of(&self, scope: ScopeId, raw: &Payload) -> Evaluated<(Payload, Option<Payload>)> {
        let (Some(task), Some(active), Some(state)) =
            (self.task_of(scope), self.active(scope), self.scope(scope))
        else {
            return Ok((raw.clone(), None));
        };
        let view = TaskView {
            task,
            raw_input: state.input.value(),
            raw_output: Some(raw.value()),
            started_at: active.started_at,
        };
        let input = Some(active.input.value());
        let place = Place {
            task: Some(view),
            input,
            ..self.place(Some(scope))
        };
        let output = match &task.output.transform {
            Some(template) => Payload::new(place.fill(template, raw.value())?),
            None => raw.clone(),
        };
        if let Some(schema) = task.output.schema {
            place.validate(schema, output.value(), "the task's output")?;
        }
        let place = Place {
            output: Some(output.value()),
            ..place
        };
        let context = place
            .export(&task.export, output.value())?
            .map(Payload::new);
        Ok((output, context))
    }

    fn flow(&mut self, scope: ScopeId, flow: Flow, output: Payload) {
        let Some(state) = self.scope_mut(scope) else {
            return;
        };
        match flow {
            Flow::Continue => state.at += 1,
            Flow::Task(at) => state.at = at,
            Flow::Exit => {
                return self.push(Work::Leave {
                    scope,
                    output,
                    exited: true,
                });
            }
            Flow::End => return self.push(Work::Finish { output }),
        }
        self.push(Work::Enter { scope });
    }

    /// `switch`: the first case whose condition holds, else the default case wherever it
    /// stands, else the task's own `then`.
    pub(super) fn switch(&mut self, scope: ScopeId, cases: &[Case], input: &Payload) {
        let place = self.within(scope, input.value());
        let chosen = cases.iter().find_map(|case| match case.when {
            Some(when) => match place.condition(when, input.value()) {
                Ok(true) => Some(Ok(case.then)),
                Ok(false) => None,
                Err(fault) => Some(Err(fault)),
            },
            None => None,
        });
        let default = || {
            cases
                .iter()
                .find(|case| case.when.is_none())
                .map(|case| Ok(case.then))
        };
        let then = chosen.or_else(default).transpose();
        if let Some(then) = self.or_fail(scope, then) {
            self.push(Work::Return {
                scope,
                output: input.clone(),
                then,
            });
        }
    }

    /// A scope is done: the task that owns it goes on.
    pub(super) fn left(&mut self, scope: ScopeId, output: Payload, exited: bool) {
        let Some(closed) = self.close(scope) else {
            return;
        };
        let Some(parent) = closed.parent else {
            return self.push(Work::Finish { output });
        };
        let Some(active) = self.active(parent) else {
            return;
        };
        match active.doing.clone() {
            Doing::Looping { items, index, .. } if !exited => {
                self.loop_next(parent, items, index + 1, (output, closed.visits));
            }
            Doing::Trying { tries, .. } => {
                self.clear_timer(tries.timer);
                self.push(Work::Return {
                    scope: parent,
                    output,
                    then: None,
                });
            }
            Doing::Catching { .. } => {
                let then = self.catch_of(parent).and_then(|catch| catch.then);
                self.push(Work::Return {
                    scope: parent,
                    output,
                    then,
                });
            }
            _ => self.push(Work::Return {
                scope: parent,
                output,
                then: None,
            }),
        }
    }
}
