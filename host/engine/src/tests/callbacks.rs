//! `await-callback`.

use segue_model::Payload;
use segue_model::Span;
use segue_model::ir::{AwaitCallback, Duration, SchemaId, Task, TaskKind, Template};
use segue_model::problem::Kind;
use serde_json::{Value, json};

use super::build::{builder, finish, fork, started};
use super::driver::Driver;
use super::random::{Builder, plain};
use crate::{Input, Note, Status};

fn asking(builder: &mut Builder, name: &str, deadline: Option<u64>) -> Task {
    let schema = json!({"type": "object", "required": ["approved"], "properties": {"approved": {"type": "boolean"}}});
    builder.workflow.schemas.push(schema);
    let it = AwaitCallback {
        title: Some(Template::Literal(json!("Approve?"))),
        description: None,
        data: Some(Template::Expr(builder.expr(".n", &[]))),
        form: Some(SchemaId(0)),
        deadline: deadline.map(|ms| Duration::Fixed(Span::from_ms(ms))),
    };
    plain(name, &format!("/do/0/{name}"), TaskKind::AwaitCallback(it))
}

fn waiting(deadline: Option<u64>) -> Driver {
    let mut builder = builder();
    let task = asking(&mut builder, "ask", deadline);
    started(finish(builder, vec![task]))
}

fn answer(driver: &mut Driver, answer: Value) {
    let callback = driver.run.callbacks(&driver.plan)[0].callback;
    driver.feed(Input::Callback {
        callback,
        answer: Payload::new(answer),
        by: Some("somebody".to_owned()),
    });
}

#[test]
fn the_answer_is_the_output() {
    let mut driver = waiting(None);
    assert_eq!(driver.run.status(), Status::Waiting);
    let pending = driver.run.callbacks(&driver.plan);
    assert_eq!(pending[0].task, "/do/0/ask");
    assert_eq!(pending[0].title.as_deref(), Some("Approve?"));
    assert_eq!(pending[0].description, None);
    assert_eq!(
        pending[0].data.as_ref().map(Payload::value),
        Some(&json!(0))
    );
    assert!(pending[0].form.is_some());
    assert_eq!(pending[0].token.len(), 64);
    driver.crash();
    assert_eq!(
        driver.run.callbacks(&driver.plan),
        pending,
        "the same after a restart"
    );
    answer(&mut driver, json!({"approved": true}));
    assert_eq!(driver.output(), json!({"approved": true}));
    assert!(driver.run.callbacks(&driver.plan).is_empty());
    let by =
        |note: &Note| matches!(note, Note::CalledBack { by: Some(by), .. } if by == "somebody");
    assert!(driver.notes().any(by));
}

#[test]
fn an_answer_that_does_not_match_the_form_is_refused() {
    let driver = waiting(None);
    let callback = driver.run.callbacks(&driver.plan)[0].callback;
    let check = |answer: &Value| driver.run.check_callback(&driver.plan, callback, answer);
    assert!(
        check(&json!({"approved": "yes"}))
            .unwrap_err()
            .is(Kind::Validation)
    );
    assert!(check(&json!({"approved": false})).is_ok());
    let unknown = crate::CallbackId(99);
    let refused = driver.run.check_callback(&driver.plan, unknown, &json!({}));
    assert!(refused.unwrap_err().is(Kind::NotFound));
}

#[test]
fn after_the_deadline_the_task_fails_with_a_timeout() {
    let mut driver = waiting(Some(1000));
    driver.fire_next();
    let problem = driver.problem();
    assert!(problem.is(Kind::Timeout));
    assert_eq!(problem.instance.as_deref(), Some("/do/0/ask"));
}

#[test]
fn an_answer_in_time_clears_the_deadline() {
    let mut driver = waiting(Some(1000));
    answer(&mut driver, json!({"approved": true}));
    assert!(driver.timers.is_empty());
}

#[test]
fn every_activation_has_a_token_of_its_own() {
    let mut builder = builder();
    let tasks = vec![
        asking(&mut builder, "a", None),
        asking(&mut builder, "b", None),
    ];
    let task = fork(&mut builder, tasks, false);
    let driver = started(finish(builder, vec![task]));
    let pending = driver.run.callbacks(&driver.plan);
    assert_eq!(pending.len(), 2);
    assert_ne!(pending[0].token, pending[1].token);
}
