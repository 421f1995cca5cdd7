//! `fork` and functions: whose outputs, whose errors, whose `$context`.

use segue_model::ir::{Flow, FunctionCall, TaskKind, Template};
use segue_model::problem::Kind;
use serde_json::json;

use super::build::{
    EFFECTFUL, PURE, block, builder, call, catch, compute, exporting, finish, fork, set, started,
    step_error, then, wait,
};
use super::driver::Driver;
use super::random::plain;
use crate::{Effect, EndKind, Note, Status};

fn forked(tasks: Vec<segue_model::ir::Task>, compete: bool) -> Driver {
    let mut builder = builder();
    let task = fork(&mut builder, tasks, compete);
    started(finish(builder, vec![task]))
}

fn abandoned(driver: &Driver) -> usize {
    let all = driver.effects.iter().flatten();
    all.filter(|e| matches!(e, Effect::Abandon { .. })).count()
}

fn cancelled(driver: &Driver) -> Vec<&str> {
    let ended = driver.notes().filter_map(|note| match note {
        Note::TaskEnded {
            task,
            end: EndKind::Cancelled,
            ..
        } => Some(task.as_str()),
        _ => None,
    });
    ended.collect()
}

#[test]
fn outputs_stand_in_the_order_of_declaration() {
    let mut driver = forked(
        vec![call("a", PURE), call("b", PURE), set("c", json!("c"))],
        false,
    );
    assert_eq!(driver.in_flight.len(), 2, "branches run side by side");
    driver.end_attempt(
        1,
        segue_model::Outcome::Completed {
            output: json!("b").into(),
        },
    );
    driver.crash();
    driver.complete(json!("a"));
    assert_eq!(driver.output(), json!(["a", "b", "c"]));
    assert_eq!(driver.rows.len(), 1);
}

#[test]
fn every_branch_gets_the_input_of_the_fork() {
    let driver = forked(vec![call("a", PURE), call("b", PURE)], false);
    for attempt in &driver.in_flight {
        assert_eq!(attempt.input.value(), &json!({"n": 0}));
    }
    let [a, b] = &driver.in_flight[..] else {
        panic!()
    };
    assert_ne!(a.context.idempotency_key, b.context.idempotency_key);
}

#[test]
fn a_fork_of_nothing_is_an_empty_array() {
    assert_eq!(forked(Vec::new(), false).output(), json!([]));
}

#[test]
fn the_first_failure_cancels_the_others_and_propagates() {
    let mut driver = forked(
        vec![call("a", EFFECTFUL), call("b", EFFECTFUL), wait("c", 50)],
        false,
    );
    driver.end_attempt(1, step_error(false));
    let problem = driver.problem();
    assert!(problem.is(Kind::Communication));
    assert_eq!(problem.instance.as_deref(), Some("/do/0/b"));
    assert_eq!(abandoned(&driver), 1);
    assert!(driver.timers.is_empty());
    assert_eq!(cancelled(&driver), ["/do/0/c", "/do/0/a"]);
}

#[test]
fn the_first_success_of_those_that_compete_wins() {
    let tasks = vec![
        call("a", EFFECTFUL),
        call("b", EFFECTFUL),
        call("c", EFFECTFUL),
    ];
    let mut driver = forked(tasks, true);
    driver.end_attempt(0, step_error(false));
    assert!(driver.end().is_none(), "a failure does not end the race");
    driver.end_attempt(
        1,
        segue_model::Outcome::Completed {
            output: json!("c").into(),
        },
    );
    assert_eq!(
        driver.output(),
        json!("c"),
        "the winner's output, not an array"
    );
    assert_eq!(cancelled(&driver), ["/do/0/b"]);
    assert_eq!(driver.rows.len(), 1);
}

#[test]
fn a_winner_that_needs_nothing_wins_before_others_are_opened() {
    let driver = forked(vec![set("a", json!("a")), call("b", EFFECTFUL)], true);
    assert_eq!(driver.output(), json!("a"));
    assert_eq!(abandoned(&driver), 0);
}

#[test]
fn when_all_that_compete_have_failed_the_first_declared_error_counts() {
    let mut driver = forked(vec![call("a", EFFECTFUL), call("b", EFFECTFUL)], true);
    driver.end_attempt(0, step_error(false));
    driver.crash();
    driver.end_attempt(0, step_error(false));
    assert_eq!(driver.problem().instance.as_deref(), Some("/do/0/a"));

    let mut driver = forked(vec![call("a", EFFECTFUL), call("b", EFFECTFUL)], true);
    driver.end_attempt(1, step_error(false));
    driver.end_attempt(0, step_error(false));
    assert_eq!(driver.problem().instance.as_deref(), Some("/do/0/a"));
}

#[test]
fn exit_and_continue_complete_their_branch_only() {
    let tasks = vec![
        then(set("a", json!("a")), Flow::Exit),
        then(call("b", PURE), Flow::Continue),
    ];
    let mut driver = forked(tasks, false);
    driver.complete(json!("b"));
    assert_eq!(driver.output(), json!(["a", "b"]));
}

#[test]
fn end_in_a_branch_cancels_the_siblings_and_ends_the_workflow() {
    let mut builder = builder();
    let ending = then(call("a", PURE), Flow::End);
    let ending = exporting(&mut builder, ending, "\"branch\"");
    let task = fork(&mut builder, vec![ending, call("b", EFFECTFUL)], false);
    let before = set("before", json!(1));
    let before = exporting(&mut builder, before, "\"parent\"");
    let context = Template::Expr(builder.expr("[., $context]", &["context"]));
    builder.workflow.output.transform = Some(context);
    let mut driver = started(finish(builder, vec![before, task, set("never", json!(9))]));
    driver.complete(json!("ended"));
    assert_eq!(
        driver.output(),
        json!(["ended", "parent"]),
        "the parent's $context"
    );
    assert_eq!(abandoned(&driver), 1);
    assert_eq!(cancelled(&driver), ["/do/0/b"]);
    let completed = |note: &&Note| matches!(note, Note::TaskEnded { task, end: EndKind::Completed, .. } if task == "/do/0/fork");
    assert_eq!(
        driver.notes().filter(completed).count(),
        1,
        "what encloses the end completes"
    );
}

