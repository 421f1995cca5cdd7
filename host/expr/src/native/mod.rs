//! The builtins that are not definitions: names, numbers of arguments, and what they do.

mod basic;
mod dates;
mod formats;
mod lists;
mod maths;
pub(crate) mod regex;
mod texts;

use crate::meter::{Meter, Stop};
use crate::term::Special;
use crate::value::fault::Fault;
use crate::value::{Res, V};

/// A builtin on values.
#[derive(Debug)]
pub(crate) struct Native {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

/// What a builtin does with `.` and its arguments.
#[derive(Debug)]
pub(crate) enum Run {
    Zero(for<'a> fn(&mut Meter, V<'a>) -> Res<'a>),
    One(for<'a> fn(&mut Meter, V<'a>, V<'a>) -> Res<'a>),
    Two(for<'a> fn(&mut Meter, V<'a>, V<'a>, V<'a>) -> Res<'a>),
    /// A function of doubles on `.`.
    Math1(fn(f64) -> f64),
    /// A function of its two arguments.
    Math2(fn(f64, f64) -> f64),
    /// A function of its three arguments.
    Math3(fn(f64, f64, f64) -> f64),
}

impl Run {
    fn arity(&self) -> usize {
        match self {
            Run::Zero(_) | Run::Math1(_) => 0,
            Run::One(_) => 1,
            Run::Two(_) | Run::Math2(_) => 2,
            Run::Math3(_) => 3,
        }
    }

    /// Calls it; the compiler has seen to the number of arguments.
    pub(crate) fn call<'a>(&self, meter: &mut Meter, dot: V<'a>, arguments: Vec<V<'a>>) -> Res<'a> {
        let mut arguments = arguments.into_iter();
        let mut next = || arguments.next().unwrap_or_default();
        match self {
            Run::Zero(f) => f(meter, dot),
            Run::One(f) => f(meter, dot, next()),
            Run::Two(f) => {
                let first = next();
                f(meter, dot, first, next())
            }
            Run::Math1(f) => Ok(V::float(f(maths::double(dot)?))),
            Run::Math2(f) => {
                let first = maths::double(next())?;
                Ok(V::float(f(first, maths::double(next())?)))
            }
            Run::Math3(f) => {
                let (first, second) = (maths::double(next())?, maths::double(next())?);
                Ok(V::float(f(first, second, maths::double(next())?)))
            }
        }
    }
}

/// What a builtin is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Builtin {
    Native(&'static Native),
    Special(Special),
    Form(Form),
}

/// Builtins that are nodes of their own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Empty,
    Null,
    True,
    False,
    ToText,
    Recurse,
}

const FORMS: &[(&str, usize, Builtin)] = &[
    ("empty", 0, Builtin::Form(Form::Empty)),
    ("null", 0, Builtin::Form(Form::Null)),
    ("true", 0, Builtin::Form(Form::True)),
    ("false", 0, Builtin::Form(Form::False)),
    ("tostring", 0, Builtin::Form(Form::ToText)),
    ("recurse", 0, Builtin::Form(Form::Recurse)),
    ("error", 0, Builtin::Special(Special::Error)),
    ("error", 1, Builtin::Special(Special::Error)),
    ("error_empty", 0, Builtin::Special(Special::Error)),
    ("first", 1, Builtin::Special(Special::First)),
    ("last", 1, Builtin::Special(Special::Last)),
    ("limit", 2, Builtin::Special(Special::Limit)),
    ("skip", 2, Builtin::Special(Special::Skip)),
    ("range", 3, Builtin::Special(Special::Range)),
    ("path", 1, Builtin::Special(Special::Path)),
    ("path_value", 1, Builtin::Special(Special::PathValue)),
    ("sort_by", 1, Builtin::Special(Special::SortBy)),
    ("group_by", 1, Builtin::Special(Special::GroupBy)),
    ("min_by_or_empty", 1, Builtin::Special(Special::MinBy)),
    ("max_by_or_empty", 1, Builtin::Special(Special::MaxBy)),
];

const TABLES: &[&[Native]] = &[
    basic::TABLE,
    lists::TABLE,
    texts::TABLE,
    formats::TABLE,
    maths::TABLE,
    regex::TABLE,
    dates::TABLE,
];

fn natives() -> impl Iterator<Item = &'static Native> {
    TABLES.iter().copied().flatten()
}

/// The builtin with this name and number of arguments.
pub(crate) fn find(name: &str, arity: usize) -> Option<Builtin> {
    let form = FORMS
        .iter()
        .find(|(form, count, _)| *form == name && *count == arity)
        .map(|(_, _, form)| *form);
    form.or_else(|| {
        natives()
            .find(|n| n.name == name && n.run.arity() == arity)
            .map(Builtin::Native)
    })
}

/// The names of all of them.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FORMS
        .iter()
        .map(|(name, _, _)| *name)
        .chain(natives().map(|native| native.name))
}

/// The numbers of arguments with which a name exists.
pub(crate) fn arities(name: &str) -> impl Iterator<Item = usize> {
    let forms = FORMS
        .iter()
        .filter(move |(form, _, _)| *form == name)
        .map(|(_, arity, _)| *arity);
    forms.chain(
        natives()
            .filter(move |native| native.name == name)
            .map(|native| native.run.arity()),
    )
}

const fn zero(name: &'static str, f: for<'a> fn(&mut Meter, V<'a>) -> Res<'a>) -> Native {
    Native {
        name,
        run: Run::Zero(f),
    }
}

const fn one(name: &'static str, f: for<'a> fn(&mut Meter, V<'a>, V<'a>) -> Res<'a>) -> Native {
    Native {
        name,
        run: Run::One(f),
    }
}

const fn two(
    name: &'static str,
    f: for<'a> fn(&mut Meter, V<'a>, V<'a>, V<'a>) -> Res<'a>,
) -> Native {
    Native {
        name,
        run: Run::Two(f),
    }
}

/// The text of a value, or the error that it is none.
fn text<'a>(value: V<'a>) -> Result<crate::value::Text<'a>, Stop<'a>> {
    match value {
        V::Text(text) => Ok(text),
        value => Err(Fault::Type(value, "string").into()),
    }
}

/// The array of a value, or the error that it is none.
fn array<'a>(value: V<'a>) -> Result<crate::value::Array<'a>, Stop<'a>> {
    match value {
        V::Array(array) => Ok(array),
        value => Err(Fault::Type(value, "array").into()),
    }
}
