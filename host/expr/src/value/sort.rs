//! A stable merge sort whose comparison may fail: the standard library's cannot be stopped
//! when the budget is gone.

use std::cmp::Ordering;

use crate::meter::{Limit, Meter};

/// Sorts `items`, stably.
pub(crate) fn sort<T>(
    meter: &mut Meter,
    items: Vec<T>,
    mut compare: impl FnMut(&mut Meter, &T, &T) -> Result<Ordering, Limit>,
) -> Result<Vec<T>, Limit> {
    let mut runs: Vec<Vec<T>> = items.into_iter().map(|item| vec![item]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(meter, left, right, &mut compare)?,
                None => left,
            });
        }
        runs = merged;
    }
    Ok(runs.pop().unwrap_or_default())
}

fn merge<T>(
    meter: &mut Meter,
    left: Vec<T>,
    right: Vec<T>,
    compare: &mut impl FnMut(&mut Meter, &T, &T) -> Result<Ordering, Limit>,
) -> Result<Vec<T>, Limit> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        meter.steps(1)?;
        // On a tie the left one goes first: that is what makes it stable.
        let next = if compare(meter, first, second)? == Ordering::Greater {
            right.next()
        } else {
            left.next()
        };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Bounds;

    #[test]
    fn it_sorts_stably_and_stops_at_the_limit() {
        let items: Vec<(u32, u32)> = (0..1000).map(|i| (i * 7919 % 13, i)).collect();
        let mut expected = items.clone();
        expected.sort_by_key(|(key, _)| *key);
        let mut meter = Meter::new(Bounds::default());
        assert_eq!(
            sort(&mut meter, items.clone(), |_, a, b| Ok(a.0.cmp(&b.0))),
            Ok(expected)
        );
        let mut meter = Meter::new(Bounds {
            steps: 100,
            bytes: 100,
        });
        assert_eq!(
            sort(&mut meter, items, |_, a, b| Ok(a.0.cmp(&b.0))),
            Err(Limit::Steps)
        );
    }
}
