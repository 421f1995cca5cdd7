//! The orders of an online shop: `validate` checks and normalises one, `compose` writes the
//! mail about it. Both are pure.

mod check;
mod compose;
mod formats;
mod model;

use segue_plugin::{Context, Step, StepError, log};
use serde::Deserialize;
use serde_json::Value;

use model::{Mail, Order};

/// The type of the error for an order that cannot be taken.
const INVALID_ORDER: &str = "https://shop.example/problems/invalid-order";

/// What `validate` takes.
#[derive(Deserialize, schemars::JsonSchema)]
struct Validate {
    /// The order as it came from the shop; every mistake in it is reported, not just the first.
    order: Value,
}

impl Step for Validate {
    const NAME: &str = "validate";
    const TITLE: Option<&str> = Some("Check an order");
    const DESCRIPTION: Option<&str> = Some(
        "Checks every part of an order and returns it normalised: codes in upper case, one line for each article. \
         An order with mistakes ends in `https://shop.example/problems/invalid-order` (422), with one entry for each \
         mistake in `violations`.",
    );
    type Input = Self;
    type Output = Order;

    fn run(_: &Context, input: Self) -> Result<Order, StepError> {
        let order = check::check(&input.order).map_err(|violations| {
            StepError::new(INVALID_ORDER, "The order is not valid")
                .status(422)
                .detail(format!(
                    "{} mistakes; the first: {}",
                    violations.len(),
                    first(&violations)
                ))
                .extension("violations", &violations)
        })?;
        log::info!(
            "order {}: {} lines, {} units",
            order.id,
            order.lines.len(),
            order.units
        );
        Ok(order)
    }
}

fn first(violations: &[check::Violation]) -> String {
    violations
        .first()
        .map(|first| format!("{} {}", first.pointer, first.problem))
        .unwrap_or_default()
}

/// What `compose` takes.
#[derive(Deserialize, schemars::JsonSchema)]
struct Compose {
    order: Order,
    outcome: compose::Outcome,
}

impl Step for Compose {
    const NAME: &str = "compose";
    const TITLE: Option<&str> = Some("Write the mail about an order");
    type Input = Self;
    type Output = Mail;

    fn run(_: &Context, input: Self) -> Result<Mail, StepError> {
        Ok(compose::mail(&input.order, &input.outcome))
    }
}

segue_plugin::export!(Validate, Compose);
