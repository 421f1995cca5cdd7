//! Extensions: what runs before and after a task, and what becomes of it.

use segue_model::ir::{Around, Flow, Task};
use serde_json::json;

use super::build::{EFFECTFUL, PURE, builder, call, finish, set, started, step_error, then};
use super::driver::Driver;
use super::random::Builder;

fn around(builder: &mut Builder, name: &str, before: Vec<Task>, after: Vec<Task>) -> Around {
    let mut block = |tasks: Vec<Task>| (!tasks.is_empty()).then(|| builder.add_block(tasks));
    Around {
        name: name.to_owned(),
        when: None,
        before: block(before),
        after: block(after),
    }
}

/// The tasks of the attempts, in the order in which they began; each is completed.
fn order(driver: &mut Driver) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(attempt) = driver.in_flight.first() {
        found.push(attempt.context.task.clone());
        driver.complete(json!("dropped"));
    }
    found
}

#[test]
fn extensions_stand_around_the_task_the_first_declared_outermost() {
    let mut builder = builder();
    let outer = around(
        &mut builder,
        "o",
        vec![call("b1", PURE)],
        vec![call("a1", PURE)],
    );
    let inner = around(
        &mut builder,
        "i",
        vec![call("b2", PURE)],
        vec![call("a2", PURE)],
    );
    let mut task = set("t", json!("output"));
    task.around = vec![outer, inner];
    let mut driver = started(finish(builder, vec![task]));
    assert_eq!(
        driver.in_flight[0].input.value(),
        &json!({"n": 0}),
        "the raw input"
    );
    assert_eq!(
        order(&mut driver),
        ["/do/0/b1", "/do/0/b2", "/do/0/a2", "/do/0/a1"]
    );
    assert_eq!(
        driver.output(),
        json!("output"),
        "their outputs are dropped"
    );
}

#[test]
fn exit_before_a_task_skips_it_and_gives_its_raw_output() {
    let mut builder = builder();
    let mock = then(set("mock", json!({"mocked": 1})), Flow::Exit);
    let outer = around(
        &mut builder,
        "o",
        vec![call("b1", PURE)],
        vec![call("a1", PURE)],
    );
    let inner = around(&mut builder, "i", vec![mock], vec![call("a2", PURE)]);
    let mut task = call("t", EFFECTFUL);
    task.around = vec![outer, inner];
    task.output.transform = Some(segue_model::ir::Template::Expr(
        builder.expr(".mocked", &[]),
    ));
    let mut driver = started(finish(builder, vec![task]));
    assert_eq!(
        order(&mut driver),
        ["/do/0/b1", "/do/0/a1"],
        "what encloses it still runs"
    );
    assert_eq!(driver.output(), json!(1), "`output.as` applies");
}

#[test]
fn when_sees_the_extended_task() {
    let mut builder = builder();
    let mut only_b = around(&mut builder, "x", vec![call("x", PURE)], Vec::new());
    only_b.when = Some(builder.expr("$task.name == \"b\"", &["task"]));
    let (mut a, mut b) = (set("a", json!(1)), set("b", json!(2)));
    a.around = vec![only_b.clone()];
    b.around = vec![only_b];
    let mut driver = started(finish(builder, vec![a, b]));
    assert_eq!(
        driver.in_flight[0].input.value(),
        &json!(1),
        "before b, not before a"
    );
    assert_eq!(order(&mut driver).len(), 1);
    assert_eq!(driver.output(), json!(2));
}

#[test]
fn a_skipped_task_skips_its_extensions() {
    let mut builder = builder();
    let mut task = set("t", json!(1));
    task.around = vec![around(&mut builder, "x", vec![call("x", PURE)], Vec::new())];
    task.condition = Some(builder.expr("false", &[]));
    let driver = started(finish(builder, vec![task]));
    assert_eq!(driver.output(), json!({"n": 0}));
}

#[test]
fn an_error_of_an_extension_is_at_its_own_place_and_fails_the_task() {
    let mut builder = builder();
    let mut failing = call("x", EFFECTFUL);
    failing.pointer = "/use/extensions/0/x/after/0/x".to_owned();
    let mut task = set("t", json!(1));
    task.around = vec![around(&mut builder, "x", Vec::new(), vec![failing])];
    let mut driver = started(finish(builder, vec![task]));
    driver.end_attempt(0, step_error(false));
    let problem = driver.problem();
    assert_eq!(
        problem.instance.as_deref(),
        Some("/use/extensions/0/x/after/0/x")
    );
}

#[test]
fn the_tasks_own_timeout_is_not_for_its_extensions() {
    let mut builder = builder();
    let mut task = call("t", EFFECTFUL);
    task.around = vec![around(
        &mut builder,
        "x",
        vec![call("b", EFFECTFUL)],
        vec![call("a", EFFECTFUL)],
    )];
    task.timeout = Some(segue_model::ir::Duration::Fixed(
        segue_model::Span::from_ms(5),
    ));
    let mut driver = started(finish(builder, vec![task]));
    assert!(driver.timers.is_empty());
    driver.complete(json!(1));
    assert_eq!(driver.timers.len(), 1);
    driver.complete(json!("output"));
    assert!(driver.timers.is_empty());
    driver.crash();
    driver.complete(json!("dropped"));
    assert_eq!(driver.output(), json!("output"));
}
