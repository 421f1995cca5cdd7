//! Reserves and releases goods at a warehouse service. Both steps are effectful, and safe to
//! repeat: the service knows a reservation by the host's idempotency key, and releasing twice
//! is releasing once.

use segue_plugin::http::{Request, Response};
use segue_plugin::{Capability, Context, Step, StepError, log};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The type of the error for goods that the warehouse does not have.
const OUT_OF_STOCK: &str = "https://shop.example/problems/out-of-stock";

/// What `reserve` takes.
#[derive(Deserialize, Serialize, schemars::JsonSchema)]
struct Reserve {
    /// Where the warehouse service is.
    #[serde(skip_serializing)]
    service: String,
    /// What the goods are for.
    order: String,
    /// All of them are reserved, or none.
    #[schemars(length(min = 1))]
    lines: Vec<Line>,
}

#[derive(PartialEq, Debug, Deserialize, Serialize, schemars::JsonSchema)]
struct Line {
    sku: String,
    #[schemars(range(min = 1))]
    quantity: u32,
}

/// A reservation at the warehouse.
#[derive(PartialEq, Debug, Deserialize, Serialize, schemars::JsonSchema)]
struct Reservation {
    /// Its id, for `release`.
    reservation: String,
    lines: Vec<Line>,
}

impl Step for Reserve {
    const NAME: &str = "reserve";
    const TITLE: Option<&str> = Some("Reserve goods");
    const DESCRIPTION: Option<&str> = Some(
        "Reserves all lines or none. Goods that are missing end in `https://shop.example/problems/out-of-stock` (409, \
         not retryable), with the articles in `missing`.",
    );
    const CAPABILITIES: &[Capability] = &[Capability::Http];
    type Input = Self;
    type Output = Reservation;

    fn run(_: &Context, input: Self) -> Result<Reservation, StepError> {
        let url = format!("{}/reservations", input.service.trim_end_matches('/'));
        reserved(Request::post(url).json(&input)?.send()?)
    }
}

fn reserved(answer: Response) -> Result<Reservation, StepError> {
    if answer.status() == 409 {
        let missing = answer
            .json::<Value>()
            .ok()
            .and_then(|body| body.get("missing").cloned())
            .unwrap_or_default();
        return Err(
            StepError::new(OUT_OF_STOCK, "The warehouse does not have the goods")
                .status(409)
                .extension("missing", missing),
        );
    }
    Ok(answer.or_step_error()?.json()?)
}

/// What `release` takes.
#[derive(Deserialize, schemars::JsonSchema)]
struct Release {
    /// Where the warehouse service is.
    service: String,
    /// The id that `reserve` returned.
    #[schemars(length(min = 1))]
    reservation: String,
}

/// What is left of a reservation.
#[derive(PartialEq, Debug, Deserialize, Serialize, schemars::JsonSchema)]
struct Released {
    reservation: String,
    /// Always true: the goods are free again.
    released: bool,
}

impl Step for Release {
    const NAME: &str = "release";
    const TITLE: Option<&str> = Some("Release reserved goods");
    const CAPABILITIES: &[Capability] = &[Capability::Http];
    type Input = Self;
    type Output = Released;

    fn run(_: &Context, input: Self) -> Result<Released, StepError> {
        if !input
            .reservation
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        {
            return Err(StepError::invalid_input(
                "`reservation` is no id of a reservation",
            ));
        }
        let url = format!(
            "{}/reservations/{}/release",
            input.service.trim_end_matches('/'),
            input.reservation
        );
        let released = released(Request::post(url).send()?)?;
        log::info!("released {}", released.reservation);
        Ok(released)
    }
}

fn released(answer: Response) -> Result<Released, StepError> {
    Ok(answer.or_step_error()?.json()?)
}

segue_plugin::export!(Reserve, Release);

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response::new(status, [("content-type", "application/json")], body)
    }

    #[test]
    fn a_reservation_is_read_from_the_answer() {
        let body = r#"{"reservation":"rsv_1","lines":[{"sku":"MUG-01","quantity":2}]}"#;
        let reservation = reserved(answer(201, body)).unwrap();
        assert_eq!(reservation.reservation, "rsv_1");
        assert_eq!(
            reservation.lines,
            [Line {
                sku: "MUG-01".into(),
                quantity: 2
            }]
        );
    }

    #[test]
    fn missing_goods_are_final_and_listed() {
        let body = r#"{"missing":[{"sku":"MUG-01","wanted":2,"available":1}]}"#;
        let error = reserved(answer(409, body)).unwrap_err();
        assert_eq!(error.kind(), OUT_OF_STOCK);
        assert!(!error.is_retryable());
        assert_eq!(error.extensions()["missing"][0]["available"], 1);
    }

    #[test]
    fn a_busy_warehouse_is_worth_another_try() {
        assert!(reserved(answer(503, "")).unwrap_err().is_retryable());
        assert!(released(answer(500, "")).unwrap_err().is_retryable());
    }
}
