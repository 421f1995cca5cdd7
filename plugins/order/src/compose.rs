//! The mail that tells a customer what became of the order.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Mail, Order};

/// How the order went.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Paid: the goods are on their way.
    Completed {
        /// The amount with its currency, for people.
        total: String,
        /// The charge at the payment service.
        charge: String,
    },
    /// Not paid: nothing is sent and nothing is owed.
    Declined {
        /// Why, in the words of the payment service.
        reason: String,
    },
}

/// Writes the mail.
pub(crate) fn mail(order: &Order, outcome: &Outcome) -> Mail {
    let (subject, news) = match outcome {
        Outcome::Completed { total, charge } => (
            format!("Your order {} is on its way", order.id),
            format!(
                "we have charged {total} (reference {charge}) and are packing:\n\n{}",
                packing_list(order)
            ),
        ),
        Outcome::Declined { reason } => (
            format!("Your order {} could not be paid", order.id),
            format!(
                "your card was declined ({reason}). Nothing was charged, and nothing will be sent."
            ),
        ),
    };
    let text = format!("Dear {},\n\n{news}\n\nYour shop\n", order.customer.name);
    Mail {
        to: order.customer.email.clone(),
        subject,
        text,
    }
}

fn packing_list(order: &Order) -> String {
    let lines: Vec<String> = order
        .lines
        .iter()
        .map(|line| format!("  {:>3} x {}", line.quantity, line.sku))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Customer, Line};

    fn order() -> Order {
        Order {
            id: "ord-7".into(),
            customer: Customer {
                name: "Ada".into(),
                email: "ada@example.org".into(),
            },
            address: Address {
                street: "1 High Street".into(),
                postcode: "SW1A 1AA".into(),
                city: "London".into(),
                country: "GB".into(),
            },
            currency: "GBP".into(),
            coupon: None,
            card: "tok_visa_4242".into(),
            lines: vec![Line {
                sku: "MUG-01".into(),
                quantity: 12,
            }],
            units: 12,
        }
    }

    #[test]
    fn a_paid_order_lists_what_is_packed() {
        let outcome = Outcome::Completed {
            total: "12.00 GBP".into(),
            charge: "ch_1".into(),
        };
        let mail = mail(&order(), &outcome);
        assert_eq!(mail.to, "ada@example.org");
        assert!(mail.subject.contains("on its way"));
        assert!(mail.text.contains(" 12 x MUG-01"), "{}", mail.text);
    }

    #[test]
    fn a_declined_order_says_that_nothing_was_charged() {
        let mail = mail(
            &order(),
            &Outcome::Declined {
                reason: "insufficient funds".into(),
            },
        );
        assert!(mail.text.contains("Nothing was charged"), "{}", mail.text);
        assert!(!mail.text.contains("MUG-01"));
    }
}
