//! A task has an output: transform, export, and go where the flow leads.

use segue_model::Payload;
use segue_model::ir::{Case, Flow};

use super::{Machine, Work};
use crate::data::{Evaluated, Place, TaskView};
use crate::effect::{EndKind, Note};
use crate::state::{Doing, ScopeId};

impl Machine<'_> {
    /// The active task of `scope` has this raw output: what extensions have after it comes
    /// first.
    pub(super) fn returned(&mut self, scope: ScopeId, raw: Payload, then: Option<Flow>) {
        if self.active(scope).is_none() {
            return;
        }
        let timeout = self.change_active(scope, |active| {
            active.doing = Doing::Entered;
            active.timeout.take()
        });
        self.clear_timer(timeout.flatten());
        match self.after(scope) {
            Some(child) => {
                self.set_doing(scope, Doing::After { output: raw, then });
                self.push(Work::Enter { scope: child });
            }
            None => self.complete(scope, &raw, then),
        }
    }

    fn complete(&mut self, scope: ScopeId, raw: &Payload, then: Option<Flow>) {
        let Some(task) = self.task_of(scope) else {
            return;
        };
        let output = self.output_of(scope, raw);
        let Some((output, context)) = self.or_fail(scope, output) else {
            return;
        };
        if let Some(context) = context {
            self.set_context(scope, context);
        }
        self.change(scope, |state| {
            state.active = None;
            state.input = output.clone();
        });
        self.note(Note::TaskEnded {
            task: task.pointer.clone(),
            end: EndKind::Completed,
            problem: None,
        });
        self.flow(scope, then.unwrap_or(task.then), output);
    }

    /// Replaces `$context` where the scope sees it: a branch and a function have their own.
    pub(super) fn set_context(&mut self, scope: ScopeId, context: Payload) {
        let mut next = Some(scope);
        while let Some(id) = next {
            let Some(state) = self.scope(id) else { break };
            if state.context.is_some() {
                self.change(id, |state| state.context = Some(context));
                return;
            }
            next = state.parent;
        }
        if let Some(root) = self.root_mut() {
            root.context = context;
        }
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
        let authorization = self.authorization_of(scope, task, &active.input)?;
        let place = Place {
            task: Some(view),
            input,
            extra: &authorization,
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
        match flow {
            Flow::Continue => self.change(scope, |state| state.at += 1),
            Flow::Task(at) => self.change(scope, |state| state.at = at),
            Flow::Exit => {
                return self.push(Work::Leave {
                    scope,
                    output,
                    exited: true,
                });
            }
            Flow::End => {
                let from = Some(scope);
                return self.push(Work::Finish { output, from });
            }
        };
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
        let Some(owner) = closed.parent else {
            return self.push(Work::Finish { output, from: None });
        };
        let Some(active) = self.active(owner) else {
            return;
        };
        match active.doing.clone() {
            Doing::Looping { items, index } if !exited => {
                self.loop_next(owner, items, index + 1, (output, closed.visits));
            }
            Doing::Trying { tries } => {
                self.clear_tries_timer(owner, tries.timer);
                self.returns(owner, output);
            }
            Doing::Catching => {
                let then = self.catch_of(owner).and_then(|catch| catch.then);
                self.push(Work::Return {
                    scope: owner,
                    output,
                    then,
                });
            }
            Doing::Before { at } => self.before_left(owner, at, output, exited),
            Doing::After { output, then } => self.push(Work::Return {
                scope: owner,
                output,
                then,
            }),
            Doing::Forking(_) => {
                self.branch_left(owner, closed.index.unwrap_or_default(), output);
            }
            Doing::Listening(_) => self.iterated(owner, &closed.bindings, output, exited),
            _ => self.returns(owner, output),
        }
    }
}
