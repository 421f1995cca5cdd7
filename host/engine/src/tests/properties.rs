//! For random workflows and random outcomes: folding the journal gives the state rows, the
//! same inputs give the same effects, and a run that is not over waits for something.

use proptest::prelude::*;
use segue_model::{Outcome, Payload, Problem};
use serde_json::json;

use super::driver::Driver;
use super::random::{Bytes, workflow};
use crate::{Input, RunEnd, Status};

/// Inputs after which a run is cancelled: long ones add nothing.
const INPUTS_MAX: usize = 60;

fn outcome(choice: u8, n: u8) -> Outcome {
    let problem = |status| Problem {
        status,
        ..Problem::new(segue_model::problem::Kind::Communication, "random")
    };
    match choice {
        0..=4 => Outcome::Completed {
            output: Payload::new(json!({"n": n})),
        },
        5 => Outcome::Completed {
            output: Payload::new(json!("y".repeat(2000))),
        },
        6 => Outcome::StepError {
            problem: problem(503),
            retryable: true,
            retry_after_ms: Some(7),
        },
        7 => Outcome::StepError {
            problem: problem(402),
            retryable: false,
            retry_after_ms: None,
        },
        8 => Outcome::Stopped {
            stop: segue_model::outcome::Stop::Deadline,
            detail: String::new(),
        },
        _ => Outcome::HostFault {
            detail: "random".to_owned(),
        },
    }
}

/// Whether a run that is not over has something that will make it go on.
fn waits_for_something(driver: &Driver) -> bool {
    let outside = !driver.listeners.is_empty()
        || driver
            .children
            .values()
            .any(|child| child.attached || child.announce)
        || !driver.run.callbacks(&driver.plan).is_empty();
    outside || !driver.in_flight.is_empty() || !driver.timers.is_empty()
}

/// One thing that happens, if it can.
fn happen(driver: &mut Driver, bytes: &mut Bytes) -> bool {
    match bytes.below(12) {
        0..=3 if !driver.in_flight.is_empty() => end_an_attempt(driver, bytes),
        4 | 5 if !driver.timers.is_empty() => driver.fire_next(),
        6 => return driver.offer(),
        7 if !driver.listeners.is_empty() => {
            let n = bytes.below(9);
            driver.publish(json!({
                "id": format!("{:x}", driver.inbox.len()), "source": format!("/{}", n % 2),
                "type": (["a", "b", "c"][usize::from(n % 3)]), "data": {"n": n},
            }));
            return driver.offer();
        }
        8 | 9 => return tell_of_a_child(driver, bytes),
        10 => return answer_a_callback(driver, bytes),
        11 if bytes.below(4) == 0 => match driver.run.status() {
            Status::Suspended => driver.feed(Input::Resume),
            _ => driver.feed(Input::Suspend { reason: None }),
        },
        _ => return false,
    }
    true
}

fn end_an_attempt(driver: &mut Driver, bytes: &mut Bytes) {
    let index = usize::from(bytes.below(u8::try_from(driver.in_flight.len()).unwrap()));
    if bytes.below(10) == 0 {
        let attempt = driver.in_flight.remove(index);
        let (activity, attempt) = (attempt.activity, attempt.attempt);
        driver.feed(Input::FateUnknown { activity, attempt });
    } else {
        let outcome = outcome(bytes.below(10), bytes.below(9));
        driver.end_attempt(index, outcome);
    }
}

fn tell_of_a_child(driver: &mut Driver, bytes: &mut Bytes) -> bool {
    let wanted = driver
        .children
        .values()
        .find(|child| child.attached || child.announce);
    let Some(child) = wanted.cloned() else {
        return false;
    };
    let started = Input::ChildStarted {
        child: child.child,
        run: super::driver::run_id(),
        workflow: "test/other:1.0.0".parse().unwrap(),
    };
    if child.announce && driver.run.expects(&started) {
        driver.feed(started);
        if !child.attached {
            driver.children.remove(&child.child);
        }
        return true;
    }
    let end = match bytes.below(4) {
        0 => RunEnd::Cancelled { reason: None },
        1 => RunEnd::Faulted {
            problem: Problem::new(segue_model::problem::Kind::Runtime, "child"),
        },
        _ => RunEnd::Completed {
            output: Payload::new(json!({"n": bytes.below(9)})),
        },
    };
    driver.end_child(child.child, end);
    true
}

