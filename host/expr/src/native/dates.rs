//! Dates that need neither a clock nor a time zone: ISO 8601 (RFC 3339) to and from seconds.

use jaq_json::Num;
use jiff::Timestamp;

use super::{Native, text, zero};
use crate::meter::Meter;
use crate::value::fault::Fault;
use crate::value::{Res, V, number};

pub(super) const TABLE: &[Native] = &[
    zero("fromdateiso8601", from_iso),
    zero("todateiso8601", to_iso),
];

/// Seconds since 1970 of an RFC 3339 text; a double where the text has a fraction.
fn from_iso<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    let text = text(value)?;
    meter.scan(text.len())?;
    let time: Timestamp = text
        .parse()
        .map_err(|error: jiff::Error| Fault::Other(error.to_string()))?;
    if text.contains('.') {
        Ok(V::float(time.as_microsecond() as f64 / 1e6))
    } else {
        Ok(V::Num(Num::from_integral(time.as_second())))
    }
}

/// The RFC 3339 text, in UTC, of seconds since 1970.
fn to_iso<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    let V::Num(seconds) = &value else {
        return Err(Fault::Type(value, "number").into());
    };
    let time = match seconds.as_isize() {
        Some(seconds) => Timestamp::from_second(seconds as i64),
        // A cast of a double saturates, and jiff refuses what is out of range.
        None => Timestamp::from_microsecond((number::as_f64(seconds) * 1e6) as i64),
    };
    let time = time.map_err(|error| Fault::Other(error.to_string()))?;
    Ok(V::text(meter, time.to_string())?)
}
