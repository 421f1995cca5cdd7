//! Charges cards through a payment service. The step is effectful: the service takes the
//! `Idempotency-Key` that the host adds, so that an attempt of unknown fate charges only once.

use segue_plugin::http::{Request, Response};
use segue_plugin::{Capability, Context, Limits, Step, StepError, log};
use serde::{Deserialize, Serialize};

/// The type of the error for a card that the service declined.
const CARD_DECLINED: &str = "https://shop.example/problems/card-declined";

/// What `charge` takes.
#[derive(Deserialize, Serialize, schemars::JsonSchema)]
struct Charge {
    /// Where the payment service is, for example `https://pay.example.com`.
    #[serde(skip_serializing)]
    service: String,
    /// What the charge is for.
    order: String,
    /// In the smallest unit of the currency, for example cents.
    #[schemars(range(min = 1))]
    amount_minor: u64,
    /// ISO 4217.
    currency: String,
    /// The token that stands for the card.
    card: String,
}

/// What the service answers.
#[derive(PartialEq, Debug, Deserialize, Serialize, schemars::JsonSchema)]
struct Charged {
    /// The charge's id at the service.
    charge: String,
    amount_minor: u64,
    currency: String,
}

impl Step for Charge {
    const NAME: &str = "charge";
    const TITLE: Option<&str> = Some("Charge a card");
    const DESCRIPTION: Option<&str> = Some(
        "Charges once for each idempotency key. A declined card ends in \
         `https://shop.example/problems/card-declined` (402, not retryable, with `decline_code`); a busy service in a \
         retryable problem that says how long to wait.",
    );
    const CAPABILITIES: &[Capability] = &[Capability::Http];
    const LIMITS: Limits = Limits {
        time: Some(std::time::Duration::from_secs(30)),
        ..Limits::UNSPECIFIED
    };
    type Input = Self;
    type Output = Charged;

    fn run(context: &Context, input: Self) -> Result<Charged, StepError> {
        log::info!(
            "attempt {} to charge {} {}",
            context.attempt,
            input.amount_minor,
            input.currency
        );
        let url = format!("{}/charges", input.service.trim_end_matches('/'));
        charged(&input, Request::post(url).json(&input)?.send()?)
    }
}

/// What the answer means.
fn charged(asked: &Charge, answer: Response) -> Result<Charged, StepError> {
    if answer.status() == 402 {
        return Err(declined(&answer));
    }
    let charged: Charged = answer.or_step_error()?.json()?;
    if charged.amount_minor != asked.amount_minor || charged.currency != asked.currency {
        return Err(StepError::other(format!(
            "the service charged {} {} where {} {} were asked for",
            charged.amount_minor, charged.currency, asked.amount_minor, asked.currency
        )));
    }
    Ok(charged)
}

fn declined(answer: &Response) -> StepError {
    #[derive(Deserialize)]
    struct Decline {
        decline_code: String,
    }
    let code = answer
        .json::<Decline>()
        .map_or_else(|_| "unknown".to_owned(), |decline| decline.decline_code);
    StepError::new(CARD_DECLINED, "The card was declined")
        .status(402)
        .detail(code.replace('_', " "))
        .extension("decline_code", code)
}

segue_plugin::export!(Charge);

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn asked() -> Charge {
        Charge {
            service: "http://127.0.0.1:1".into(),
            order: "ord-1".into(),
            amount_minor: 1250,
            currency: "EUR".into(),
            card: "tok_visa_4242".into(),
        }
    }

    fn answer(status: u16, body: &str) -> Response {
        Response::new(status, [("content-type", "application/json")], body)
    }

    #[test]
    fn a_charge_is_read_from_the_answer() {
        let body = r#"{"charge":"ch_1","amount_minor":1250,"currency":"EUR"}"#;
        assert_eq!(charged(&asked(), answer(201, body)).unwrap().charge, "ch_1");
    }

    #[test]
    fn a_decline_is_final_and_names_its_code() {
        let error = charged(
            &asked(),
            answer(402, r#"{"decline_code":"insufficient_funds"}"#),
        )
        .unwrap_err();
        assert_eq!(error.kind(), CARD_DECLINED);
        assert_eq!(error.status_code(), Some(402));
        assert!(!error.is_retryable());
        assert_eq!(error.extensions()["decline_code"], "insufficient_funds");
    }

    #[test]
    fn a_busy_service_is_worth_another_try_after_the_time_it_names() {
        let busy = Response::new(503, [("retry-after", "1")], "");
        let error = charged(&asked(), busy).unwrap_err();
        assert!(error.is_retryable());
        assert_eq!(error.waits(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_key_that_was_used_for_another_charge_is_final() {
        assert!(
            !charged(&asked(), answer(422, ""))
                .unwrap_err()
                .is_retryable()
        );
    }

    #[test]
    fn another_amount_than_asked_for_is_an_error() {
        let body = r#"{"charge":"ch_1","amount_minor":1,"currency":"EUR"}"#;
        assert!(charged(&asked(), answer(201, body)).is_err());
    }

    #[test]
    fn the_service_is_not_told_its_own_address() {
        let sent = serde_json::to_value(asked()).unwrap();
        assert!(sent.get("service").is_none());
        assert_eq!(sent["amount_minor"], 1250);
    }
}
