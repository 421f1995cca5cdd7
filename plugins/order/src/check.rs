//! From any JSON to an order, or to the list of everything that is wrong with it.

use serde::Serialize;
use serde_json::Value;

use crate::formats;
use crate::model::{Address, Customer, Line, Order};

/// So many mistakes are reported; an order with more is hardly an order.
const MAX_VIOLATIONS: usize = 50;
/// So many lines can an order have; a wholesale order goes another way.
const MAX_LINES: usize = 100;
/// The largest quantity of one article, over all lines.
const MAX_QUANTITY: u32 = 999;
/// The longest name, street or city, in characters.
const MAX_TEXT: usize = 120;

/// One mistake: where, and what is expected there.
#[derive(PartialEq, Debug, Serialize)]
pub(crate) struct Violation {
    /// A JSON pointer into the order (RFC 6901).
    pub(crate) pointer: String,
    /// What is wrong, in words that do not repeat the value.
    pub(crate) problem: String,
}

/// Checks all parts and returns the normalised order, or every mistake.
pub(crate) fn check(order: &Value) -> Result<Order, Vec<Violation>> {
    let mut checker = Checker {
        order,
        violations: Vec::new(),
    };
    match checker.order() {
        Some(order) if checker.violations.is_empty() => Ok(order),
        _ => {
            checker.violations.truncate(MAX_VIOLATIONS);
            Err(checker.violations)
        }
    }
}

struct Checker<'a> {
    order: &'a Value,
    violations: Vec<Violation>,
}

