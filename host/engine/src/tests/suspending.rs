//! Suspend and resume: nothing new begins, and nothing is lost.

use segue_model::problem::Kind;
use serde_json::json;

use super::build::{EFFECTFUL, PURE, builder, call, finish, fork, list, set, started, wait};
use super::driver::Driver;
use crate::{Effect, Input, Note, Status};

fn suspend(driver: &mut Driver) {
    driver.feed(Input::Suspend {
        reason: Some("a look".to_owned()),
    });
    assert_eq!(driver.run.status(), Status::Suspended);
}

#[test]
fn what_is_in_flight_may_end_and_nothing_new_begins() {
    let mut driver = started(list(vec![call("a", EFFECTFUL), call("b", PURE)]));
    suspend(&mut driver);
    assert_eq!(driver.in_flight.len(), 1, "an attempt is not stopped");
    driver.complete(json!("a"));
    assert!(driver.in_flight.is_empty());
    assert_eq!(driver.run.status(), Status::Suspended);
    assert!(!driver.run.is_in_flight());
    driver.crash();
    driver.feed(Input::Resume);
    assert_eq!(driver.in_flight[0].input.value(), &json!("a"));
    driver.complete(json!("b"));
    assert_eq!(driver.output(), json!("b"));
    let notes: Vec<&Note> = driver.notes().collect();
    assert!(
        notes
            .iter()
            .any(|n| matches!(n, Note::Suspended { reason: Some(_) }))
    );
    assert!(notes.iter().any(|n| matches!(n, Note::Resumed)));
}

#[test]
fn the_tasks_that_are_active_are_suspended_and_resumed_with_their_run() {
    let mut builder = builder();
    let both = vec![wait("w", 10), set("s", json!(1))];
    let task = fork(&mut builder, both, false);
    let mut driver = started(finish(builder, vec![task]));
    suspend(&mut driver);
    driver.feed(Input::Resume);
    let told = |wanted: fn(&Note) -> Option<&String>| -> Vec<String> {
        driver.notes().filter_map(wanted).cloned().collect()
    };
    let suspended = told(|note| match note {
        Note::TaskSuspended { task } => Some(task),
        _ => None,
    });
    let resumed = told(|note| match note {
        Note::TaskResumed { task } => Some(task),
        _ => None,
    });
    assert_eq!(suspended, resumed);
    assert!(suspended.iter().any(|task| task.ends_with("/w")));
    assert!(!suspended.iter().any(|task| task.ends_with("/s")));
}

#[test]
fn a_timer_that_fires_meanwhile_is_not_lost() {
    let mut driver = started(list(vec![wait("a", 10), set("b", json!("b"))]));
    suspend(&mut driver);
    driver.fire_next();
    assert!(driver.end().is_none());
    assert!(driver.timers.is_empty());
    driver.crash();
    assert!(
        driver.run.timers().is_empty(),
        "it has fired, whatever the scope still says"
    );
    driver.feed(Input::Resume);
    assert_eq!(driver.output(), json!("b"));
}

#[test]
fn a_timeout_that_fires_after_the_task_has_ended_meanwhile_is_nothing() {
    let mut task = call("a", EFFECTFUL);
    task.timeout = Some(segue_model::ir::Duration::Fixed(
        segue_model::Span::from_ms(10),
    ));
    let deployed = list(vec![task, set("b", json!("b"))]);
    let mut driver = started(deployed.clone());
    suspend(&mut driver);
    driver.complete(json!("a"));
    driver.fire_next();
    driver.feed(Input::Resume);
    assert_eq!(driver.output(), json!("b"), "the task had ended first");

    let mut driver = started(deployed);
    suspend(&mut driver);
    driver.fire_next();
    driver.complete(json!("a"));
    driver.feed(Input::Resume);
    assert!(driver.problem().is(Kind::Timeout), "the time was up first");
}

#[test]
fn lost_attempts_are_made_again_after_resuming() {
    let mut driver = started(list(vec![call("a", EFFECTFUL)]));
    suspend(&mut driver);
    driver.crash();
    let attempt = driver.in_flight.remove(0);
    let (activity, attempt) = (attempt.activity, attempt.attempt);
    driver.feed(Input::FateUnknown { activity, attempt });
    assert!(driver.in_flight.is_empty());
    driver.feed(Input::Resume);
    assert_eq!(driver.in_flight[0].attempt, 2);
}

#[test]
fn what_happens_to_many_branches_is_held_in_rows_of_their_own() {
    let mut builder = builder();
    let tasks = (0..50).map(|n| call(&format!("c{n}"), EFFECTFUL)).collect();
    let task = fork(&mut builder, tasks, false);
    let mut driver = started(finish(builder, vec![task]));
    suspend(&mut driver);
    let first = driver.written.len();
    while !driver.in_flight.is_empty() {
        driver.complete(json!(1));
    }
    let written = &driver.written[first..];
    let most = written.iter().map(|(bytes, _)| *bytes).max().unwrap();
    assert!(most < 4000, "{most} bytes for the outcome of one branch");
    driver.crash();
    driver.feed(Input::Resume);
    assert_eq!(driver.output().as_array().unwrap().len(), 50);
    assert_eq!(driver.rows.len(), 1);
}

#[test]
fn a_suspended_run_can_be_cancelled_and_suspends_once() {
    let mut driver = started(list(vec![call("a", EFFECTFUL)]));
    suspend(&mut driver);
    assert!(!driver.run.expects(&Input::Suspend { reason: None }));
    driver.complete(json!(1));
    driver.feed(Input::Cancel { reason: None });
    assert_eq!(driver.run.status(), Status::Cancelled);
    assert_eq!(driver.rows.len(), 1);
    assert!(!driver.run.expects(&Input::Resume));
}

#[test]
fn suspending_while_the_time_is_asked_for_asks_again_after_nothing() {
    let deployed = list(vec![call("a", PURE), wait("b", 5)]);
    let mut driver = started(deployed);
    suspend(&mut driver);
    driver.complete(json!(1));
    let asked = |driver: &Driver| driver.effects.last().unwrap().contains(&Effect::ReadClock);
    assert!(!asked(&driver));
    assert!(!driver.run.expects(&Input::Clock));
    driver.feed(Input::Resume);
    assert!(!asked(&driver), "resuming tells the time");
    assert_eq!(driver.timers.len(), 1);
}