#[test]
fn a_branch_has_its_own_copy_of_the_context() {
    let mut builder = builder();
    let first = set("first", json!(1));
    let first = exporting(&mut builder, first, "{seen: 0}");
    let add = |builder: &mut super::random::Builder, name: &str| {
        let task = set(name, json!(1));
        let task = exporting(builder, task, "{seen: ($context.seen + 1)}");
        let show = compute(
            builder,
            &format!("{name}-shows"),
            "$context.seen",
            &["context"],
        );
        block(builder, &format!("{name}-block"), vec![task, show])
    };
    let branches = vec![add(&mut builder, "a"), add(&mut builder, "b")];
    let task = fork(&mut builder, branches, false);
    let last = compute(&mut builder, "last", "[., $context.seen]", &["context"]);
    let driver = started(finish(builder, vec![first, task, last]));
    assert_eq!(
        driver.output(),
        json!([[1, 1], 0]),
        "each its own; none is merged"
    );
}

#[test]
fn only_the_export_of_the_fork_itself_changes_the_parents_context() {
    let mut builder = builder();
    let branch = set("a", json!(1));
    let branch = exporting(&mut builder, branch, "\"lost\"");
    let task = fork(&mut builder, vec![branch], false);
    let task = exporting(&mut builder, task, "{from: $output}");
    let last = compute(&mut builder, "last", "$context", &["context"]);
    let driver = started(finish(builder, vec![task, last]));
    assert_eq!(driver.output(), json!({"from": [1]}));
}

#[test]
fn a_try_around_a_fork_catches_and_may_run_it_again() {
    let mut builder = builder();
    let task = fork(
        &mut builder,
        vec![call("a", EFFECTFUL), call("b", EFFECTFUL)],
        false,
    );
    let body = builder.add_block(vec![task]);
    let retry = segue_model::ir::RetryPolicy {
        attempts: Some(1),
        ..Default::default()
    };
    let kind = TaskKind::Try {
        body,
        catch: catch(Some(retry)),
    };
    let mut driver = started(finish(builder, vec![plain("try", "/do/0/try", kind)]));
    driver.end_attempt(0, step_error(true));
    driver.fire_next();
    let numbers: Vec<u32> = driver.in_flight.iter().map(|a| a.attempt).collect();
    assert_eq!(numbers, [2, 2], "both branches run again");
    driver.complete(json!("a"));
    driver.complete(json!("b"));
    assert_eq!(driver.output(), json!(["a", "b"]));
}

#[test]
fn a_timeout_of_the_fork_stops_all_of_its_branches() {
    let mut builder = builder();
    let mut task = fork(
        &mut builder,
        vec![call("a", EFFECTFUL), call("b", EFFECTFUL)],
        false,
    );
    task.timeout = Some(segue_model::ir::Duration::Fixed(
        segue_model::Span::from_ms(5),
    ));
    let mut driver = started(finish(builder, vec![task]));
    driver.fire_next();
    assert!(driver.problem().is(Kind::Timeout));
    assert_eq!(abandoned(&driver), 2);
    assert_eq!(driver.run.status(), Status::Faulted);
}

fn function(
    builder: &mut super::random::Builder,
    name: &str,
    body: segue_model::ir::Task,
) -> segue_model::ir::Task {
    let with = Some(Template::Literal(json!({"x": 1})));
    let body = builder.add_block(vec![body]);
    let call = FunctionCall {
        name: name.to_owned(),
        body,
        with,
    };
    plain(name, &format!("/do/0/{name}"), TaskKind::Function(call))
}

#[test]
fn a_function_has_variables_and_a_context_of_its_own() {
    let mut builder = builder();
    let before = set("before", json!(1));
    let before = exporting(&mut builder, before, "\"caller\"");
    // The front end offers `$item` to a function's own loop only; here it would be the caller's.
    let inner = compute(
        &mut builder,
        "inner",
        "[., $context, $item]",
        &["context", "item"],
    );
    let inner = exporting(&mut builder, inner, "\"function\"");
    let task = function(&mut builder, "f", inner);
    let body = builder.add_block(vec![task]);
    let each = segue_model::ir::ForLoop {
        each: "item".to_owned(),
        at: "index".to_owned(),
        items: Template::Literal(json!([7])),
        condition: None,
        body,
    };
    let looping = plain("for", "/do/0/for", TaskKind::For(each));
    let last = compute(&mut builder, "last", "[., $context]", &["context"]);
    let driver = started(finish(builder, vec![before, looping, last]));
    assert_eq!(driver.output(), json!([[{"x": 1}, null, null], "caller"]));
}

#[test]
fn an_error_in_a_function_is_the_calls_and_says_where_it_came_up() {
    let mut builder = builder();
    let mut inner = call("inner", EFFECTFUL);
    inner.pointer = "/use/functions/g".to_owned();
    let mut inner = function(&mut builder, "g", inner);
    inner.pointer = "/use/functions/f".to_owned();
    let outer = function(&mut builder, "f", inner);
    let mut driver = started(finish(builder, vec![outer]));
    driver.end_attempt(0, step_error(false));
    let problem = driver.problem();
    assert_eq!(problem.instance.as_deref(), Some("/do/0/f"));
    assert_eq!(
        problem.extensions["functionInstance"],
        json!("/use/functions/g")
    );
}
