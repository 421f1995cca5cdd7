//! Runs in the schedule role.

use segue_model::ir::{
    BlockId, CatchUp, Deployed, Duration, Filter, Overlap, Read, Schedule, Strategy, TaskKind,
    Test, Trigger,
};
use segue_model::problem::Kind;
use segue_model::{Problem, Span, Timestamp};
use serde_json::json;

use super::build::{builder, finish, set};
use super::driver::Driver;
use super::random::plain;
use crate::{ChildId, ChildTarget, Input, Note, Role, RunEnd, Status};

const HOUR: u64 = 3_600_000;

fn deployed(trigger: Trigger, catch_up: CatchUp, overlap: Overlap) -> Deployed {
    let mut builder = builder();
    let schedule = Schedule {
        trigger,
        catch_up,
        overlap,
    };
    let task = plain("schedule", "/schedule", TaskKind::Schedule(schedule));
    let block = builder.add_block(vec![task]);
    builder.workflow.schedule = Some(block);
    assert_eq!(block, BlockId(0));
    finish(builder, vec![set("a", json!(1))])
}

fn every(ms: u64) -> Trigger {
    Trigger::Every(Duration::Fixed(Span::from_ms(ms)))
}

fn scheduled(trigger: Trigger, catch_up: CatchUp, overlap: Overlap) -> Driver {
    let mut driver = Driver::new(deployed(trigger, catch_up, overlap));
    driver.start_as(Role::Schedule, json!(null));
    driver
}

/// The children that were asked for, the ended ones taken out.
fn children(driver: &Driver) -> Vec<ChildId> {
    driver.children.keys().copied().collect()
}

fn next(driver: &Driver) -> Timestamp {
    *driver.timers.values().next().unwrap()
}

/// The host is away, and comes back that long after the next moment.
fn late(driver: &mut Driver, ms: u64) {
    let at = next(driver).plus_ms(ms);
    driver.crash();
    driver.now = driver.now.max(at);
    driver.fire_next();
}

#[test]
fn every_counts_from_when_it_began_and_does_not_drift() {
    let mut driver = scheduled(every(HOUR), CatchUp::One, Overlap::Allow);
    let began = driver.now;
    assert_eq!(driver.run.status(), Status::Waiting);
    assert!(driver.children.is_empty());
    for n in 1..=3 {
        assert_eq!(next(&driver), began.plus_ms(n * HOUR));
        late(&mut driver, 700);
        assert_eq!(driver.children.len(), usize::try_from(n).unwrap());
    }
    let start = driver.children.values().next().unwrap();
    assert_eq!(start.workflow, ChildTarget::Own);
    assert_eq!(start.input.value(), &json!(null));
    assert!(!start.attached && !start.announce, "nobody's children");
}

#[test]
fn one_run_for_all_that_were_missed_or_none_or_one_for_each() {
    let missed = 10 * HOUR + HOUR / 2;
    for (policy, expected) in [(CatchUp::One, 1), (CatchUp::Skip, 0), (CatchUp::All, 11)] {
        let mut driver = scheduled(every(HOUR), policy, Overlap::Allow);
        let began = driver.now;
        late(&mut driver, missed);
        assert_eq!(driver.children.len(), expected, "{policy:?}");
        assert_eq!(
            next(&driver),
            began.plus_ms(12 * HOUR),
            "and on with the grid"
        );
    }
}

#[test]
fn catching_up_with_very_many_starts_the_most_that_it_may_bit_by_bit() {
    let mut driver = scheduled(every(1000), CatchUp::All, Overlap::Allow);
    late(&mut driver, 100_000_000);
    assert_eq!(
        driver.children.len(),
        segue_model::ir::CATCH_UP_MAX as usize
    );
}

