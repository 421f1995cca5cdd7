//! Changing parts of values: what `path |= f` does at the end of a path.

use std::rc::Rc;

use super::access::{Position, borders, slice, text_borders};
use super::fault::Fault;
use super::{Array, Fields, Flow, Items, Object, Out, Res, Text, V};
use crate::meter::{Meter, Stop};

/// What happens to the value at a path: it gives the new values for an old one.
pub(crate) type Change<'x, 'a> = &'x dyn Fn(&mut Meter, V<'a>, Out<'_, 'a>) -> Flow<'a>;

/// The first value that `change` gives for `value`; none where it gives none.
fn first<'a>(
    meter: &mut Meter,
    value: V<'a>,
    change: Change<'_, 'a>,
) -> Result<Option<V<'a>>, Stop<'a>> {
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
    if optional {
        Ok(value)
    } else {
        Err(fault(value).into())
    }
}

/// `.[] |= change`: all new values in an array, the first one in an object.
pub(crate) fn elements<'a>(
    meter: &mut Meter,
    value: V<'a>,
    optional: bool,
    change: Change<'_, 'a>,
) -> Res<'a> {
    match value {
        V::Array(array) => items(meter, array, change),
        V::Object(object) => fields(meter, object, change),
        value => absent(value, optional, |value| {
            Fault::Type(value, "iterable (array or object)")
        }),
    }
}

fn items<'a>(meter: &mut Meter, array: Array<'a>, change: Change<'_, 'a>) -> Res<'a> {
    let mut items = Items::new(meter)?;
    for item in array.into_items(meter)?.into_list() {
        meter.steps(1)?;
        change(meter, item, &mut |meter, new| Ok(items.push(meter, new)?))?;
    }
    Ok(items.into_value())
}

fn fields<'a>(meter: &mut Meter, object: Object<'a>, change: Change<'_, 'a>) -> Res<'a> {
    let mut fields = Fields::new(meter)?;
    for (key, item) in object.into_fields(meter)?.into_pairs() {
        meter.steps(1)?;
        if let Some(new) = first(meter, item, change)? {
            fields.set(meter, key, new)?;
        }
    }
    Ok(fields.into_value())
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
        (V::Object(object), V::Text(key)) => field(meter, object, key, change),
        // jaq would make a field with a key that is no text; JSON has none.
        (value @ V::Object(_), key) => match first(meter, V::Null, change)? {
            Some(_) => absent(value, optional, |_| {
                Fault::Type(key.clone(), "key of an object")
            }),
            None => Ok(value),
        },
        (value @ (V::Array(_) | V::Text(_)), V::Object(bounds)) => {
            let (from, upto) = (bounds.get("start"), bounds.get("end"));
            range(
                meter,
                value,
                (from.as_ref(), upto.as_ref()),
                optional,
                change,
            )
        }
        (V::Array(array), key) => element(meter, array, key, optional, change),
        (value, _) => absent(value, optional, |value| {
            Fault::Type(value, "iterable (array or object)")
        }),
    }
}

fn field<'a>(
    meter: &mut Meter,
    object: Object<'a>,
    key: &Text<'a>,
    change: Change<'_, 'a>,
) -> Res<'a> {
    let mut fields = object.into_fields(meter)?;
    let old = fields.take(key).unwrap_or(V::Null);
    match first(meter, old, change)? {
        Some(new) => fields.set(meter, key.clone(), new)?,
        None => fields.remove(meter, key)?,
    }
    Ok(fields.into_value())
}

fn element<'a>(
    meter: &mut Meter,
    array: Array<'a>,
    key: &V<'a>,
    optional: bool,
    change: Change<'_, 'a>,
) -> Res<'a> {
    let Some(at) = place(key, array.len(), optional)? else {
        return Ok(V::Array(array));
    };
    let mut items = array.into_items(meter)?;
    let old = items.take(at).unwrap_or(V::Null);
    match first(meter, old, change)? {
        Some(new) => items.set(at, new)?,
        None => items.remove(meter, at)?,
    }
    Ok(items.into_value())
}

/// The index of an element that is there; none where it is not, and need not be.
fn place<'a>(key: &V<'a>, length: usize, optional: bool) -> Result<Option<usize>, Stop<'a>> {
    match Position::of(key) {
        Ok(position) => match position.within(length) {
            None if !optional => Err(Fault::Other(format!(
                "index {} out of bounds",
                super::fault::describe(key)
            ))
            .into()),
            at => Ok(at),
        },
        Err(_) if optional => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// The bounds of a slice.
type Range<'x, 'a> = (Option<&'x V<'a>>, Option<&'x V<'a>>);

/// `.[from:upto] |= change`: no new value removes the slice.
pub(crate) fn range<'a>(
    meter: &mut Meter,
    value: V<'a>,
    bounds: Range<'_, 'a>,
    optional: bool,
    change: Change<'_, 'a>,
) -> Res<'a> {
    let Some((start, end)) = range_borders(meter, &value, bounds, optional)? else {
        return Ok(value);
    };
    let part = slice(meter, value.clone(), bounds.0, bounds.1)?;
    let new = first(meter, part, change)?;
    match value {
        V::Array(array) => spliced(meter, &array, (start, end), new),
        V::Text(text) => spliced_text(meter, &text, (start, end), new),
        value => Ok(value),
    }
}

/// The borders of a slice; none where the value has no slices, and need not have.
fn range_borders<'a>(
    meter: &mut Meter,
    value: &V<'a>,
    (from, upto): Range<'_, 'a>,
    optional: bool,
) -> Result<Option<(usize, usize)>, Stop<'a>> {
    let found = match value {
        V::Array(array) => borders(from, upto, array.len()),
        V::Text(text) => text_borders(meter, text, from, upto),
        value => Err(Fault::Type(value.clone(), "array").into()),
    };
    match found {
        Ok(borders) => Ok(Some(borders)),
        Err(Stop::Fault(_)) if optional => Ok(None),
        Err(stop) => Err(stop),
    }
}

fn spliced<'a>(
    meter: &mut Meter,
    array: &Array<'a>,
    (start, end): (usize, usize),
    new: Option<V<'a>>,
) -> Res<'a> {
    let new = match new {
        Some(V::Array(new)) => Some(new),
        None => None,
        Some(other) => return Err(Fault::Type(other, "array").into()),
    };
    let before = (0..start).filter_map(|at| array.get(at));
    let after = (end..array.len()).filter_map(|at| array.get(at));
    let all = before.chain(new.iter().flat_map(Array::iter)).chain(after);
    Ok(Array::collect(meter, all)?)
}

fn spliced_text<'a>(
    meter: &mut Meter,
    text: &str,
    (start, end): (usize, usize),
    new: Option<V<'a>>,
) -> Res<'a> {
    let new = match &new {
        Some(V::Text(new)) => &**new,
        None => "",
        Some(other) => return Err(Fault::Type(other.clone(), "string").into()),
    };
    meter.text(text.len().saturating_add(new.len()))?;
    let (before, after) = (
        text.get(..start).unwrap_or(""),
        text.get(end..).unwrap_or(""),
    );
    Ok(V::Text(Text::Own(Rc::new([before, new, after].concat()))))
}
