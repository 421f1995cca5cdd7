//! `run: workflow` and `map`.

use segue_model::ir::{Catch, MapCall, RunWorkflow, Task, TaskKind, Template};
use segue_model::problem::Kind;
use segue_model::{Problem, RunId};
use serde_json::{Value, json};

use super::build::{builder, catch, finish, set, started};
use super::driver::Driver;
use super::random::{Builder, other, plain};
use crate::{ChildId, ChildTarget, Input, Note, RunEnd, Status};

fn run(wait: bool) -> Task {
    let run = RunWorkflow {
        workflow: other(),
        input: None,
        wait,
    };
    plain("run", "/do/0/run", TaskKind::Run(run))
}

fn only(task: Task) -> Driver {
    started(finish(builder(), vec![task, set("end", json!("ended"))]))
}

fn first(driver: &Driver) -> ChildId {
    *driver.children.keys().next().unwrap()
}

fn child_run() -> RunId {
    RunId::new(5, [5; 10])
}

fn started_input(child: ChildId) -> Input {
    Input::ChildStarted {
        child,
        run: child_run(),
        workflow: "test/other:2.1.0".parse().unwrap(),
    }
}

fn failed(detail: &str) -> RunEnd {
    RunEnd::Faulted {
        problem: Problem {
            kind: "urn:test:failed".to_owned(),
            status: 418,
            ..Problem::new(Kind::Runtime, detail)
        }
        .at("/do/3/inner"),
    }
}

#[test]
fn an_awaited_child_gives_its_output() {
    let mut driver = started(finish(builder(), vec![run(true)]));
    let child = first(&driver);
    let start = &driver.children[&child];
    assert_eq!(start.workflow, ChildTarget::Named(other()));
    assert_eq!(start.input.value(), &json!({"n": 0}));
    assert_eq!(
        start.key,
        format!("segue:child:{}:{}", driver.run.id(), child.0)
    );
    assert!(start.attached && start.announce);
    assert_eq!(driver.run.status(), Status::Waiting);

    driver.feed(started_input(child));
    assert!(!driver.run.expects(&started_input(child)), "told once");
    let noted = |note: &Note| matches!(note, Note::ChildStarted { workflow, .. } if workflow == "test/other:2.1.0");
    assert!(
        driver.notes().any(noted),
        "the version that it was resolved to is recorded"
    );
    driver.crash();
    driver.complete_child(child, json!("from the child"));
    assert_eq!(driver.output(), json!("from the child"));
}

#[test]
fn a_child_that_is_not_awaited_lets_the_task_end_when_it_has_started() {
    let mut driver = started(finish(builder(), vec![run(false)]));
    let child = first(&driver);
    assert!(!driver.children[&child].attached);
    driver.feed(started_input(child));
    assert_eq!(driver.output(), json!({"n": 0}), "the transformed input");
    assert!(driver.cancelled.is_empty());
}

#[test]
fn the_failure_of_a_child_is_the_tasks_error() {
    let mut driver = only(run(true));
    driver.end_child(first(&driver), failed("why"));
    let problem = driver.problem();
    assert_eq!(
        (problem.kind.as_str(), problem.status),
        ("urn:test:failed", 418)
    );
    assert_eq!(problem.detail.as_deref(), Some("why"));
    assert_eq!(problem.instance.as_deref(), Some("/do/0/run"));
    let child = &problem.extensions["child"];
    assert_eq!(child["instance"], "/do/3/inner");
    assert!(child["run"].as_str().unwrap().starts_with("run-"));
}

#[test]
fn a_child_that_cannot_be_started_fails_the_task_awaited_or_not() {
    for wait in [true, false] {
        let mut driver = only(run(wait));
        let child = first(&driver);
        let problem = Problem::new(Kind::NotFound, "no such workflow");
        driver.feed(Input::ChildEnded {
            child,
            run: None,
            end: RunEnd::Faulted { problem },
        });
        assert!(driver.problem().is(Kind::NotFound));
    }
}

#[test]
fn a_cancelled_child_is_an_error_that_can_be_caught() {
    let mut builder = builder();
    let body = builder.add_block(vec![run(true)]);
    let handler = super::build::compute(&mut builder, "h", "$error.type", &["error"]);
    let handler = builder.add_block(vec![handler]);
    let catch = Catch {
        body: Some(handler),
        ..catch(None)
    };
    let task = plain("try", "/do/0/try", TaskKind::Try { body, catch });
    let mut driver = started(finish(builder, vec![task]));
    driver.end_child(first(&driver), RunEnd::Cancelled { reason: None });
    assert_eq!(driver.output(), json!(Kind::Cancelled.uri()));
}

#[test]
fn cancelling_a_run_cancels_the_children_that_it_waits_for() {
    let mut awaited = only(run(true));
    let child = first(&awaited);
    awaited.feed(Input::Cancel { reason: None });
    assert_eq!(awaited.cancelled, [child]);

    let mut loose = only(run(false));
    loose.feed(Input::Cancel { reason: None });
    assert!(
        loose.cancelled.is_empty(),
        "nobody's child outlives the run"
    );
}