#[test]
fn cron_goes_by_the_clock_of_its_zone() {
    let trigger = Trigger::Cron {
        expression: "30 2 * * *".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
    };
    let mut driver = Driver::new(deployed(trigger, CatchUp::One, Overlap::Allow));
    driver.now = Timestamp(1_743_246_000_000); // 2025-03-29T11:00:00Z
    driver.start_as(Role::Schedule, json!(null));
    assert_eq!(
        next(&driver).rfc3339(),
        "2025-03-30T01:00:00.000Z",
        "the hour is skipped"
    );
    late(&mut driver, 0);
    assert_eq!(next(&driver).rfc3339(), "2025-03-31T00:30:00.000Z");
}

#[test]
fn a_cron_without_another_moment_ends_the_schedule() {
    let trigger = Trigger::Cron {
        expression: "0 0 30 2 *".to_owned(),
        timezone: "UTC".to_owned(),
    };
    let driver = scheduled(trigger, CatchUp::One, Overlap::Allow);
    assert_eq!(driver.run.status(), Status::Completed);
}

#[test]
fn after_starts_at_once_and_waits_from_the_end_of_the_run_before() {
    let after = Trigger::After(Duration::Fixed(Span::from_ms(HOUR)));
    let mut driver = scheduled(after, CatchUp::One, Overlap::Allow);
    let [first] = children(&driver)[..] else {
        panic!()
    };
    assert!(driver.timers.is_empty(), "it waits for the run");
    driver.crash();
    driver.complete_child(first, json!(1));
    assert_eq!(next(&driver), driver.now.plus_ms(HOUR));
    late(&mut driver, 0);
    let [second] = children(&driver)[..] else {
        panic!()
    };
    assert_ne!(first, second);
    // A failure counts as an end.
    let problem = Problem::new(Kind::Runtime, "no");
    driver.end_child(second, RunEnd::Faulted { problem });
    assert_eq!(driver.timers.len(), 1);
}

#[test]
fn a_run_that_cannot_be_started_is_tried_again_later_not_at_once() {
    let after = Trigger::After(Duration::Fixed(Span::from_ms(0)));
    let mut driver = scheduled(after, CatchUp::One, Overlap::Allow);
    let [first] = children(&driver)[..] else {
        panic!()
    };
    driver.children.clear();
    let problem = Problem::new(Kind::Busy, "full");
    driver.feed(Input::ChildEnded {
        child: first,
        run: None,
        end: RunEnd::Faulted { problem },
    });
    assert_eq!(next(&driver), driver.now.plus_ms(60_000));
}

#[test]
fn overlap_skips_queues_or_cancels() {
    let mut skip = scheduled(every(HOUR), CatchUp::One, Overlap::Skip);
    late(&mut skip, 0);
    late(&mut skip, 0);
    assert_eq!(children(&skip).len(), 1);
    let skipped = |note: &Note| matches!(note, Note::Scheduled { skipped: 1, .. });
    assert!(skip.notes().any(skipped));
    skip.complete_child(children(&skip)[0], json!(1));
    late(&mut skip, 0);
    assert_eq!(children(&skip).len(), 1, "free again");

    let mut queue = scheduled(every(HOUR), CatchUp::One, Overlap::Queue);
    for _ in 0..3 {
        late(&mut queue, 0);
    }
    let [first] = children(&queue)[..] else {
        panic!()
    };
    queue.crash();
    queue.complete_child(first, json!(1));
    let [second] = children(&queue)[..] else {
        panic!("one waited")
    };
    queue.complete_child(second, json!(1));
    assert!(queue.children.is_empty(), "only one waits at most");

    let mut cancel = scheduled(every(HOUR), CatchUp::One, Overlap::Cancel);
    late(&mut cancel, 0);
    let [first] = children(&cancel)[..] else {
        panic!()
    };
    late(&mut cancel, 0);
    assert_eq!(cancel.cancelled, [first]);
    assert_eq!(children(&cancel).len(), 1);
}

fn on(kinds: &[&str]) -> Trigger {
    let of = |kind: &&str| Filter {
        with: vec![("type".to_owned(), Test::Equals(json!(kind)))],
        correlate: Vec::new(),
    };
    Trigger::On {
        strategy: Strategy::All(kinds.iter().map(of).collect()),
        read: Read::Data,
    }
}

