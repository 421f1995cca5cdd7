//! Single rules, each on the smallest workflow that shows it.

use segue_model::ir::{Backoff, Deployed, Duration, Flow, RetryPolicy, TaskKind, Template};
use segue_model::outcome::Stop;
use segue_model::problem::Kind;
use segue_model::{Outcome, Payload, Span, World};
use serde_json::json;

use super::build::{
    EFFECTFUL, PURE, builder, call, catch, list, set, started, step_error, trying, wait,
};
use super::driver::Driver;
use super::random::plain;
use crate::{Effect, Input, Note, Status, UNKNOWN_FATES_MAX};

#[test]
fn a_missing_input_is_null_and_an_unchanged_one_comes_out() {
    let driver = started(list(vec![set("a", json!(1))]));
    assert_eq!(driver.output(), json!(1));
    assert_eq!(driver.run.status(), Status::Completed);
}

#[test]
fn the_output_of_a_step_is_the_input_of_the_next() {
    let mut driver = started(list(vec![call("a", PURE), call("b", PURE)]));
    assert_eq!(driver.in_flight[0].input.value(), &json!({"n": 0}));
    driver.complete(json!({"n": 1}));
    assert_eq!(driver.in_flight[0].input.value(), &json!({"n": 1}));
    driver.complete(json!({"n": 2}));
    assert_eq!(driver.output(), json!({"n": 2}));
}

#[test]
fn pure_results_do_not_move_the_clock_that_guests_see() {
    let mut driver = started(list(vec![
        call("a", PURE),
        call("b", PURE),
        call("c", EFFECTFUL),
        call("d", PURE),
    ]));
    let clock = |driver: &Driver| match driver.in_flight[0].world {
        World::Deterministic { now, .. } => now,
        World::Real => panic!("expected a pure attempt"),
    };
    let first = clock(&driver);
    driver.complete(json!(1));
    assert_eq!(clock(&driver), first);
    driver.complete(json!(2));
    assert_eq!(driver.in_flight[0].world, World::Real);
    driver.complete(json!(3));
    assert!(
        clock(&driver) > first,
        "the recorded result of an effectful step moves it"
    );
}

#[test]
fn a_wait_after_pure_steps_asks_for_the_time_first() {
    let mut driver = started(list(vec![call("a", PURE), wait("b", 1000)]));
    driver.now = driver.now.plus_ms(60_000);
    driver.complete(json!(1));
    let due = *driver.timers.values().next().unwrap();
    assert_eq!(
        due,
        driver.now.plus_ms(1000),
        "the wait counts from now, not from the frozen clock"
    );
    assert_eq!(driver.run.status(), Status::Waiting);
    driver.fire_next();
    assert_eq!(driver.output(), json!(1));
}

#[test]
fn a_timeout_stops_the_attempt_and_is_the_tasks_error() {
    let mut task = call("a", EFFECTFUL);
    task.timeout = Some(Duration::Fixed(Span::from_ms(50)));
    let mut driver = started(list(vec![task]));
    driver.fire_next();
    assert!(driver.in_flight.is_empty(), "the attempt was abandoned");
    let problem = driver.problem();
    assert!(problem.is(Kind::Timeout));
    assert_eq!(problem.instance.as_deref(), Some("/do/0/a"));
}

#[test]
fn a_try_does_not_catch_its_own_timeout() {
    let mut deployed = trying(vec![call("a", EFFECTFUL)], catch(None));
    let last = deployed.workflow.tasks.last_mut().unwrap();
    last.timeout = Some(Duration::Fixed(Span::from_ms(50)));
    let mut driver = started(deployed);
    driver.fire_next();
    assert!(driver.problem().is(Kind::Timeout));
}

#[test]
fn retries_number_their_attempts_and_keep_the_key() {
    let policy = RetryPolicy {
        attempts: Some(2),
        ..RetryPolicy::default()
    };
    let mut driver = started(trying(vec![call("a", EFFECTFUL)], catch(Some(policy))));
    let key = driver.in_flight[0].context.idempotency_key.clone();
    for attempt in 1..=3 {
        assert_eq!(driver.in_flight[0].attempt, attempt);
        assert_eq!(driver.in_flight[0].context.idempotency_key, key);
        driver.end_attempt(0, step_error(true));
        if attempt < 3 {
            driver.fire_next();
        }
    }
    let problem = driver.problem();
    assert_eq!(
        problem.instance.as_deref(),
        Some("/do/0/a"),
        "re-raised when exhausted"
    );
}

#[test]
fn an_error_that_is_not_retryable_ends_retrying() {
    let policy = RetryPolicy {
        attempts: Some(5),
        ..RetryPolicy::default()
    };
    let mut driver = started(trying(vec![call("a", EFFECTFUL)], catch(Some(policy))));
    driver.end_attempt(0, step_error(false));
    assert!(driver.problem().is(Kind::Communication));
}

#[test]
fn a_catch_without_anything_swallows_the_error() {
    let mut driver = started(trying(vec![call("a", EFFECTFUL)], catch(None)));
    driver.end_attempt(0, step_error(true));
    assert_eq!(
        driver.output(),
        json!({"n": 0}),
        "the transformed input of the try"
    );
}

