//! What was found against what is expected.

use serde_json::Value;

use super::sentence::Order;

type Verdict = Result<(), String>;

/// A verdict with both sides.
pub(super) fn differ(expected: impl std::fmt::Display, found: impl std::fmt::Display) -> String {
    format!("\n        expected: {expected}\n        found:    {found}")
}

fn verdict(ok: bool, why: impl FnOnce() -> String) -> Verdict {
    if ok { Ok(()) } else { Err(why()) }
}

/// Equal as JSON; numbers by their value.
pub(super) fn same(found: &Value, expected: &Value) -> Verdict {
    verdict(equal(found, expected), || differ(expected, found))
}

pub(super) fn equal(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => found == expected,
    }
}

/// Every expected member is there, at every depth.
pub(super) fn contains(found: &Value, expected: &Value) -> Verdict {
    fn within(found: &Value, expected: &Value) -> bool {
        match (found, expected) {
            (Value::Object(found), Value::Object(expected)) => expected
                .iter()
                .all(|(name, value)| found.get(name).is_some_and(|found| within(found, value))),
            _ => equal(found, expected),
        }
    }
    verdict(within(found, expected), || differ(expected, found))
}

/// A member by its path, `a.b.0.c`; a name with dots in it may stand as a whole.
pub(super) fn member<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => value.get(name),
    })
}

pub(super) fn properties(output: &Value, names: &[String]) -> Verdict {
    let missing: Vec<_> = names
        .iter()
        .filter(|name| member(output, name).is_none())
        .collect();
    verdict(missing.is_empty(), || {
        format!("{missing:?} are missing in {output}")
    })
}

pub(super) fn property(output: &Value, name: &str, expected: &Value) -> Verdict {
    let found = member(output, name);
    match found {
        Some(found) => same(found, expected),
        None => Err(format!("there is no `{name}` in {output}")),
    }
}

pub(super) fn items(output: &Value, name: &str, count: usize) -> Verdict {
    let found = member(output, name).and_then(Value::as_array).map(Vec::len);
    verdict(found == Some(count), || {
        differ(format!("{count} items in `{name}`"), output)
    })
}

/// Whether a task ran as it should among all that were entered, in their order.
pub(super) fn order(tasks: &[String], name: &str, order: &Order) -> Verdict {
    let first = |name: &str| tasks.iter().position(|task| task == name);
    let last = |name: &str| tasks.iter().rposition(|task| task == name);
    let count = tasks.iter().filter(|task| *task == name).count();
    let ok = match order {
        Order::First => tasks.first().is_some_and(|task| task == name),
        Order::Last => tasks.last().is_some_and(|task| task == name),
        Order::Never => count == 0,
        Order::Times(expected) => count == *expected,
        Order::Before(other) => {
            matches!((first(name), first(other)), (Some(a), Some(b)) if a < b)
        }
        Order::After(other) => matches!((last(name), first(other)), (Some(a), Some(b)) if a > b),
    };
    verdict(ok, || {
        differ(format!("`{name}` runs {order:?}"), format!("{tasks:?}"))
    })
}

/// Whether one of some diagnostics or warnings has these words in it.
pub(super) fn mentions(found: &[Value], words: &str) -> Verdict {
    let wanted = words.to_lowercase();
    let has = |value: &Value| value.to_string().to_lowercase().contains(&wanted);
    verdict(found.iter().any(has), || {
        let found: Vec<String> = found.iter().map(Value::to_string).collect();
        differ(format!("`{words}` in one of them"), found.join("; "))
    })
}

/// Whether one of some diagnostics has that code.
pub(super) fn has_code(found: &[Value], code: &str) -> Verdict {
    let codes: Vec<_> = found.iter().filter_map(|d| d["code"].as_str()).collect();
    verdict(codes.contains(&code), || differ(code, format!("{codes:?}")))
}

/// The texts inside of a value that are long enough to be a secret.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) if text.len() >= 6 => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_equal_by_value_and_members_in_any_order() {
        assert!(same(&json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1.0})).is_ok());
        assert!(same(&json!({"a": 1}), &json!({"a": 1, "b": null})).is_err());
        assert!(same(&json!("1"), &json!(1)).is_err());
    }

    #[test]
    fn a_part_of_an_error_is_enough_but_must_be_equal() {
        let found = json!({"type": "t", "status": 400, "cause": {"type": "u", "status": 1}});
        assert!(contains(&found, &json!({"status": 400, "cause": {"type": "u"}})).is_ok());
        assert!(contains(&found, &json!({"status": 401})).is_err());
    }

    #[test]
    fn orders_look_at_every_entry_of_a_task() {
        let tasks = ["a", "b", "a"].map(str::to_owned);
        for (name, expected, holds) in [
            ("a", Order::First, true),
            ("a", Order::Last, true),
            ("b", Order::Last, false),
            ("a", Order::Times(2), true),
            ("a", Order::After("b".to_owned()), true),
            ("c", Order::After("b".to_owned()), false),
            ("c", Order::Never, true),
        ] {
            assert_eq!(
                order(&tasks, name, &expected).is_ok(),
                holds,
                "{name} {expected:?}"
            );
        }
    }
}