fn publish(driver: &mut Driver, kind: &str, id: u32) {
    driver.publish(json!({"type": kind, "id": id.to_string(), "source": "/", "data": id}));
    driver.offer_all();
}

#[test]
fn events_start_runs_whose_input_is_the_array_of_them() {
    let mut driver = scheduled(on(&["a", "b"]), CatchUp::One, Overlap::Allow);
    publish(&mut driver, "a", 1);
    publish(&mut driver, "a", 2);
    driver.crash();
    assert!(driver.children.is_empty());
    publish(&mut driver, "b", 3);
    publish(&mut driver, "b", 4);
    let inputs: Vec<_> = driver
        .children
        .values()
        .map(|c| c.input.value().clone())
        .collect();
    assert_eq!(
        inputs,
        [json!([1, 3]), json!([2, 4])],
        "what came early counts for the next"
    );
    assert_eq!(driver.listeners.len(), 1);
}

#[test]
fn events_of_a_queued_run_are_kept_for_it() {
    let mut driver = scheduled(on(&["a"]), CatchUp::One, Overlap::Queue);
    for id in 1..=3 {
        publish(&mut driver, "a", id);
    }
    let [first] = children(&driver)[..] else {
        panic!()
    };
    driver.complete_child(first, json!(1));
    let queued = driver.children.values().next().unwrap();
    assert_eq!(queued.input.value(), &json!([2]));
}

#[test]
fn an_event_whose_filter_fails_does_not_end_a_schedule() {
    let mut b = builder();
    let filter = Filter {
        with: vec![("data".to_owned(), Test::Expr(b.expr(".x.y", &[])))],
        correlate: Vec::new(),
    };
    let trigger = Trigger::On {
        strategy: Strategy::One(filter),
        read: Read::Data,
    };
    let mut deployed = deployed(trigger, CatchUp::One, Overlap::Allow);
    deployed.workflow.expressions = b.workflow.expressions;
    let mut driver = Driver::new(deployed);
    driver.start_as(Role::Schedule, json!(null));
    publish(&mut driver, "a", 1);
    assert!(driver.end().is_none());
}

#[test]
fn the_runs_of_a_schedule_go_on_when_it_is_cancelled() {
    let after = Trigger::After(Duration::Fixed(Span::from_ms(HOUR)));
    let mut driver = scheduled(after, CatchUp::One, Overlap::Allow);
    driver.feed(Input::Cancel { reason: None });
    assert!(driver.cancelled.is_empty());
    assert_eq!(driver.rows.len(), 1);
}

#[test]
fn moments_that_pass_while_suspended_are_caught_up_with() {
    let mut driver = scheduled(every(HOUR), CatchUp::All, Overlap::Allow);
    driver.feed(Input::Suspend { reason: None });
    driver.fire_next();
    driver.now = driver.now.plus_ms(2 * HOUR);
    assert!(driver.children.is_empty());
    driver.feed(Input::Resume);
    assert_eq!(driver.children.len(), 3);
}

#[test]
fn what_cannot_be_scheduled_is_an_error() {
    let nothing = scheduled(every(0), CatchUp::One, Overlap::Allow);
    assert!(nothing.problem().is(Kind::Configuration));
    let mut none = deployed(every(1), CatchUp::One, Overlap::Allow);
    none.workflow.schedule = None;
    let mut driver = Driver::new(none);
    driver.start_as(Role::Schedule, json!(null));
    assert!(driver.problem().is(Kind::Configuration));

    let wrong = Trigger::Cron {
        expression: "never".to_owned(),
        timezone: "UTC".to_owned(),
    };
    let wrong = deployed(wrong, CatchUp::One, Overlap::Allow);
    let error = crate::Plan::new(std::sync::Arc::new(wrong)).unwrap_err();
    assert!(matches!(error, crate::PlanError::Cron(_)));
}
