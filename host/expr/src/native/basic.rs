//! Types, sizes, membership, conversion.

use jaq_json::Num;

use super::{Native, array, one, text, zero};
use crate::meter::{Meter, Stop};
use crate::value::compare::equal;
use crate::value::fault::Fault;
use crate::value::{Array, Items, Res, Text, V, access, json, number, ops};

pub(super) const TABLE: &[Native] = &[
    zero("not", |_, v| Ok(V::Bool(!v.truthy()))),
    zero("type", |_, v| Ok(V::Text(Text::Lent(v.kind())))),
    zero("isboolean", |_, v| Ok(V::Bool(matches!(v, V::Bool(_))))),
    zero("isnumber", |_, v| Ok(V::Bool(matches!(v, V::Num(_))))),
    zero("isstring", |_, v| Ok(V::Bool(matches!(v, V::Text(_))))),
    zero("isarray", |_, v| Ok(V::Bool(matches!(v, V::Array(_))))),
    zero("isobject", |_, v| Ok(V::Bool(matches!(v, V::Object(_))))),
    zero("length", length),
    zero("utf8bytelength", |_, v| Ok(V::int(text(v)?.len()))),
    zero("tojson", |meter, v| {
        Ok(V::Text(Text::Own(json::to_text(meter, &v)?.into())))
    }),
    zero("fromjson", |meter, v| json::from_text(meter, &text(v)?)),
    zero("tonumber", to_number),
    zero("toboolean", to_boolean),
    one("has", |meter, v, key| {
        Ok(V::Bool(access::lookup(meter, v, &key)?.is_some()))
    }),
    one("contains", |meter, v, part| {
        Ok(V::Bool(access::contains(meter, &v, &part, 0)?))
    }),
    one("indices", indices),
    one("bsearch", |meter, v, wanted| {
        let place = match ops::find(meter, &array(v)?, &wanted)? {
            Ok(at) => at.cast_signed(),
            Err(at) => -1 - at.cast_signed(),
        };
        Ok(V::Num(Num::Int(place)))
    }),
];

/// The number of characters, elements or fields; 0 for null; the absolute value of a number.
fn length<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    Ok(match value {
        V::Null => V::int(0),
        V::Num(n) => {
            number::charge(meter, &n, &Num::Int(0), false)?;
            V::Num(number::abs(n))
        }
        V::Text(text) => {
            meter.scan(text.len())?;
            V::int(text.chars().count())
        }
        V::Array(array) => V::int(array.len()),
        V::Object(object) => V::int(object.len()),
        V::Bool(b) => return Err(Fault::Other(format!("{b} has no length")).into()),
    })
}

/// A number as it is, a text as the number that it spells.
fn to_number<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    let spelled = match value {
        V::Num(_) => return Ok(value),
        V::Text(text) => text,
        value => return Err(Fault::Type(value, "number").into()),
    };
    let digits = spelled.strip_prefix('-').unwrap_or(&spelled);
    // Whole numbers of any length stay exact; everything else is read as JSON.
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with("00")
    {
        return Ok(V::Num(number::parse(meter, &spelled)?));
    }
    match json::from_text(meter, spelled.trim()) {
        Ok(number @ V::Num(_)) => Ok(number),
        Err(Stop::Limit(limit)) => Err(limit.into()),
        Ok(_) | Err(_) => Err(not_spelled(&spelled, "number")),
    }
}

fn to_boolean<'a>(_: &mut Meter, value: V<'a>) -> Res<'a> {
    match value {
        V::Bool(_) => Ok(value),
        V::Text(text) => match &*text {
            "true" => Ok(V::Bool(true)),
            "false" => Ok(V::Bool(false)),
            other => Err(not_spelled(other, "boolean")),
        },
        value => Err(Fault::Type(value, "boolean").into()),
    }
}

fn not_spelled<'a>(spelled: &str, what: &str) -> Stop<'a> {
    let shown: String = spelled.chars().take(40).collect();
    Fault::Other(format!("cannot parse {shown:?} as {what}")).into()
}

/// Where a part begins: in a text counted in characters, in an array in elements.
fn indices<'a>(meter: &mut Meter, value: V<'a>, part: V<'a>) -> Res<'a> {
    match (value, part) {
        (V::Text(text), V::Text(part)) => {
            let mut items = Items::new(meter)?;
            if part.is_empty() {
                return Ok(items.into_value());
            }
            meter.scan(text.len().saturating_mul(4))?;
            for (index, (at, _)) in text.char_indices().enumerate() {
                let rest = text.as_bytes().get(at..).unwrap_or(&[]);
                if rest.first() != part.as_bytes().first() {
                    continue;
                }
                meter.scan(part.len())?;
                if rest.starts_with(part.as_bytes()) {
                    items.push(meter, V::int(index))?;
                }
            }
            Ok(items.into_value())
        }
        (V::Array(array), V::Array(part)) => Ok(access::occurrences(meter, &array, &part)?),
        (V::Array(array), part) => {
            let mut found = Vec::new();
            for (index, item) in array.iter().enumerate() {
                if equal(meter, &item, &part)? {
                    meter.values(1)?;
                    found.push(V::int(index));
                }
            }
            Ok(Array::collect(meter, found.into_iter())?)
        }
        (value, part) => Err(Fault::Index(value, part).into()),
    }
}
