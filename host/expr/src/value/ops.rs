//! Arithmetic: `+ - * / %` and negation, each charged before it allocates.

use std::cmp::Ordering;
use std::rc::Rc;

use jaq_core::ops::Math;
use jaq_json::Num;

use super::compare::{Order, compare};
use super::fault::Fault;
use super::sort::sort;
use super::{Array, Items, Object, Res, Text, V, number};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter, Stop};

/// Applies an operator. As jaq has it: sums, differences, products and remainders of whole
/// numbers are whole, quotients are doubles.
pub(crate) fn math<'a>(meter: &mut Meter, op: Math, left: V<'a>, right: V<'a>) -> Res<'a> {
    match (op, left, right) {
        (Math::Add, V::Null, value) | (Math::Add, value, V::Null) => Ok(value),
        (op, V::Num(left), V::Num(right)) => numbers(meter, op, left, right),
        (Math::Add, V::Text(left), V::Text(right)) => Ok(V::Text(join(meter, left, &right)?)),
        (Math::Add, V::Array(left), V::Array(right)) => append(meter, left, &right),
        (Math::Add, V::Object(left), V::Object(right)) => Ok(set_all(meter, left, &right)?),
        (Math::Sub, V::Array(left), V::Array(right)) => Ok(without(meter, &left, &right)?),
        (Math::Mul, V::Text(text), V::Num(times)) | (Math::Mul, V::Num(times), V::Text(text))
            if number::is_int(&times) =>
        {
            repeat(meter, &text, &times)
        }
        (Math::Mul, V::Object(left), V::Object(right)) => Ok(merge(meter, left, &right, 0)?),
        (Math::Div, V::Text(text), V::Text(separator)) => Ok(split(meter, &text, &separator)?),
        (op, left, right) => Err(Fault::Math(left, op.as_str(), right).into()),
    }
}

/// `-value`.
pub(crate) fn negate<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    match value {
        V::Num(n) => {
            number::charge(meter, &n, &Num::Int(0), false)?;
            Ok(V::Num(-n))
        }
        value => Err(Fault::Type(value, "number").into()),
    }
}

fn numbers<'a>(meter: &mut Meter, op: Math, left: Num, right: Num) -> Res<'a> {
    number::charge(meter, &left, &right, matches!(op, Math::Mul | Math::Rem))?;
    let result = match op {
        Math::Add => left + right,
        Math::Sub => left - right,
        Math::Mul => left * right,
        Math::Div => left / right,
        Math::Rem if number::is_int(&left) && number::is_int(&right) && right == Num::Int(0) => {
            return Err(Fault::Math(V::Num(left), "%", V::Num(right)).into());
        }
        Math::Rem => left % right,
    };
    Ok(match result {
        Num::Float(float) => V::float(float),
        exact => V::Num(exact),
    })
}

/// Joins two texts, in place where nobody else holds the first.
pub(crate) fn join<'a>(meter: &mut Meter, left: Text<'a>, right: &str) -> Result<Text<'a>, Limit> {
    let shared = match left {
        Text::Own(text) => match Rc::try_unwrap(text) {
            Ok(mut text) => {
                meter.bytes(right.len() as u64)?;
                text.push_str(right);
                return Ok(Text::Own(Rc::new(text)));
            }
            Err(text) => Text::Own(text),
        },
        lent => lent,
    };
    meter.text(shared.len().saturating_add(right.len()))?;
    let mut text = String::with_capacity(shared.len() + right.len());
    text.push_str(&shared);
    text.push_str(right);
    Ok(Text::Own(Rc::new(text)))
}

fn append<'a>(meter: &mut Meter, left: Array<'a>, right: &Array<'a>) -> Res<'a> {
    meter.steps(right.len() as u64 / 8)?;
    let mut items = left.into_items(meter)?;
    for value in right.iter() {
        items.push(meter, value)?;
    }
    Ok(items.into_value())
}

