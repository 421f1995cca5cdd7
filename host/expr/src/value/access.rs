//! Reading parts of values: `.a`, `.[0]`, `.[2:4]`, `.[]`, and what else looks inside.

use std::cmp::Ordering;

use jaq_json::Num;

use super::compare::{Order, compare, equal};
use super::fault::Fault;
use super::{Array, Flow, Items, Out, Res, Text, V};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter, Stop};

/// `.key` of a value; null has every field, as null.
pub(crate) fn field<'a>(value: V<'a>, key: &'a str) -> Res<'a> {
    match value {
        V::Null => Ok(V::Null),
        V::Object(object) => Ok(object.get(key).unwrap_or(V::Null)),
        value => Err(Fault::Index(value, V::Text(Text::Lent(key))).into()),
    }
}

/// `.[key]`; null where there is nothing.
pub(crate) fn index<'a>(meter: &mut Meter, value: V<'a>, key: &V<'a>) -> Res<'a> {
    Ok(lookup(meter, value, key)?.unwrap_or(V::Null))
}

/// `.[key]`, or none where there is nothing; `has` asks for that.
pub(crate) fn lookup<'a>(
    meter: &mut Meter,
    value: V<'a>,
    key: &V<'a>,
) -> Result<Option<V<'a>>, Stop<'a>> {
    match (value, key) {
        (V::Null, _) => Ok(None),
        (V::Object(object), V::Text(key)) => {
            meter.scan(key.len())?;
            Ok(object.get(key))
        }
        (V::Object(_), _) => Ok(None),
        (V::Array(array), V::Num(Num::Int(_) | Num::BigInt(_))) => Ok(Position::of(key)
            .ok()
            .and_then(|position| position.within(array.len()))
            .and_then(|at| array.get(at))),
        (V::Array(array), V::Array(part)) => Ok(Some(occurrences(meter, &array, part)?)),
        (value @ (V::Text(_) | V::Array(_)), V::Object(bounds)) => {
            let (from, upto) = (bounds.get("start"), bounds.get("end"));
            slice(meter, value, from.as_ref(), upto.as_ref()).map(Some)
        }
        (value, key) => Err(Fault::Index(value, key.clone()).into()),
    }
}

/// A whole number as a place counted from the start, or from the end where negative.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    from_end: bool,
    distance: usize,
}

impl Position {
    /// The place that a value names, which must be a whole number of at most 64 bits.
    pub(crate) fn of<'a>(value: &V<'a>) -> Result<Self, Stop<'a>> {
        let place = match value {
            V::Num(Num::Int(int)) => Some((*int < 0, int.unsigned_abs())),
            V::Num(number @ Num::BigInt(int)) if int.bits() <= 64 => {
                // Beyond the machine's whole numbers it is beyond any array as well.
                let distance = usize::try_from(int.magnitude()).unwrap_or(usize::MAX);
                Some((*number < Num::Int(0), distance))
            }
            _ => None,
        };
        match place {
            Some((from_end, distance)) => Ok(Position { from_end, distance }),
            None => Err(Fault::Type(value.clone(), "integer").into()),
        }
    }

    /// The index of an element, where there is one.
    pub(crate) fn within(self, length: usize) -> Option<usize> {
        let index = if self.from_end {
            length.checked_sub(self.distance)?
        } else {
            self.distance
        };
        (index < length).then_some(index)
    }

    /// The nearest border between elements.
    fn border(self, length: usize) -> usize {
        if self.from_end {
            length.saturating_sub(self.distance)
        } else {
            self.distance.min(length)
        }
    }
}

/// The borders that a slice means in something of the given length.
pub(crate) fn borders<'a>(
    from: Option<&V<'a>>,
    upto: Option<&V<'a>>,
    length: usize,
) -> Result<(usize, usize), Stop<'a>> {
    let border = |bound: Option<&V<'a>>, default: usize| match bound {
        None | Some(V::Null) => Ok::<usize, Stop<'a>>(default),
        Some(value) => Ok(Position::of(value)?.border(length)),
    };
    let (from, upto) = (border(from, 0)?, border(upto, length)?);
    Ok((from, upto.max(from)))
}

/// `.[from:upto]`. Texts are cut between characters.
pub(crate) fn slice<'a>(
    meter: &mut Meter,
    value: V<'a>,
    from: Option<&V<'a>>,
    upto: Option<&V<'a>>,
) -> Res<'a> {
    match value {
        V::Array(Array::Lent(list)) => {
            let (from, upto) = borders(from, upto, list.len())?;
            Ok(V::Array(Array::Lent(list.get(from..upto).unwrap_or(&[]))))
        }
        V::Array(array) => {
            let (from, upto) = borders(from, upto, array.len())?;
            Ok(Array::collect(
                meter,
                (from..upto).filter_map(|at| array.get(at)),
            )?)
        }
        V::Text(text) => {
            let (from, upto) = text_borders(meter, &text, from, upto)?;
            Ok(V::Text(text.part(meter, from, upto)?))
        }
        value => Err(Fault::Type(value, "rangeable (array or string)").into()),
    }
}