impl Checker<'_> {
    fn order(&mut self) -> Option<Order> {
        if !self.order.is_object() {
            return self.wrong("", "is not an object");
        }
        let id = self.text(
            "/id",
            "is not 1 to 64 letters, digits, `-` and `_`",
            formats::id,
        );
        let customer = self.customer();
        let address = self.address();
        let currency = self.text(
            "/currency",
            "is not a currency that we take",
            formats::currency,
        );
        let coupon = self.coupon();
        let card = self.card();
        let lines = self.lines();
        let units = lines
            .as_ref()
            .map(|lines| lines.iter().map(|line| line.quantity).sum());
        Some(Order {
            id: id?,
            customer: customer?,
            address: address?,
            currency: currency?,
            coupon: coupon?,
            card: card?,
            lines: lines?,
            units: units?,
        })
    }

    fn customer(&mut self) -> Option<Customer> {
        let name = self.line("/customer/name");
        let email = self.text(
            "/customer/email",
            "is not an e-mail address",
            formats::email,
        );
        Some(Customer {
            name: name?,
            email: email?,
        })
    }

    fn address(&mut self) -> Option<Address> {
        let street = self.line("/address/street");
        let city = self.line("/address/city");
        let country = self.text(
            "/address/country",
            "is not a country that we ship to",
            formats::country,
        );
        let postcode = country.as_deref().and_then(|country| {
            let problem = format!("is not a postcode of {country}");
            self.text("/address/postcode", &problem, |text| {
                formats::postcode(text, country)
            })
        });
        Some(Address {
            street: street?,
            postcode: postcode?,
            city: city?,
            country: country?,
        })
    }

    /// `Some(None)` for an order without a coupon.
    fn coupon(&mut self) -> Option<Option<String>> {
        match self.order.pointer("/coupon") {
            None | Some(Value::Null) => Some(None),
            Some(_) => self
                .text(
                    "/coupon",
                    "is not 3 to 20 letters and digits",
                    formats::coupon,
                )
                .map(Some),
        }
    }

    fn card(&mut self) -> Option<String> {
        let is_number = |value: &Value| value.as_str().is_some_and(formats::is_card_number);
        if self.order.pointer("/card").is_some_and(is_number) {
            return self.wrong(
                "/card",
                "is the number of a card; send the payment service's token instead",
            );
        }
        self.text(
            "/card",
            "is not a token of the payment service",
            formats::card_token,
        )
    }

    fn lines(&mut self) -> Option<Vec<Line>> {
        let Some(Value::Array(raw)) = self.order.pointer("/lines") else {
            return self.wrong("/lines", "is not a list");
        };
        if raw.is_empty() || raw.len() > MAX_LINES {
            return self.wrong("/lines", &format!("does not have 1 to {MAX_LINES} lines"));
        }
        let mut lines: Vec<Line> = Vec::new();
        for index in 0..raw.len() {
            if let Some(line) = self.one_line(index) {
                self.add(&mut lines, index, line);
            }
        }
        Some(lines)
    }

    fn one_line(&mut self, index: usize) -> Option<Line> {
        let sku = self.text(
            &format!("/lines/{index}/sku"),
            "is not an article number",
            formats::sku,
        );
        let pointer = format!("/lines/{index}/quantity");
        let quantity = self
            .order
            .pointer(&pointer)
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok());
        let Some(quantity) = quantity.filter(|n| (1..=MAX_QUANTITY).contains(n)) else {
            return self.wrong(
                &pointer,
                &format!("is not a whole number from 1 to {MAX_QUANTITY}"),
            );
        };
        Some(Line {
            sku: sku?,
            quantity,
        })
    }

    /// Adds a line to the one of the same article, if there is one.
    fn add(&mut self, lines: &mut Vec<Line>, index: usize, line: Line) {
        let Some(present) = lines.iter_mut().find(|present| present.sku == line.sku) else {
            lines.push(line);
            return;
        };
        present.quantity += line.quantity;
        if present.quantity > MAX_QUANTITY {
            present.quantity = MAX_QUANTITY;
            self.report(
                &format!("/lines/{index}/quantity"),
                &format!("makes more than {MAX_QUANTITY} of one article"),
            );
        }
    }

    fn line(&mut self, pointer: &str) -> Option<String> {
        let problem = format!("is not one line of 1 to {MAX_TEXT} characters");
        self.text(pointer, &problem, |text| formats::line(text, MAX_TEXT))
    }

    fn text(
        &mut self,
        pointer: &str,
        problem: &str,
        normal: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        match self.order.pointer(pointer) {
            None | Some(Value::Null) => self.wrong(pointer, "is missing"),
            Some(Value::String(text)) => match normal(text) {
                Some(text) => Some(text),
                None => self.wrong(pointer, problem),
            },
            Some(_) => self.wrong(pointer, "is not text"),
        }
    }

    fn wrong<T>(&mut self, pointer: &str, problem: &str) -> Option<T> {
        self.report(pointer, problem);
        None
    }

    fn report(&mut self, pointer: &str, problem: &str) {
        self.violations.push(Violation {
            pointer: pointer.to_owned(),
            problem: problem.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        json!({
            "id": "ord-1",
            "customer": { "name": " Ada  Lovelace", "email": "ada@Example.org" },
            "address": { "street": "1 High Street", "postcode": "sw1a 1aa", "city": "London", "country": "gb" },
            "currency": "gbp",
            "coupon": "welcome10",
            "card": "tok_visa_4242",
            "lines": [
                { "sku": "mug-01", "quantity": 2 },
                { "sku": "PEN-02", "quantity": 1 },
                { "sku": "MUG-01", "quantity": 3 }
            ]
        })
    }

    fn pointers(order: &Value) -> Vec<String> {
        check(order)
            .unwrap_err()
            .into_iter()
            .map(|violation| violation.pointer)
            .collect()
    }

    #[test]
    fn a_good_order_comes_back_normalised_with_one_line_for_each_article() {
        let order = check(&good()).unwrap();
        assert_eq!(order.customer.name, "Ada Lovelace");
        assert_eq!(order.address.postcode, "SW1A 1AA");
        assert_eq!(order.coupon.as_deref(), Some("WELCOME10"));
        let lines: Vec<(&str, u32)> = order
            .lines
            .iter()
            .map(|line| (line.sku.as_str(), line.quantity))
            .collect();
        assert_eq!(lines, [("MUG-01", 5), ("PEN-02", 1)]);
        assert_eq!(order.units, 6);
    }

    #[test]
    fn a_normalised_order_is_valid_and_does_not_change() {
        let order = check(&good()).unwrap();
        assert_eq!(
            check(&serde_json::to_value(&order).unwrap()).unwrap(),
            order
        );
    }

    #[test]
    fn every_mistake_is_reported_at_its_place() {
        let mut order = good();
        order["customer"]["email"] = json!("nobody");
        order["currency"] = json!("XXX");
        order["lines"][1]["quantity"] = json!(0);
        order["lines"][2]["sku"] = json!(7);
        order["address"] = json!(null);
        assert_eq!(
            pointers(&order),
            [
                "/customer/email",
                "/address/street",
                "/address/city",
                "/address/country",
                "/currency",
                "/lines/1/quantity",
                "/lines/2/sku"
            ]
        );
    }

    #[test]
    fn quantities_that_are_fractions_negative_or_too_many_together_are_mistakes() {
        for quantity in [json!(1.5), json!(-1), json!("2"), json!(1000), json!(1e300)] {
            let mut order = good();
            order["lines"][0]["quantity"] = quantity;
            assert_eq!(pointers(&order), ["/lines/0/quantity"]);
        }
        let mut order = good();
        order["lines"] =
            json!([{ "sku": "MUG-01", "quantity": 999 }, { "sku": "MUG-01", "quantity": 1 }]);
        assert_eq!(pointers(&order), ["/lines/1/quantity"]);
    }

    #[test]
    fn the_number_of_a_card_is_refused_and_not_repeated() {
        let mut order = good();
        order["card"] = json!("4111111111111111");
        let violations = check(&order).unwrap_err();
        assert_eq!(violations.len(), 1);
        assert!(violations[0].problem.contains("token"));
        assert!(!violations[0].problem.contains("4111"));
    }

    #[test]
    fn what_is_no_order_at_all_gives_a_bounded_list() {
        assert_eq!(pointers(&json!(7)), [""]);
        let lines: Vec<Value> = (0..100).map(|_| json!(null)).collect();
        let mut order = good();
        order["lines"] = json!(lines);
        assert_eq!(check(&order).unwrap_err().len(), MAX_VIOLATIONS);
    }
}
