//! What one entry writes does not grow with the number of branches, items or iterations, and
//! ten thousand of them are nothing special.

use segue_model::ir::{Deployed, ForLoop, MapCall, Task, TaskKind, Template};
use serde_json::{Value, json};

use super::build::{EFFECTFUL, builder, call, compute, finish, fork, set, started, wait};
use super::driver::Driver;
use super::random::{other, plain};
use crate::OPENED_PER_INPUT_MAX;

/// Bytes of the rows that any one entry wrote, the first one (which has the most to begin
/// with) among them.
fn most_bytes(driver: &Driver) -> usize {
    driver
        .written
        .iter()
        .map(|(bytes, _)| *bytes)
        .max()
        .unwrap()
}

/// A fork of so many calls, ended one by one.
fn forked(count: usize) -> Driver {
    let mut builder = builder();
    let tasks = (0..count)
        .map(|n| call(&format!("c{n}"), EFFECTFUL))
        .collect();
    let task = fork(&mut builder, tasks, false);
    let mut driver = started(finish(builder, vec![task]));
    while let Some(attempt) = driver.in_flight.pop() {
        let output = segue_model::Outcome::Completed {
            output: json!({"n": 1}).into(),
        };
        let (activity, attempt) = (attempt.activity, attempt.attempt);
        driver.feed(crate::Input::Attempt {
            activity,
            attempt,
            outcome: output,
            usage: Default::default(),
        });
    }
    driver
}

#[test]
fn an_entry_of_a_fork_writes_as_much_for_ten_thousand_branches_as_for_some() {
    let (some, many) = (forked(200), forked(10_000));
    assert_eq!(many.output().as_array().unwrap().len(), 10_000);
    let (few_bytes, many_bytes) = (most_bytes(&some), most_bytes(&many));
    // Numbers get some digits longer: of rows, of activities, of branches.
    assert!(
        many_bytes < few_bytes * 11 / 10,
        "{few_bytes} bytes for 200 branches, {many_bytes} for 10,000"
    );
    // The outcome of one branch: the root, the fork's scope, the part; the branch's is gone.
    let of_one = many.written.iter().rev().skip(1).take(5_000);
    let (bytes, rows) = of_one.fold((0, 0), |(b, r), (bytes, rows)| {
        (b.max(*bytes), r.max(*rows))
    });
    assert!(bytes < 2_500 && rows == 4, "{bytes} bytes in {rows} rows");
}

#[test]
fn branches_are_opened_bit_by_bit() {
    let driver = forked(1_000);
    let opened = driver.effects.iter().map(|effects| {
        let invoked = |effect: &&crate::Effect| matches!(effect, crate::Effect::Invoke(_));
        effects.iter().filter(invoked).count()
    });
    assert_eq!(opened.max().unwrap(), OPENED_PER_INPUT_MAX as usize);
}

#[test]
fn ten_thousand_branches_that_wait_can_be_stopped_and_restored() {
    let mut builder = builder();
    let tasks = (0..10_000).map(|n| wait(&format!("w{n}"), 1000)).collect();
    let task = fork(&mut builder, tasks, true);
    let mut driver = started(finish(builder, vec![task]));
    assert_eq!(driver.timers.len(), 10_000);
    let root = driver.rows[&0].1.len();
    assert!(
        root < 1_000,
        "the root has {root} bytes: it lists no timers"
    );
    driver.crash();
    driver.fire_next();
    assert_eq!(driver.output(), json!({"n": 0}));
    assert!(driver.timers.is_empty());
    assert_eq!(driver.rows.len(), 1);
}

fn mapped(count: usize) -> Driver {
    let map = MapCall {
        workflow: other(),
        items: Template::Literal((0..count).map(|n| json!({"n": n})).collect()),
        input: None,
        concurrency: Some(Template::Literal(json!(100))),
        tolerate: None,
    };
    let mut driver = started(finish(
        builder(),
        vec![plain("map", "/do/0/map", TaskKind::Map(map))],
    ));
    while let Some(child) = driver.children.keys().next().copied() {
        assert!(driver.children.len() <= 100);
        driver.complete_child(child, json!({"done": child}));
    }
    driver
}

#[test]
fn an_entry_of_a_map_writes_as_much_for_ten_thousand_items_as_for_some() {
    let (some, many) = (mapped(200), mapped(10_000));
    assert_eq!(many.output().as_array().unwrap().len(), 10_000);
    let (few_bytes, many_bytes) = (most_bytes(&some), most_bytes(&many));
    assert!(
        many_bytes < few_bytes * 11 / 10,
        "{few_bytes} bytes for 200 items, {many_bytes} for 10,000"
    );
}

/// A loop of `outer` times a loop of `inner`.
fn nested(outer: usize, inner: usize) -> Deployed {
    let mut builder = builder();
    let add = compute(&mut builder, "add", ".n += 1", &[]);
    let each = |items: usize, body, name: &str, of: &str| -> Task {
        let items: Vec<Value> = (0..items).map(|n| json!(n)).collect();
        let each = ForLoop {
            each: format!("{of}item"),
            at: format!("{of}index"),
            items: Template::Literal(json!(items)),
            condition: None,
            body,
        };
        plain(name, &format!("/do/0/{name}"), TaskKind::For(each))
    };
    let body = builder.add_block(vec![add]);
    let inside = each(inner, body, "inner", "inner");
    let body = builder.add_block(vec![inside]);
    let outside = each(outer, body, "outer", "outer");
    finish(builder, vec![outside])
}

#[test]
fn an_entry_of_nested_loops_writes_as_much_for_ten_thousand_iterations_as_for_some() {
    let some = started(nested(10, 10));
    let many = started(nested(100, 100));
    assert_eq!(many.output(), json!({"n": 10_000}));
    assert!(most_bytes(&many) < most_bytes(&some) + 3_000);
    assert_eq!(many.rows.len(), 1);
}

#[test]
fn outputs_that_are_too_much_together_are_a_problem_not_an_end() {
    let mut builder = builder();
    let tasks = (0..40)
        .map(|n| set(&format!("s{n}"), json!("x".repeat(500_000))))
        .collect();
    let task = fork(&mut builder, tasks, false);
    let driver = started(finish(builder, vec![task]));
    assert!(
        driver
            .problem()
            .is(segue_model::problem::Kind::LimitReached)
    );
}