#[test]
fn a_child_that_was_asked_for_and_dropped_at_once_is_never_asked_for() {
    let mut builder = builder();
    let tasks = vec![run(true), set("quick", json!(1))];
    let task = super::build::fork(&mut builder, tasks, true);
    let driver = started(finish(builder, vec![task]));
    assert_eq!(driver.output(), json!(1));
    assert!(driver.children.is_empty() && driver.cancelled.is_empty());
}

fn map(items: Value, tolerate: Option<u32>, builder: &mut Builder) -> Task {
    let literal = |value: u32| Template::Literal(json!(value));
    let input = builder.expr("{item: $item, index: $index, n: .n}", &["item", "index"]);
    let map = MapCall {
        workflow: other(),
        items: Template::Literal(items),
        input: Some(Template::Expr(input)),
        concurrency: Some(literal(2)),
        tolerate: tolerate.map(literal),
    };
    plain("map", "/do/0/map", TaskKind::Map(map))
}

fn mapping(items: Value, tolerate: Option<u32>) -> Driver {
    let mut builder = builder();
    let task = map(items, tolerate, &mut builder);
    started(finish(builder, vec![task]))
}

#[test]
fn a_map_runs_so_many_children_at_once_and_keeps_the_order() {
    let mut driver = mapping(json!(["a", "b", "c"]), None);
    let inputs: Vec<Value> = driver
        .children
        .values()
        .map(|c| c.input.value().clone())
        .collect();
    assert_eq!(
        inputs,
        [
            json!({"item": "a", "index": 0, "n": 0}),
            json!({"item": "b", "index": 1, "n": 0})
        ]
    );
    let ids: Vec<ChildId> = driver.children.keys().copied().collect();
    driver.complete_child(ids[1], json!("B"));
    let third = *driver.children.keys().next_back().unwrap();
    driver.crash();
    driver.complete_child(third, json!("C"));
    assert!(driver.end().is_none());
    driver.complete_child(ids[0], json!("A"));
    assert_eq!(driver.output(), json!(["A", "B", "C"]));
    assert_eq!(driver.rows.len(), 1);
}

#[test]
fn a_map_of_nothing_is_an_empty_array_and_items_must_be_an_array() {
    assert_eq!(mapping(json!([]), None).output(), json!([]));
    assert!(
        mapping(json!({"a": 1}), None)
            .problem()
            .is(Kind::Expression)
    );
}

#[test]
fn without_tolerance_the_first_failure_is_the_maps_and_cancels_the_rest() {
    let mut driver = mapping(json!([1, 2, 3]), None);
    let ids: Vec<ChildId> = driver.children.keys().copied().collect();
    driver.end_child(ids[0], failed("first"));
    let problem = driver.problem();
    assert_eq!(problem.detail.as_deref(), Some("first"));
    assert_eq!(problem.instance.as_deref(), Some("/do/0/map"));
    assert_eq!(driver.cancelled, [ids[1]]);
    assert_eq!(ids.len(), 2, "the third was never asked for");
}

#[test]
fn tolerated_failures_stand_beside_the_outputs() {
    let mut driver = mapping(json!([1, 2, 3]), Some(1));
    driver.end_child(first(&driver), failed("one"));
    while let Some(child) = driver.children.keys().next().copied() {
        driver.complete_child(child, json!("ok"));
    }
    let output = driver.output();
    assert_eq!(output[0]["error"]["detail"], "one");
    assert_eq!(output[1], json!({"output": "ok"}));
    assert_eq!(output[2], json!({"output": "ok"}));
}

#[test]
fn one_failure_more_than_tolerated_fails_the_map() {
    let mut driver = mapping(json!([1, 2, 3]), Some(1));
    driver.end_child(first(&driver), failed("one"));
    driver.end_child(first(&driver), failed("two"));
    assert_eq!(driver.problem().detail.as_deref(), Some("two"));
    assert_eq!(driver.cancelled.len(), 1);
}

#[test]
fn concurrency_out_of_range_is_an_error_and_input_defaults_to_the_item() {
    let of = |concurrency: Value| {
        let map = MapCall {
            workflow: other(),
            items: Template::Literal(json!([1, 2])),
            input: None,
            concurrency: Some(Template::Literal(concurrency)),
            tolerate: None,
        };
        started(finish(
            builder(),
            vec![plain("map", "/do/0/map", TaskKind::Map(map))],
        ))
    };
    assert!(of(json!(1001)).problem().is(Kind::Expression));
    assert!(of(json!("many")).problem().is(Kind::Expression));
    let one = of(json!(0));
    assert_eq!(one.children.len(), 1, "at least one at a time");
    assert_eq!(
        one.children.values().next().unwrap().input.value(),
        &json!(1)
    );
}
