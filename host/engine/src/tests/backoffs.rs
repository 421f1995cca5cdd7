//! How long a `try` waits before each retry, to the millisecond; the scenarios of the
//! conformance suite only know lower bounds.

use segue_model::ir::{
    Backoff, Catch, Deployed, Duration, RaisedError, RetryPolicy, TaskKind, Template,
};
use segue_model::{Span, Timestamp};
use serde_json::{Value, json};

use super::driver::Driver;
use super::random::{Builder, Bytes, plain};
use crate::{Effect, Note};

fn failing(retry: RetryPolicy) -> Deployed {
    let mut builder = Builder::new(Bytes(Vec::new().into_iter()));
    let error = RaisedError {
        kind: Template::Literal(json!("https://example.com/own")),
        status: Template::Literal(json!(503)),
        title: None,
        detail: None,
    };
    let fail = plain("fail", "/do/0/try/try/0/fail", TaskKind::Raise { error });
    let body = builder.add_block(vec![fail]);
    let catch = Catch {
        errors: None,
        variable: "error".to_owned(),
        when: None,
        except_when: None,
        retry: Some(retry),
        body: None,
        then: None,
    };
    let task = plain("try", "/do/0/try", TaskKind::Try { body, catch });
    let body = builder.add_block(vec![task]);
    builder.finish(body)
}

/// The wait before each retry, until the error goes on.
fn waits(retry: RetryPolicy) -> Vec<u64> {
    let mut driver = Driver::new(failing(retry));
    driver.start(Value::Null);
    let mut waits = Vec::new();
    while driver.end().is_none() {
        let now = driver.now;
        waits.extend(last_retry(&driver).map(|at| at.since(now)));
        driver.fire_next();
    }
    waits
}

fn last_retry(driver: &Driver) -> Option<Timestamp> {
    driver
        .effects
        .last()?
        .iter()
        .find_map(|effect| match effect {
            Effect::Note(Note::Retrying { at, .. }) => Some(*at),
            _ => None,
        })
}

fn policy(delay_ms: u64, backoff: Backoff, attempts: u32) -> RetryPolicy {
    RetryPolicy {
        delay: Some(Duration::Fixed(Span::from_ms(delay_ms))),
        backoff,
        attempts: Some(attempts),
        ..RetryPolicy::default()
    }
}

#[test]
fn a_constant_backoff_waits_the_same_each_time() {
    let retry = policy(1_000, Backoff::Constant, 3);
    assert_eq!(waits(retry), [1_000, 1_000, 1_000]);
}

#[test]
fn a_linear_backoff_adds_the_delay_up_to_its_cap() {
    let retry = policy(1_000, Backoff::Linear { cap_ms: 2_500 }, 4);
    assert_eq!(waits(retry), [1_000, 2_000, 2_500, 2_500]);
}

#[test]
fn an_exponential_backoff_multiplies_the_delay_up_to_its_cap() {
    let backoff = Backoff::Exponential {
        factor: 2.0,
        cap_ms: 5_000,
    };
    let retry = policy(1_000, backoff, 5);
    assert_eq!(waits(retry), [1_000, 2_000, 4_000, 5_000, 5_000]);
}

#[test]
fn no_retry_begins_after_the_time_of_all_of_them() {
    let retry = RetryPolicy {
        duration: Some(Duration::Fixed(Span::from_ms(5_000))),
        ..policy(2_000, Backoff::Constant, 100)
    };
    assert_eq!(waits(retry), [2_000, 2_000]);
}
