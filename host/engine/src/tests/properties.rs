//! For random workflows and random outcomes: folding the journal gives the state rows, the
//! same inputs give the same effects, and a run that is not over waits for something.

use proptest::prelude::*;
use segue_model::{Outcome, Payload, Problem};
use serde_json::json;

use super::driver::Driver;
use super::random::{Bytes, workflow};
use crate::{Input, RunEnd};

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

/// Drives a run to its end with random outcomes and crashes.
fn drive(driver: &mut Driver, bytes: &mut Bytes) {
    driver.start(json!({"n": 1}));
    while driver.end().is_none() {
        assert!(
            !driver.in_flight.is_empty() || !driver.timers.is_empty(),
            "a run that is not over waits for something"
        );
        if driver.journal.len() > INPUTS_MAX {
            driver.feed(Input::Cancel { reason: None });
            break;
        }
        if bytes.below(8) == 0 {
            driver.crash();
        }
        let fire =
            !driver.timers.is_empty() && (driver.in_flight.is_empty() || bytes.below(4) == 0);
        if fire {
            driver.fire_next();
            continue;
        }
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
    }

    #[test]
    fn a_run_restored_at_any_point_is_the_run_that_it_was(
        shape in prop::collection::vec(any::<u8>(), 0..300),
        stop in 1usize..20,
    ) {
        let mut driver = Driver::new(workflow(shape));
        driver.start(json!({"n": 1}));
        for _ in 0..stop {
            if driver.end().is_some() {
                break;
            } else if driver.in_flight.is_empty() {
                driver.fire_next();
            } else {
                driver.complete(json!({"n": 2}));
            }
        }
        let restored = driver.restored();
        prop_assert_eq!(&restored.root, &driver.run.root);
        prop_assert_eq!(&restored.scopes, &driver.run.scopes);
        prop_assert_eq!(restored.in_flight(&driver.plan), driver.run.in_flight(&driver.plan));
        prop_assert_eq!(restored.status(), driver.run.status());
        if let Some(RunEnd::Completed { .. }) = driver.end() {
            prop_assert!(!restored.is_in_flight());
        }
    }
}