/// The byte borders of a slice of characters.
pub(crate) fn text_borders<'a>(
    meter: &mut Meter,
    text: &str,
    from: Option<&V<'a>>,
    upto: Option<&V<'a>>,
) -> Result<(usize, usize), Stop<'a>> {
    meter.scan(text.len().saturating_mul(2))?;
    let (from, upto) = borders(from, upto, text.chars().count())?;
    let byte = |chars: usize| {
        text.char_indices()
            .nth(chars)
            .map_or(text.len(), |(at, _)| at)
    };
    Ok((byte(from), byte(upto)))
}

/// `.[]`: calls `each` with every element.
pub(crate) fn elements<'a>(meter: &mut Meter, value: V<'a>, each: Out<'_, 'a>) -> Flow<'a> {
    match value {
        V::Array(array) => {
            for item in array.iter() {
                meter.steps(1)?;
                each(meter, item)?;
            }
            Ok(())
        }
        V::Object(object) => {
            for (_, item) in object.iter() {
                meter.steps(1)?;
                each(meter, item)?;
            }
            Ok(())
        }
        value => Err(Fault::Type(value, "iterable (array or object)").into()),
    }
}

/// Calls `each` with every key and element.
pub(crate) fn entries<'a>(
    meter: &mut Meter,
    value: V<'a>,
    each: &mut dyn FnMut(&mut Meter, V<'a>, V<'a>) -> Flow<'a>,
) -> Flow<'a> {
    match value {
        V::Array(array) => {
            for (index, item) in array.iter().enumerate() {
                meter.steps(1)?;
                each(meter, V::int(index), item)?;
            }
            Ok(())
        }
        V::Object(object) => {
            for (key, item) in object.iter() {
                meter.steps(1)?;
                each(meter, V::Text(key), item)?;
            }
            Ok(())
        }
        value => Err(Fault::Type(value, "iterable (array or object)").into()),
    }
}

/// The indices at which `part` begins in `array`.
pub(crate) fn occurrences<'a>(
    meter: &mut Meter,
    array: &Array<'a>,
    part: &Array<'a>,
) -> Result<V<'a>, Limit> {
    let mut items = Items::new(meter)?;
    if part.len() == 0 {
        return Ok(items.into_value());
    }
    for start in 0..(array.len() + 1).saturating_sub(part.len()) {
        let mut all = true;
        for (offset, wanted) in part.iter().enumerate() {
            all = match array.get(start + offset) {
                Some(item) => equal(meter, &item, &wanted)?,
                None => false,
            };
            if !all {
                break;
            }
        }
        if all {
            items.push(meter, V::int(start))?;
        }
    }
    Ok(items.into_value())
}

/// `contains`: every part of `right` is somewhere in `left`.
pub(crate) fn contains(
    meter: &mut Meter,
    left: &V<'_>,
    right: &V<'_>,
    depth: u32,
) -> Result<bool, Limit> {
    meter.steps(1)?;
    if depth > DEPTH_MAX {
        return Err(Limit::Depth);
    }
    match (left, right) {
        (V::Text(left), V::Text(right)) => {
            meter.scan(left.len().saturating_add(right.len()))?;
            Ok(left.contains(&**right))
        }
        (V::Array(left), V::Array(right)) => {
            for wanted in right.iter() {
                let mut found = false;
                for item in left.iter() {
                    found = contains(meter, &item, &wanted, depth + 1)?;
                    if found {
                        break;
                    }
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (V::Object(left), V::Object(right)) => {
            for (key, wanted) in right.iter() {
                meter.scan(key.len())?;
                match left.get(&key) {
                    Some(item) if contains(meter, &item, &wanted, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (left, right) => equal(meter, left, right),
    }
}

/// Compares lists of sort keys, element by element.
pub(crate) fn compare_lists(
    meter: &mut Meter,
    left: &[V<'_>],
    right: &[V<'_>],
) -> Result<Ordering, Limit> {
    for (left, right) in left.iter().zip(right) {
        match compare(meter, Order::Total, left, right)? {
            Ordering::Equal => {}
            different => return Ok(different),
        }
    }
    Ok(left.len().cmp(&right.len()))
}
