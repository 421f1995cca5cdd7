//! Numbers: jaq's own, with the cost of arithmetic on long ones.
//!
//! Whole numbers are exact at any size. Inputs are what serde_json read: whole numbers from
//! -2⁶³ to 2⁶⁴-1 exactly, everything else as a double. A result goes back the same way: a whole
//! number outside that range becomes the nearest double, and what no double holds (NaN and
//! the infinities, `1e999`) is an error.

use jaq_json::Num;
use serde_json::Number;

use crate::meter::{Limit, Meter};

/// A number of an input.
pub(super) fn lend(number: &Number) -> Num {
    if let Some(int) = number.as_i64() {
        Num::from_integral(int)
    } else if let Some(int) = number.as_u64() {
        Num::from_integral(int)
    } else {
        Num::Float(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// A number as JSON; none where JSON cannot hold it.
pub(super) fn to_json(meter: &mut Meter, number: &Num) -> Result<Option<Number>, Limit> {
    Ok(match number {
        Num::Int(int) => Some(Number::from(*int)),
        Num::Float(float) => Number::from_f64(*float),
        Num::BigInt(_) => {
            if let Some(int) = number.as_isize() {
                return Ok(Some(Number::from(int)));
            }
            let digits = digits(meter, number)?;
            match digits.parse::<u64>() {
                Ok(int) => Some(Number::from(int)),
                Err(_) => digits.parse().ok().and_then(Number::from_f64),
            }
        }
        Num::Dec(text) => text.parse().ok().and_then(Number::from_f64),
    })
}

/// A number as text.
pub(crate) fn digits(meter: &mut Meter, number: &Num) -> Result<String, Limit> {
    let words = words(number);
    // Conversion to decimal takes the square of the length.
    meter.steps(words.saturating_mul(words) / 16)?;
    meter.bytes(words.saturating_mul(20))?;
    Ok(number.to_string())
}

/// Reads a whole number or decimal as jaq does: exact where it has no point and no exponent.
pub(crate) fn parse(meter: &mut Meter, text: &str) -> Result<Num, Limit> {
    if let Ok(int) = text.parse() {
        return Ok(Num::Int(int));
    }
    let words = text.len() as u64 / 16;
    meter.steps(words.saturating_mul(words) / 4)?;
    meter.bytes(text.len() as u64)?;
    Ok(Num::from_str_radix(text, 10).unwrap_or_else(|| Num::Dec(text.to_owned().into())))
}

/// The length of a number in machine words.
fn words(number: &Num) -> u64 {
    match number {
        Num::Int(_) | Num::Float(_) => 1,
        Num::BigInt(int) => int.bits() / 64 + 1,
        Num::Dec(text) => text.len() as u64 / 16 + 1,
    }
}

/// Charges an operation on two numbers: `product` where its cost or its result grows with
/// both lengths multiplied.
pub(crate) fn charge(
    meter: &mut Meter,
    left: &Num,
    right: &Num,
    product: bool,
) -> Result<(), Limit> {
    let (left, right) = (words(left), words(right));
    if left == 1 && right == 1 {
        return Ok(());
    }
    let work = if product {
        left.saturating_mul(right) / 4
    } else {
        0
    };
    meter.steps(work.saturating_add((left + right) / 4))?;
    meter.bytes((left + right).saturating_mul(8))
}

/// The nearest double.
pub(crate) fn as_f64(number: &Num) -> f64 {
    match number {
        Num::Int(int) => *int as f64,
        Num::Float(float) => *float,
        Num::Dec(text) => text.parse().unwrap_or(f64::NAN),
        // jaq converts where a big number meets a double.
        Num::BigInt(_) => match number.clone() + Num::Float(0.0) {
            Num::Float(float) => float,
            _ => f64::NAN,
        },
    }
}

/// Whether jaq counts it as a whole number: by how it was made, not by its value.
pub(crate) fn is_int(number: &Num) -> bool {
    matches!(number, Num::Int(_) | Num::BigInt(_))
}

/// The absolute value.
pub(crate) fn abs(number: Num) -> Num {
    let negative = match &number {
        Num::Float(float) => return Num::Float(float.abs()),
        Num::Dec(_) => return Num::Float(as_f64(&number).abs()),
        Num::Int(int) => *int < 0,
        Num::BigInt(_) => number < Num::Int(0),
    };
    if negative { -number } else { number }
}