fn set_all<'a>(meter: &mut Meter, left: Object<'a>, right: &Object<'a>) -> Result<V<'a>, Limit> {
    meter.steps(right.len() as u64 / 4)?;
    let mut fields = left.into_fields(meter)?;
    for (key, value) in right.iter() {
        fields.set(meter, key, value)?;
    }
    Ok(fields.into_value())
}

/// Merges objects into objects, at every level.
fn merge<'a>(
    meter: &mut Meter,
    left: Object<'a>,
    right: &Object<'a>,
    depth: u32,
) -> Result<V<'a>, Limit> {
    if depth >= DEPTH_MAX {
        return Err(Limit::Depth);
    }
    meter.steps(right.len() as u64)?;
    let mut fields = left.into_fields(meter)?;
    for (key, value) in right.iter() {
        let value = match value {
            V::Object(right) => match fields.take(&key) {
                Some(V::Object(left)) => merge(meter, left, &right, depth + 1)?,
                _ => V::Object(right),
            },
            value => value,
        };
        fields.set(meter, key, value)?;
    }
    Ok(fields.into_value())
}

/// The elements of `left` that are not in `right`.
fn without<'a>(meter: &mut Meter, left: &Array<'a>, right: &Array<'a>) -> Result<V<'a>, Limit> {
    meter.values(right.len())?;
    let unwanted = sort(meter, right.iter().collect(), |meter, a, b| {
        compare(meter, Order::Total, a, b)
    })?;
    let unwanted = Array::Own(Rc::new(Items::charged(unwanted)?));
    let mut items = Items::new(meter)?;
    for value in left.iter() {
        if find(meter, &unwanted, &value)?.is_err() {
            items.push(meter, value)?;
        }
    }
    Ok(items.into_value())
}

/// Binary search in a sorted list: the first place where `value` is, or where it would go.
pub(crate) fn find<'a>(
    meter: &mut Meter,
    sorted: &Array<'a>,
    value: &V<'a>,
) -> Result<Result<usize, usize>, Limit> {
    let (mut from, mut upto) = (0, sorted.len());
    let mut found = false;
    while from < upto {
        let middle = from.midpoint(upto);
        let Some(item) = sorted.get(middle) else {
            break;
        };
        match compare(meter, Order::Total, &item, value)? {
            Ordering::Less => from = middle + 1,
            order => {
                found |= order == Ordering::Equal;
                upto = middle;
            }
        }
    }
    Ok(if found { Ok(from) } else { Err(from) })
}

/// `"x" * 3`; zero and less give null.
fn repeat<'a>(meter: &mut Meter, text: &Text<'a>, times: &Num) -> Res<'a> {
    if *times <= Num::Int(0) {
        return Ok(V::Null);
    }
    // A count beyond the machine's whole numbers is beyond every budget as well.
    let times = times
        .as_isize()
        .and_then(|times| usize::try_from(times).ok());
    match times.and_then(|times| text.len().checked_mul(times).map(|length| (times, length))) {
        Some((times, length)) => {
            meter.text(length)?;
            Ok(V::Text(Text::Own(Rc::new(text.repeat(times)))))
        }
        None if text.is_empty() => Ok(V::Text(text.clone())),
        None => Err(Stop::Limit(Limit::Bytes)),
    }
}

/// `text / separator`: the parts between separators; an empty separator gives the characters.
fn split<'a>(meter: &mut Meter, text: &Text<'a>, separator: &str) -> Result<V<'a>, Limit> {
    let mut items = Items::new(meter)?;
    if text.is_empty() {
        return Ok(items.into_value());
    }
    meter.scan(text.len())?;
    let mut part = |meter: &mut Meter, from: usize, upto: usize| {
        meter.steps(1)?;
        let part = text.part(meter, from, upto)?;
        items.push(meter, V::Text(part))
    };
    if separator.is_empty() {
        for (from, c) in text.char_indices() {
            part(meter, from, from + c.len_utf8())?;
        }
    } else {
        let mut from = 0;
        for (at, _) in text.match_indices(separator) {
            part(meter, from, at)?;
            from = at + separator.len();
        }
        part(meter, from, text.len())?;
    }
    Ok(items.into_value())
}
