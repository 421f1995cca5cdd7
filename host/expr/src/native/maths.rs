//! Mathematics on doubles, by libm in Rust: the same bits on every machine.

use jaq_json::Num;

use super::{Native, Run, two, zero};
use crate::meter::{Meter, Stop};
use crate::value::fault::Fault;
use crate::value::{Array, Res, V, number};

pub(super) const TABLE: &[Native] = &[
    zero("nan", |_, _| Ok(V::float(f64::NAN))),
    zero("infinite", |_, _| Ok(V::float(f64::INFINITY))),
    zero("floor", |meter, v| whole(meter, v, libm::floor)),
    zero("round", |meter, v| whole(meter, v, libm::round)),
    zero("ceil", |meter, v| whole(meter, v, libm::ceil)),
    zero("ilogb", |_, v| Ok(int(libm::ilogb(double(v)?)))),
    zero("frexp", |meter, v| {
        let (fraction, exponent) = libm::frexp(double(v)?);
        Ok(Array::collect(
            meter,
            [V::float(fraction), int(exponent)].into_iter(),
        )?)
    }),
    zero("modf", |meter, v| {
        let (fraction, whole) = libm::modf(double(v)?);
        Ok(Array::collect(
            meter,
            [V::float(fraction), V::float(whole)].into_iter(),
        )?)
    }),
    two("ldexp", |_, _, x, exponent| {
        Ok(V::float(libm::ldexp(double(x)?, small(exponent)?)))
    }),
    two("scalbln", |_, _, x, exponent| {
        Ok(V::float(libm::scalbn(double(x)?, small(exponent)?)))
    }),
    two("jn", |_, _, n, x| {
        Ok(V::float(libm::jn(order(n)?, double(x)?)))
    }),
    two("yn", |_, _, n, x| {
        Ok(V::float(libm::yn(order(n)?, double(x)?)))
    }),
    f1("acos", libm::acos),
    f1("acosh", libm::acosh),
    f1("asin", libm::asin),
    f1("asinh", libm::asinh),
    f1("atan", libm::atan),
    f1("atanh", libm::atanh),
    f1("cbrt", libm::cbrt),
    f1("cos", libm::cos),
    f1("cosh", libm::cosh),
    f1("erf", libm::erf),
    f1("erfc", libm::erfc),
    f1("exp", libm::exp),
    f1("exp10", libm::exp10),
    f1("exp2", libm::exp2),
    f1("expm1", libm::expm1),
    f1("fabs", libm::fabs),
    f1("j0", libm::j0),
    f1("j1", libm::j1),
    f1("lgamma", libm::lgamma),
    f1("log", libm::log),
    f1("log10", libm::log10),
    f1("log1p", libm::log1p),
    f1("log2", libm::log2),
    f1("nearbyint", libm::round),
    f1("rint", libm::rint),
    f1("sin", libm::sin),
    f1("sinh", libm::sinh),
    f1("sqrt", libm::sqrt),
    f1("tan", libm::tan),
    f1("tanh", libm::tanh),
    f1("tgamma", libm::tgamma),
    f1("trunc", libm::trunc),
    f1("y0", libm::y0),
    f1("y1", libm::y1),
    f2("atan2", libm::atan2),
    f2("copysign", libm::copysign),
    f2("fdim", libm::fdim),
    f2("fmax", libm::fmax),
    f2("fmin", libm::fmin),
    f2("fmod", libm::fmod),
    f2("hypot", libm::hypot),
    f2("nextafter", libm::nextafter),
    f2("pow", libm::pow),
    f2("remainder", libm::remainder),
    Native {
        name: "fma",
        run: Run::Math3(libm::fma),
    },
];

/// The largest order of a Bessel function: libm loops that many times.
const ORDER_MAX: i32 = 10_000;

const fn f1(name: &'static str, f: fn(f64) -> f64) -> Native {
    Native {
        name,
        run: Run::Math1(f),
    }
}

const fn f2(name: &'static str, f: fn(f64, f64) -> f64) -> Native {
    Native {
        name,
        run: Run::Math2(f),
    }
}

fn int<'a>(int: i32) -> V<'a> {
    V::Num(Num::from_integral(int))
}

/// A number as a double.
pub(super) fn double<'a>(value: V<'a>) -> Result<f64, Stop<'a>> {
    match &value {
        V::Num(n) => Ok(number::as_f64(n)),
        _ => Err(Fault::Type(value, "number").into()),
    }
}

/// A whole number of 32 bits.
fn small<'a>(value: V<'a>) -> Result<i32, Stop<'a>> {
    match &value {
        V::Num(n) => n.as_isize().and_then(|int| i32::try_from(int).ok()),
        _ => None,
    }
    .ok_or_else(|| Fault::Type(value, "integer of 32 bits").into())
}

fn order<'a>(value: V<'a>) -> Result<i32, Stop<'a>> {
    let order = small(value)?;
    if order.unsigned_abs() > ORDER_MAX.unsigned_abs() {
        return Err(Fault::Other(format!(
            "the order of a Bessel function may be at most {ORDER_MAX}"
        ))
        .into());
    }
    Ok(order)
}

/// A number rounded to a whole one.
fn whole<'a>(meter: &mut Meter, value: V<'a>, f: fn(f64) -> f64) -> Res<'a> {
    if matches!(&value, V::Num(n) if number::is_int(n)) {
        return Ok(value);
    }
    let rounded = f(double(value)?);
    if !rounded.is_finite() {
        return Ok(V::float(rounded));
    }
    // Without a fraction, `{:.0}` writes every digit.
    Ok(V::Num(number::parse(meter, &format!("{rounded:.0}"))?))
}
