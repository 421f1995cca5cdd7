//! The smallest workflows, from parts.

use segue_model::ir::{
    Auths, Branch, Call, Catch, Deployed, Duration, Flow, GrantsOf, RetryPolicy, StepId, Task,
    TaskKind, Template,
};
use segue_model::limits::LimitRequest;
use segue_model::problem::Kind;
use segue_model::{Outcome, Problem, Span};
use serde_json::{Value, json};

use super::driver::Driver;
use super::random::{Builder, Bytes, plain};

pub(super) const PURE: StepId = StepId(0);
pub(super) const EFFECTFUL: StepId = StepId(1);

pub(super) fn builder() -> Builder {
    Builder::new(Bytes(Vec::new().into_iter()))
}

pub(super) fn call(name: &str, step: StepId) -> Task {
    let kind = TaskKind::Call(Call {
        step,
        with: None,
        limits: LimitRequest::default(),
        grants: GrantsOf::Plugin,
        auth: Auths::default(),
    });
    plain(name, &format!("/do/0/{name}"), kind)
}

pub(super) fn wait(name: &str, ms: u64) -> Task {
    let duration = Duration::Fixed(Span::from_ms(ms));
    plain(name, &format!("/do/0/{name}"), TaskKind::Wait { duration })
}

pub(super) fn set(name: &str, value: Value) -> Task {
    let value = Template::Literal(value);
    plain(name, &format!("/do/0/{name}"), TaskKind::Set { value })
}

pub(super) fn list(tasks: Vec<Task>) -> Deployed {
    let mut builder = builder();
    let body = builder.add_block(tasks);
    builder.finish(body)
}

pub(super) fn catch(retry: Option<RetryPolicy>) -> Catch {
    Catch {
        errors: None,
        variable: "error".to_owned(),
        when: None,
        except_when: None,
        retry,
        body: None,
        then: None,
    }
}

pub(super) fn trying(body: Vec<Task>, catch: Catch) -> Deployed {
    let mut builder = builder();
    let body = builder.add_block(body);
    let task = plain("try", "/do/0/try", TaskKind::Try { body, catch });
    let body = builder.add_block(vec![task]);
    builder.finish(body)
}

pub(super) fn step_error(retryable: bool) -> Outcome {
    let problem = Problem::new(Kind::Communication, "no");
    Outcome::StepError {
        problem,
        retryable,
        retry_after_ms: None,
    }
}

pub(super) fn started(deployed: Deployed) -> Driver {
    let mut driver = Driver::new(deployed);
    driver.start(json!({"n": 0}));
    driver
}

/// A task of one branch for each of `tasks`.
pub(super) fn fork(builder: &mut Builder, tasks: Vec<Task>, compete: bool) -> Task {
    let branches = tasks.into_iter().map(|task| Branch {
        name: task.name.clone(),
        body: builder.add_block(vec![task]),
    });
    let branches = branches.collect();
    plain("fork", "/do/0/fork", TaskKind::Fork { branches, compete })
}

pub(super) fn block(builder: &mut Builder, name: &str, tasks: Vec<Task>) -> Task {
    let body = builder.add_block(tasks);
    plain(name, &format!("/do/0/{name}"), TaskKind::Do { body })
}

/// A workflow of these tasks, that `builder` knows the insides of.
pub(super) fn finish(mut builder: Builder, tasks: Vec<Task>) -> Deployed {
    let body = builder.add_block(tasks);
    builder.finish(body)
}

pub(super) fn then(task: Task, then: Flow) -> Task {
    Task { then, ..task }
}

/// `set` of an expression over `variables`.
pub(super) fn compute(builder: &mut Builder, name: &str, source: &str, variables: &[&str]) -> Task {
    let value = Template::Expr(builder.expr(source, variables));
    plain(name, &format!("/do/0/{name}"), TaskKind::Set { value })
}

/// The task with `export.as`.
pub(super) fn exporting(builder: &mut Builder, task: Task, source: &str) -> Task {
    let variables = ["context", "output"];
    let transform = Some(Template::Expr(builder.expr(source, &variables)));
    let export = segue_model::ir::Export {
        transform,
        schema: None,
    };
    Task { export, ..task }
}
