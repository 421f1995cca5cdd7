//! Texts.

use super::{Native, array, one, text, zero};
use crate::meter::{Meter, Stop};
use crate::value::access::Position;
use crate::value::fault::Fault;
use crate::value::{Items, Res, Text, V};

pub(super) const TABLE: &[Native] = &[
    zero("explode", |meter, v| {
        let text = text(v)?;
        let mut items = Items::new(meter)?;
        for c in text.chars() {
            meter.steps(1)?;
            items.push(meter, V::int(c as usize))?;
        }
        Ok(items.into_value())
    }),
    zero("implode", implode),
    zero("ascii_downcase", |meter, v| {
        let text = text(v)?;
        meter.text(text.len())?;
        Ok(made(text.to_ascii_lowercase()))
    }),
    zero("ascii_upcase", |meter, v| {
        let text = text(v)?;
        meter.text(text.len())?;
        Ok(made(text.to_ascii_uppercase()))
    }),
    zero("trim", |meter, v| cut(meter, v, |text| text.trim())),
    zero("ltrim", |meter, v| cut(meter, v, |text| text.trim_start())),
    zero("rtrim", |meter, v| cut(meter, v, |text| text.trim_end())),
    one("startswith", |meter, v, part| {
        let (text, part) = (text(v)?, text(part)?);
        meter.scan(part.len())?;
        Ok(V::Bool(text.starts_with(&*part)))
    }),
    one("endswith", |meter, v, part| {
        let (text, part) = (text(v)?, text(part)?);
        meter.scan(part.len())?;
        Ok(V::Bool(text.ends_with(&*part)))
    }),
    one("ltrimstr", |meter, v, part| {
        let part = text(part)?;
        cut(meter, v, |text| text.strip_prefix(&*part).unwrap_or(text))
    }),
    one("rtrimstr", |meter, v, part| {
        let part = text(part)?;
        cut(meter, v, |text| text.strip_suffix(&*part).unwrap_or(text))
    }),
];

/// A text whose bytes are charged already.
pub(super) fn made<'a>(text: String) -> V<'a> {
    V::Text(Text::Own(text.into()))
}

/// A part of a text.
fn cut<'a>(meter: &mut Meter, value: V<'a>, part: impl FnOnce(&str) -> &str) -> Res<'a> {
    let text = text(value)?;
    meter.scan(text.len())?;
    let kept = part(&text);
    let from = kept.as_ptr() as usize - text.as_ptr() as usize;
    let upto = from + kept.len();
    Ok(V::Text(text.part(meter, from, upto)?))
}

/// The text of the given code points. (jaq reads negative ones as raw bytes, which JSON text
/// cannot hold.)
fn implode<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    let array = array(value)?;
    meter.text(array.len().saturating_mul(4))?;
    let mut text = String::with_capacity(array.len());
    for item in array.iter() {
        meter.steps(1)?;
        text.push(code_point(&item)?);
    }
    Ok(made(text))
}

fn code_point<'a>(value: &V<'a>) -> Result<char, Stop<'a>> {
    Position::of(value)?;
    let V::Num(number) = value else {
        return Err(Fault::Type(value.clone(), "integer").into());
    };
    let point = number
        .as_isize()
        .and_then(|int| u32::try_from(int).ok())
        .and_then(char::from_u32);
    point.ok_or_else(|| Fault::Type(value.clone(), "character").into())
}
