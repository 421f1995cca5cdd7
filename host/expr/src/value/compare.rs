//! The order and equality of values: null < false < true < numbers < texts < arrays < objects.

use std::cmp::Ordering;

use super::{Array, Object, Text, V, number, sort};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter};

/// Which order is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The one of `<`: NaN is less than everything, itself included.
    Operator,
    /// The one for sorting, where NaN equals itself.
    Total,
}

/// Compares two values.
pub(crate) fn compare(
    meter: &mut Meter,
    order: Order,
    left: &V<'_>,
    right: &V<'_>,
) -> Result<Ordering, Limit> {
    at(meter, order, left, right, 0)
}

fn at(
    meter: &mut Meter,
    order: Order,
    left: &V<'_>,
    right: &V<'_>,
    depth: u32,
) -> Result<Ordering, Limit> {
    meter.steps(1)?;
    if depth > DEPTH_MAX {
        return Err(Limit::Depth);
    }
    match (left, right) {
        (V::Bool(left), V::Bool(right)) => Ok(left.cmp(right)),
        (V::Num(left), V::Num(right)) => {
            number::charge(meter, left, right, false)?;
            let both_nan = || number::as_f64(left).is_nan() && number::as_f64(right).is_nan();
            if order == Order::Total && both_nan() {
                return Ok(Ordering::Equal);
            }
            Ok(left.cmp(right))
        }
        (V::Text(left), V::Text(right)) => {
            meter.scan(left.len().min(right.len()))?;
            Ok(left.as_bytes().cmp(right.as_bytes()))
        }
        (V::Array(left), V::Array(right)) => arrays(meter, order, left, right, depth),
        (V::Object(left), V::Object(right)) => objects(meter, order, left, right, depth),
        (left, right) => Ok(rank(left).cmp(&rank(right))),
    }
}

fn rank(value: &V<'_>) -> u8 {
    match value {
        V::Null => 0,
        V::Bool(_) => 1,
        V::Num(_) => 2,
        V::Text(_) => 3,
        V::Array(_) => 4,
        V::Object(_) => 5,
    }
}

fn arrays(
    meter: &mut Meter,
    order: Order,
    left: &Array<'_>,
    right: &Array<'_>,
    depth: u32,
) -> Result<Ordering, Limit> {
    for (left, right) in left.iter().zip(right.iter()) {
        match at(meter, order, &left, &right, depth + 1)? {
            Ordering::Equal => {}
            different => return Ok(different),
        }
    }
    Ok(left.len().cmp(&right.len()))
}

/// First the sorted keys are compared, then the values in the order of the keys.
fn objects(
    meter: &mut Meter,
    order: Order,
    left: &Object<'_>,
    right: &Object<'_>,
    depth: u32,
) -> Result<Ordering, Limit> {
    let (left, right) = (sorted(meter, left)?, sorted(meter, right)?);
    for ((left, _), (right, _)) in left.iter().zip(&right) {
        meter.scan(left.len().min(right.len()))?;
        match left.as_bytes().cmp(right.as_bytes()) {
            Ordering::Equal => {}
            different => return Ok(different),
        }
    }
    if left.len() != right.len() {
        return Ok(left.len().cmp(&right.len()));
    }
    for ((_, left), (_, right)) in left.iter().zip(&right) {
        match at(meter, order, left, right, depth + 1)? {
            Ordering::Equal => {}
            different => return Ok(different),
        }
    }
    Ok(Ordering::Equal)
}

fn sorted<'a>(meter: &mut Meter, object: &Object<'a>) -> Result<Vec<(Text<'a>, V<'a>)>, Limit> {
    meter.values(object.len().saturating_mul(2))?;
    sort::sort(
        meter,
        object.iter().collect(),
        |meter, (left, _), (right, _)| {
            meter.scan(left.len().min(right.len()))?;
            Ok(left.as_bytes().cmp(right.as_bytes()))
        },
    )
}

/// Whether two values are equal; the order of fields does not count.
pub(crate) fn equal(meter: &mut Meter, left: &V<'_>, right: &V<'_>) -> Result<bool, Limit> {
    same(meter, left, right, 0)
}

fn same(meter: &mut Meter, left: &V<'_>, right: &V<'_>, depth: u32) -> Result<bool, Limit> {
    meter.steps(1)?;
    if depth > DEPTH_MAX {
        return Err(Limit::Depth);
    }
    match (left, right) {
        (V::Null, V::Null) => Ok(true),
        (V::Bool(left), V::Bool(right)) => Ok(left == right),
        (V::Num(left), V::Num(right)) => {
            number::charge(meter, left, right, false)?;
            Ok(left == right)
        }
        (V::Text(left), V::Text(right)) => {
            meter.scan(left.len().min(right.len()))?;
            Ok(left == right)
        }
        (V::Array(left), V::Array(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !same(meter, &left, &right, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (V::Object(left), V::Object(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (key, left) in left.iter() {
                meter.scan(key.len())?;
                match right.get(&key) {
                    Some(right) if same(meter, &left, &right, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}
