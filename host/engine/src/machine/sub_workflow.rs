//! `run: workflow`: a run that this run starts; and how children are started at all, and heard
//! of again.

use segue_model::ir::RunWorkflow;
use segue_model::problem::Kind;
use segue_model::{Payload, Problem, RunId, WorkflowName};
use serde_json::{Map, Value, json};

use super::{Again, Machine, Work};
use crate::effect::{EndKind, Note};
use crate::rows::{ChildChange, ChildStart, ChildTarget};
use crate::state::{ChildId, Doing, RunEnd, Running, ScopeId, Whose};

impl Machine<'_> {
    pub(super) fn run_workflow(&mut self, scope: ScopeId, run: &RunWorkflow, input: Payload) {
        let given = match &run.input {
            Some(template) => self.evaluate(scope, template, &input).map(Payload::new),
            None => Ok(input),
        };
        let Some(input) = self.or_fail(scope, given) else {
            return;
        };
        let target = ChildTarget::Named(run.workflow.clone());
        let child = self.start_child(scope, target, input, (true, run.wait));
        self.set_doing(
            scope,
            Doing::Running(Running {
                child,
                wait: run.wait,
                run: None,
            }),
        );
    }

    /// Asks for a child.
    pub(super) fn start_child(
        &mut self,
        scope: ScopeId,
        workflow: ChildTarget,
        input: Payload,
        (announce, attached): (bool, bool),
    ) -> ChildId {
        let Some(root) = self.root_mut() else {
            return ChildId(0);
        };
        let child = ChildId(root.next_child);
        root.next_child += 1;
        let key = self.child_key(child);
        self.run.dirty.child(ChildChange::Start(ChildStart {
            child,
            key,
            workflow,
            input,
            announce,
            attached,
        }));
        self.opened += 1;
        self.note(Note::ChildRequested {
            task: self.pointer_of(scope),
            child,
        });
        child
    }

    /// The idempotency key with which a child is started.
    pub(super) fn child_key(&self, child: ChildId) -> String {
        format!("segue:child:{}:{}", self.run.id, child.0)
    }

    pub(super) fn child_started(&mut self, child: ChildId, run: &RunId, workflow: &WorkflowName) {
        let Some(Whose::Task(scope)) = self.run.index.children.get(&child).copied() else {
            return;
        };
        self.note(Note::ChildStarted {
            task: self.pointer_of(scope),
            child,
            run: run.clone(),
            workflow: workflow.to_string(),
        });
        let waits = self.change_active(scope, |active| match &mut active.doing {
            Doing::Running(running) => {
                running.run = Some(run.clone());
                let waits = running.wait;
                if !waits {
                    active.doing = Doing::Entered;
                }
                waits
            }
            _ => true,
        });
        let input = self.active(scope).map(|active| active.input.clone());
        if let (Some(false), Some(input)) = (waits, input) {
            self.returns(scope, input);
        }
    }

    pub(super) fn child_ended(&mut self, child: ChildId, run: Option<&RunId>, end: &RunEnd) {
        let Some(whose) = self.run.index.children.get(&child).copied() else {
            return;
        };
        let (Whose::Task(scope) | Whose::Item((scope, _))) = whose;
        self.note(Note::ChildEnded {
            task: self.pointer_of(scope),
            child,
            run: run.cloned(),
            end: match end {
                RunEnd::Completed { .. } => EndKind::Completed,
                RunEnd::Faulted { .. } => EndKind::Faulted,
                RunEnd::Cancelled { .. } => EndKind::Cancelled,
            },
        });
        let result = match end {
            RunEnd::Completed { output } => Ok(output.clone()),
            RunEnd::Faulted { problem } => Err(child_problem(run, problem)),
            RunEnd::Cancelled { reason } => {
                let because = reason.as_deref().map(|r| format!(": {r}"));
                let detail = format!("the child run was cancelled{}", because.unwrap_or_default());
                Err(child_problem(run, &Problem::new(Kind::Cancelled, detail)))
            }
        };
        match whose {
            Whose::Item(key) => self.item_ended(key, result),
            Whose::Task(scope) => self.own_child_ended(scope, run.is_some(), result),
        }
    }

    fn own_child_ended(&mut self, scope: ScopeId, started: bool, result: Result<Payload, Problem>) {
        if matches!(
            self.active(scope).map(|active| &active.doing),
            Some(Doing::Scheduling(_))
        ) {
            return self.scheduled_ended(scope, started);
        }
        self.set_doing(scope, Doing::Entered);
        match result {
            Ok(output) => self.returns(scope, output),
            Err(problem) => self.push(Work::Fail {
                scope,
                problem,
                retry: Again::AfterMs(0),
            }),
        }
    }
}

/// The problem of a child as the task's: where it came up in the child is said beside it.
fn child_problem(run: Option<&RunId>, problem: &Problem) -> Problem {
    let mut child = Map::new();
    if let Some(run) = run {
        child.insert("run".to_owned(), json!(run));
    }
    if let Some(instance) = &problem.instance {
        child.insert("instance".to_owned(), json!(instance));
    }
    let extensions = match child.is_empty() {
        true => Map::new(),
        false => Map::from_iter([("child".to_owned(), Value::Object(child))]),
    };
    Problem {
        instance: None,
        extensions,
        ..problem.clone()
    }
}
