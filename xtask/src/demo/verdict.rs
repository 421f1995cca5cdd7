//! What passed and what did not.

use serde_json::Value;

use super::orders::{Expect, Order};
use crate::failure::Failure;

pub(super) struct Verdict {
    pub(super) what: String,
    pub(super) passed: bool,
}

impl Verdict {
    pub(super) fn check(what: impl Into<String>, passed: bool) -> Verdict {
        Verdict {
            what: what.into(),
            passed,
        }
    }
}

/// How a run ended, in a word: its output's status, or the last part of its problem's type.
pub(super) fn ending(run: &Value) -> String {
    let own = run["output"]["status"].as_str();
    let problem = run["problem"]["type"]
        .as_str()
        .and_then(|t| t.rsplit(['/', ':']).next());
    own.or(problem)
        .or(run["status"].as_str())
        .unwrap_or("unknown")
        .to_owned()
}

/// Whether an order ended as expected.
pub(super) fn of_order((order, run): (&Order, &Value)) -> Verdict {
    let ending = ending(run);
    let ending = ending.as_str();
    let passed = match order.expect {
        Expect::Completed => ending == "completed",
        Expect::Declined => ending == "declined",
        Expect::Invalid => ending == "invalid-order",
        Expect::Refused => matches!(ending, "unknown-coupon" | "coupon-not-applicable"),
        Expect::OutOfStock => ending == "out-of-stock",
        Expect::CompletedOrOutOfStock => matches!(ending, "completed" | "out-of-stock"),
        Expect::Unavailable => ending == "payment-unavailable",
    };
    let what = format!(
        "order {} ends as expected ({:?}), it ended {ending}",
        order.id(),
        order.expect
    );
    Verdict { what, passed }
}

/// Prints the failed ones and the closing line.
pub(super) fn report(verdicts: &[Verdict]) -> Result<(), Failure> {
    let failed = verdicts.iter().filter(|v| !v.passed).count();
    for verdict in verdicts.iter().filter(|v| !v.passed) {
        println!("FAILED: {}", verdict.what);
    }
    println!("demo: {} passed, {failed} failed", verdicts.len() - failed);
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::new("the demonstration did not pass"))
    }
}
