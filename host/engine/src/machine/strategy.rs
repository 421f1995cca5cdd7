//! Which events a listener takes: strategies, filters, correlation.

use segue_model::ir::{Correlation, Filter, Strategy, Test, Until};
use serde_json::{Map, Value};

use crate::data::{Evaluated, Place};
use crate::plan::filters;
use crate::state::Listening;

/// An event that a listener takes.
pub(crate) struct Taken {
    /// It is one of those that end the listening, not one of those that are listened for.
    pub(super) until: bool,
    /// The filter that it meets.
    pub(super) filter: u32,
    /// Correlation keys that it binds.
    pub(super) keys: Map<String, Value>,
}

/// Whether and how a listener takes an event. Those of `until` come first: an event that ends
/// the listening is not part of what was listened for.
pub(crate) fn weigh(
    place: &Place<'_>,
    strategy: &Strategy,
    listening: &Listening,
    event: &Value,
) -> Evaluated<Option<Taken>> {
    let keys = &listening.keys;
    if let Strategy::Any {
        until: Some(Until::Events(until)),
        ..
    } = strategy
        && let Some((filter, keys)) = pick(place, until, &listening.until_met, (keys, event))?
    {
        return Ok(Some(Taken {
            until: true,
            filter,
            keys,
        }));
    }
    let taken = pick(place, strategy, &listening.met, (keys, event))?;
    Ok(taken.map(|(filter, keys)| Taken {
        until: false,
        filter,
        keys,
    }))
}

/// The first filter that has no event yet and that this one meets, and the keys that it binds.
fn pick(
    place: &Place<'_>,
    strategy: &Strategy,
    met: &[u32],
    (keys, event): (&Map<String, Value>, &Value),
) -> Evaluated<Option<(u32, Map<String, Value>)>> {
    let filters = match strategy {
        Strategy::One(filter) => std::slice::from_ref(filter),
        Strategy::Any { filters, .. } if filters.is_empty() => return Ok(Some((0, Map::new()))),
        Strategy::Any { filters, .. } | Strategy::All(filters) => filters,
    };
    let all = matches!(strategy, Strategy::All(_));
    for (index, filter) in (0..).zip(filters) {
        if all && met.contains(&index) {
            continue;
        }
        if let Some(bound) = meets(place, filter, keys, event)? {
            return Ok(Some((index, bound)));
        }
    }
    Ok(None)
}

/// Whether the events of `until` have all come.
pub(super) fn is_met(strategy: &Strategy, met: &[u32]) -> bool {
    match strategy {
        Strategy::All(filters) => met.len() >= filters.len(),
        Strategy::One(_) | Strategy::Any { .. } => !met.is_empty(),
    }
}

/// The keys that an event binds, where it meets the filter. What costs nothing is tested
/// first, so that an expression sees only events of the kind that it was written for.
fn meets(
    place: &Place<'_>,
    filter: &Filter,
    keys: &Map<String, Value>,
    event: &Value,
) -> Evaluated<Option<Map<String, Value>>> {
    let plain = filter.with.iter().all(|(name, test)| {
        let value = event.get(name);
        match test {
            Test::Equals(wanted) => value.is_some_and(|value| same(wanted, value)),
            Test::Matches(pattern) => value
                .and_then(Value::as_str)
                .is_some_and(|text| place.plan.matches(pattern, text)),
            Test::Expr(_) => true,
        }
    });
    if !plain {
        return Ok(None);
    }
    for (name, test) in &filter.with {
        let Test::Expr(id) = test else { continue };
        let value = event.get(name).unwrap_or(&Value::Null);
        let holds = match place.value(*id, value)? {
            Value::Bool(holds) => holds,
            wanted => same(&wanted, value),
        };
        if !holds {
            return Ok(None);
        }
    }
    correlate(place, &filter.correlate, keys, event)
}

/// Keys that are bound must be equal; others are bound now. What an event does not have (null)
/// correlates with nothing.
fn correlate(
    place: &Place<'_>,
    correlations: &[Correlation],
    keys: &Map<String, Value>,
    event: &Value,
) -> Evaluated<Option<Map<String, Value>>> {
    let mut bound = Map::new();
    for correlation in correlations {
        let value = place.value(correlation.from, event)?;
        let key = &correlation.key;
        match keys.get(key).or_else(|| bound.get(key)) {
            _ if value.is_null() => return Ok(None),
            Some(wanted) if !same(wanted, &value) => return Ok(None),
            Some(_) => {}
            None => {
                bound.insert(key.clone(), value);
            }
        }
    }
    Ok(Some(bound))
}

/// The types of events that can matter; none is any.
pub(super) fn types(strategy: &Strategy) -> Option<Vec<String>> {
    let any = |strategy: &Strategy| matches!(strategy, Strategy::Any { filters, .. } if filters.is_empty());
    let until_any = match strategy {
        Strategy::Any {
            until: Some(Until::Events(until)),
            ..
        } => any(until),
        _ => false,
    };
    if any(strategy) || until_any {
        return None;
    }
    let of = |filter: &Filter| {
        filter.with.iter().find_map(|(name, test)| match test {
            Test::Equals(Value::String(kind)) if name == "type" => Some(kind.clone()),
            _ => None,
        })
    };
    let mut types: Vec<String> = filters(strategy)
        .into_iter()
        .map(of)
        .collect::<Option<_>>()?;
    types.sort();
    types.dedup();
    Some(types)
}

/// Equal as jq has it: numbers by their value, objects whatever the order of their members.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        (Value::Object(x), Value::Object(y)) => {
            let member = |(name, x): (&String, &Value)| y.get(name).is_some_and(|y| same(x, y));
            x.len() == y.len() && x.iter().all(member)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equality_is_of_values_not_of_spellings() {
        assert!(same(
            &json!({"a": 1, "b": [2.0]}),
            &json!({"b": [2], "a": 1.0})
        ));
        assert!(!same(&json!({"a": 1}), &json!({"a": 1, "b": null})));
        assert!(!same(&json!("1"), &json!(1)));
    }

    #[test]
    fn a_strategy_knows_the_types_that_can_matter() {
        let of = |kind: &str| Filter {
            with: vec![("type".to_owned(), Test::Equals(json!(kind)))],
            correlate: Vec::new(),
        };
        let until = |strategy| Some(Until::Events(Box::new(strategy)));
        let any = |filters, until| Strategy::Any { filters, until };
        let both = any(vec![of("b")], until(Strategy::One(of("a"))));
        assert_eq!(types(&both), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(types(&any(Vec::new(), None)), None);
        assert_eq!(
            types(&Strategy::All(vec![of("a"), Filter::default()])),
            None
        );
        assert_eq!(
            types(&any(vec![of("b")], until(any(Vec::new(), None)))),
            None
        );
    }
}