#[test]
fn unknown_fates_run_again_without_consuming_a_retry_until_quarantine() {
    let mut driver = started(list(vec![call("a", EFFECTFUL)]));
    for number in 1..=UNKNOWN_FATES_MAX {
        driver.crash();
        let attempt = driver.in_flight.remove(0);
        assert_eq!(attempt.attempt, number);
        let (activity, attempt) = (attempt.activity, attempt.attempt);
        driver.feed(Input::FateUnknown { activity, attempt });
    }
    assert!(driver.problem().is(Kind::Quarantined));
}

#[test]
fn a_crash_repeats_a_pure_attempt_exactly() {
    let mut driver = started(list(vec![call("a", PURE)]));
    let before = driver.in_flight.clone();
    driver.crash();
    assert_eq!(driver.in_flight, before);
}

#[test]
fn stale_outcomes_change_nothing() {
    let mut driver = started(list(vec![call("a", PURE)]));
    let attempt = driver.in_flight[0].clone();
    driver.complete(json!(1));
    let stale = Input::Attempt {
        activity: attempt.activity,
        attempt: attempt.attempt,
        outcome: Outcome::Completed {
            output: Payload::null(),
        },
        usage: Default::default(),
    };
    assert!(!driver.run.expects(&stale));
}

#[test]
fn cancelling_abandons_what_is_in_flight() {
    let mut driver = started(list(vec![call("a", EFFECTFUL)]));
    driver.feed(Input::Cancel {
        reason: Some("enough".to_owned()),
    });
    let effects = driver.effects.last().unwrap();
    assert!(effects.iter().any(|e| matches!(e, Effect::Abandon { .. })));
    assert_eq!(driver.run.status(), Status::Cancelled);
    assert_eq!(driver.rows.len(), 1);
}

#[test]
fn an_endless_loop_of_internal_tasks_pauses_and_ends() {
    let mut task = set("a", json!(1));
    task.then = Flow::Task(0);
    let mut driver = Driver::new(list(vec![task]));
    driver.start(json!(null));
    assert!(driver.problem().is(Kind::LimitReached));
    assert!(
        driver.journal.len() > 10,
        "the engine let the shell breathe meanwhile"
    );
}

#[test]
fn a_deadline_is_an_input_from_outside() {
    let mut driver = started(list(vec![call("a", PURE)]));
    let stopped = Outcome::Stopped {
        stop: Stop::Deadline,
        detail: "late".to_owned(),
    };
    driver.end_attempt(0, stopped);
    let notes = driver
        .effects
        .last()
        .unwrap()
        .iter()
        .filter_map(|e| match e {
            Effect::Note(note) => Some(note),
            _ => None,
        });
    assert!(notes.into_iter().any(|n| matches!(
        n,
        Note::AttemptEnded {
            fate_unknown: false,
            ..
        }
    )));
    assert!(driver.problem().is(Kind::Deadline));
}

#[test]
fn retrying_without_end_ends_with_the_tasks_that_a_run_may_enter() {
    let mut turn = set("a", json!(1));
    turn.then = Flow::Task(0);
    let endless = RetryPolicy {
        when: None,
        except_when: None,
        delay: None,
        backoff: Backoff::Constant,
        attempts: None,
        attempt_duration: None,
        duration: None,
        jitter: None,
    };
    let driver = started(trying(vec![turn], catch(Some(endless))));
    assert!(driver.problem().is(Kind::LimitReached));
}

/// A workflow of one `set` that is entered again and again, with two copies of its input
/// inside of `around`.
fn growing(around: impl Fn(Template, Template) -> Template) -> Deployed {
    let mut builder = builder();
    let dot = Template::Expr(builder.expr(".", &[]));
    let value = around(dot.clone(), dot);
    let mut task = plain("a", "/do/0/a", TaskKind::Set { value });
    task.then = Flow::Task(0);
    let body = builder.add_block(vec![task]);
    builder.finish(body)
}

#[test]
fn data_that_is_put_into_itself_ends_at_a_size() {
    let mut driver = Driver::new(growing(|a, b| Template::Array(vec![a, b])));
    driver.start(json!("x".repeat(100_000)));
    let problem = driver.problem();
    assert!(problem.is(Kind::Expression), "{problem:?}");
    let detail = problem.detail.as_deref().unwrap_or_default();
    assert!(detail.contains("bytes of JSON"), "{detail}");
}

#[test]
fn data_that_is_put_into_itself_never_gets_too_deep_to_be_read_again() {
    let deep = |a: Template, _| {
        (0..30).fold(a, |inner, _| {
            Template::Object(vec![("a".to_owned(), inner)])
        })
    };
    let mut driver = Driver::new(growing(deep));
    driver.start(json!(null));
    let problem = driver.problem();
    assert!(problem.is(Kind::Expression), "{problem:?}");
    driver.crash();
    assert_eq!(driver.run.status(), Status::Faulted);
}

#[test]
fn what_has_ended_is_not_abandoned() {
    let abandoned = |driver: &Driver| {
        let all = driver.effects.iter().flatten();
        all.filter(|e| matches!(e, Effect::Abandon { .. })).count()
    };
    let mut failed = started(list(vec![call("a", EFFECTFUL)]));
    failed.end_attempt(0, step_error(false));
    assert_eq!(abandoned(&failed), 0);

    let mut task = call("a", EFFECTFUL);
    task.timeout = Some(Duration::Fixed(Span::from_ms(5)));
    let mut late = started(list(vec![task]));
    late.fire_next();
    assert!(late.problem().is(Kind::Timeout));
    assert_eq!(abandoned(&late), 1);
}