fn answer_a_callback(driver: &mut Driver, bytes: &mut Bytes) -> bool {
    let Some(pending) = driver.run.callbacks(&driver.plan).pop() else {
        return false;
    };
    driver.feed(Input::Callback {
        callback: pending.callback,
        answer: Payload::new(json!({"n": bytes.below(9)})),
        by: None,
    });
    true
}

/// Drives a run to its end with random outcomes, events, children, answers and crashes.
fn drive(driver: &mut Driver, bytes: &mut Bytes) {
    driver.start(json!({"n": 1}));
    let mut idle = 0;
    while driver.end().is_none() {
        assert!(
            waits_for_something(driver) || driver.run.status() == Status::Suspended,
            "a run that is not over waits for something"
        );
        if driver.journal.len() > INPUTS_MAX || idle > 40 {
            driver.feed(Input::Cancel { reason: None });
            break;
        }
        if bytes.below(8) == 0 {
            driver.crash();
        }
        idle += 1;
        if happen(driver, bytes) {
            idle = 0;
        } else if !driver.in_flight.is_empty() {
            driver.end_attempt(0, outcome(bytes.below(10), bytes.below(9)));
        } else if !driver.timers.is_empty() {
            driver.fire_next();
        } else {
            // Bytes that have run out choose nothing: the rest is gone through in turn.
            let _ = tell_of_a_child(driver, bytes) || answer_a_callback(driver, bytes);
            if driver.run.status() == Status::Suspended {
                driver.feed(Input::Resume);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn folding_the_journal_gives_the_rows_and_the_effects(
        shape in prop::collection::vec(any::<u8>(), 0..300),
        choices in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut driver = Driver::new(workflow(shape));
        let mut bytes = Bytes(choices.into_iter());
        drive(&mut driver, &mut bytes);

        let (effects, rows) = driver.fold();
        prop_assert_eq!(&rows, &driver.rows);
        prop_assert_eq!(&effects, &driver.effects);
        prop_assert_eq!(driver.rows.len(), 1, "only the root is left of a run that is over");
        prop_assert!(driver.timers.is_empty());
        prop_assert!(driver.listeners.is_empty());
        let mut left = driver.children.values();
        prop_assert!(left.all(|child| !child.attached), "attached children end with their parent");
    }

    #[test]
    fn a_run_restored_at_any_point_is_the_run_that_it_was(
        shape in prop::collection::vec(any::<u8>(), 0..300),
        choices in prop::collection::vec(any::<u8>(), 0..200),
        stop in 1usize..60,
    ) {
        let mut driver = Driver::new(workflow(shape));
        driver.start(json!({"n": 1}));
        let mut bytes = Bytes(choices.into_iter());
        for _ in 0..stop {
            if driver.end().is_none() {
                happen(&mut driver, &mut bytes);
            }
        }
        let restored = driver.restored();
        prop_assert_eq!(&restored.root, &driver.run.root);
        prop_assert_eq!(&restored.scopes, &driver.run.scopes);
        prop_assert_eq!(&restored.parts, &driver.run.parts);
        prop_assert_eq!(&restored.held, &driver.run.held);
        prop_assert_eq!(&restored.index, &driver.run.index);
        prop_assert_eq!(restored.outstanding(&driver.plan), driver.run.outstanding(&driver.plan));
        prop_assert_eq!(restored.status(), driver.run.status());
        let set: Vec<_> = driver.timers.keys().copied().collect();
        prop_assert_eq!(restored.timers(), set);
        let listeners: Vec<_> = restored.index.listens.keys().copied().collect();
        prop_assert_eq!(listeners, driver.listeners.keys().copied().collect::<Vec<_>>());
        if let Some(RunEnd::Completed { .. }) = driver.end() {
            prop_assert!(!restored.is_in_flight());
        }
    }
}
