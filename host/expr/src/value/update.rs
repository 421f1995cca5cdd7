//! Changing parts of values: what `path |= f` does at the end of a path.

use std::rc::Rc;

use super::access::{Position, borders, slice, text_borders};
use super::fault::Fault;
use super::{Fields, Flow, Items, Out, Res, Text, V};
use crate::meter::{Meter, Stop};

/// What happens to the value at a path: it gives the new values for an old one.
pub(crate) type Change<'x, 'a> = &'x dyn Fn(&mut Meter, V<'a>, Out<'_, 'a>) -> Flow<'a>;

/// The first value that `change` gives for `value`; none where it gives none.
fn first<'a>(meter: &mut Meter, value: V<'a>, change: Change<'_, 'a>) -> Result<Option<V<'a>>, Stop<'a>> {
    let label = meter.label();
    let mut found = None;
    let flow = change(meter, value, &mut |_, value| {
        found = Some(value);
        Err(Stop::Break(label))
    });
    match flow {
        Ok(()) => Ok(found),
        Err(Stop::Break(drawn)) if drawn == label => Ok(found),
        Err(stop) => Err(stop),
    }
}

/// Where a part of a path marked `?` does not exist, the value stays as it is.
fn absent<'a>(value: V<'a>, optional: bool, fault: impl FnOnce(V<'a>) -> Fault<'a>) -> Res<'a> {
    if optional { Ok(value) } else { Err(fault(value).into()) }
}

/// `.[] |= change`: all new values in an array, the first one in an object.
pub(crate) fn elements<'a>(meter: &mut Meter, value: V<'a>, optional: bool, change: Change<'_, 'a>) -> Res<'a> {
    match value {
        V::Array(array) => {
            let mut items = Items::new(meter)?;
            for item in array.into_items(meter)?.into_list() {
                meter.steps(1)?;
                change(meter, item, &mut |meter, new| Ok(items.push(meter, new)?))?;
            }
            Ok(items.into_value())
        }
        V::Object(object) => {
            let mut fields = Fields::new(meter)?;
            for (key, item) in object.into_fields(meter)?.into_pairs() {
                meter.steps(1)?;
                if let Some(new) = first(meter, item, change)? {
                    fields.set(meter, key, new)?;
                }
            }
            Ok(fields.into_value())
        }
        value => absent(value, optional, |value| Fault::Type(value, "iterable (array or object)")),
    }
}

/// `.[key] |= change`: no new value removes the element.
pub(crate) fn index<'a>(
    meter: &mut Meter,
    value: V<'a>,
    key: &V<'a>,
    optional: bool,
    change: Change<'_, 'a>,
) -> Res<'a> {
    match (value, key) {
        (V::Object(object), V::Text(key)) => {
            let mut fields = object.into_fields(meter)?;
            let old = fields.take(key).unwrap_or(V::Null);
            match first(meter, old, change)? {
                Some(new) => fields.set(meter, key.clone(), new)?,
                None => fields.remove(meter, key)?,
            }
            Ok(fields.into_value())
        }
        (value @ V::Object(_), key) => absent(value, optional, |_| Fault::Type(key.clone(), "key of an object")),
        (value @ (V::Array(_) | V::Text(_)), V::Object(bounds)) => {
            let (from, upto) = (bounds.get("start"), bounds.get("end"));
            range(meter, value, (from.as_ref(), upto.as_ref()), optional, change)
        }
        (V::Array(array), key) => {
            let at = match Position::of(key) {
                Ok(position) => position.and_then(|position| position.within(array.len())),
                Err(_) if optional => return Ok(V::Array(array)),
                Err(stop) => return Err(stop),
            };
            let Some(at) = at else {
                return absent(V::Array(array), optional, |_| {
                    Fault::Other(format!("index {} out of bounds", super::fault::describe(key)))
                });
            };
            let mut items = array.into_items(meter)?;
            let old = items.take(at).unwrap_or(V::Null);
            match first(meter, old, change)? {
                Some(new) => items.set(at, new)?,
                None => items.remove(meter, at)?,
            }
            Ok(items.into_value())
        }
        (value, _) => absent(value, optional, |value| Fault::Type(value, "iterable (array or object)")),
    }
}

/// The bounds of a slice.
type Range<'x, 'a> = (Option<&'x V<'a>>, Option<&'x V<'a>>);

/// `.[from:upto] |= change`: no new value removes the slice.
pub(crate) fn range<'a>(
    meter: &mut Meter,
    value: V<'a>,
    (from, upto): Range<'_, 'a>,
    optional: bool,
    change: Change<'_, 'a>,
) -> Res<'a> {
    let found = match &value {
        V::Array(array) => borders(from, upto, array.len()),
        V::Text(text) => text_borders(meter, text, from, upto),
        _ => return absent(value, optional, |value| Fault::Type(value, "array")),
    };
    let (start, end) = match found {
        Ok(found) => found,
        Err(Stop::Fault(_)) if optional => return Ok(value),
        Err(stop) => return Err(stop),
    };
    let part = slice(meter, value.clone(), from, upto)?;
    match (value, first(meter, part, change)?) {
        (V::Array(array), new) => {
            let mut items = Items::new(meter)?;
            let new = match new {
                Some(V::Array(new)) => Some(new),
                None => None,
                Some(other) => return Err(Fault::Type(other, "array").into()),
            };
            let before = (0..start).filter_map(|at| array.get(at));
            let after = (end..array.len()).filter_map(|at| array.get(at));
            for item in before.chain(new.iter().flat_map(super::Array::iter)).chain(after) {
                meter.steps(1)?;
                items.push(meter, item)?;
            }
            Ok(items.into_value())
        }
        (V::Text(text), new) => {
            let new = match &new {
                Some(V::Text(new)) => &**new,
                None => "",
                Some(other) => return Err(Fault::Type(other.clone(), "string").into()),
            };
            meter.text(text.len().saturating_add(new.len()))?;
            let (before, after) = (text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""));
            Ok(V::Text(Text::Own(Rc::new([before, new, after].concat()))))
        }
        (value, _) => Ok(value),
    }
}
