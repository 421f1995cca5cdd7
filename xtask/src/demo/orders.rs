//! The orders of the example, and how each is expected to end.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::failure::{Doing, Failure};

/// One order.
#[derive(Deserialize)]
pub(super) struct Order {
    pub(super) expect: Expect,
    pub(super) order: Value,
}

/// How an order ends (examples/order/README.md).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Expect {
    Completed,
    Declined,
    Invalid,
    Refused,
    #[serde(rename = "out of stock")]
    OutOfStock,
    #[serde(rename = "completed or out of stock")]
    CompletedOrOutOfStock,
    Unavailable,
}

impl Order {
    /// The order's own id, which is also the key under which it is sent.
    pub(super) fn id(&self) -> &str {
        self.order["id"].as_str().unwrap_or("")
    }

    /// The workflow's input.
    pub(super) fn input(&self, services: &str) -> Value {
        serde_json::json!({
            "order": self.order,
            "services": {
                "payment": format!("{services}/pay"),
                "stock": format!("{services}/stock"),
                "mail": format!("{services}/mail"),
            },
        })
    }
}

pub(super) fn load(file: &Path) -> Result<Vec<Order>, Failure> {
    let text = std::fs::read_to_string(file).doing(|| format!("read {}", file.display()))?;
    serde_json::from_str(&text).doing(|| format!("read the orders of {}", file.display()))
}
