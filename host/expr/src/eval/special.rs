//! The builtins that take functions.

use std::cmp::Ordering;

use super::many::pair;
use super::{Found, Scope, each, first, one, paths, until_break};
use crate::meter::{Meter, Stop};
use crate::term::{Node, Special};
use crate::value::access::compare_lists;
use crate::value::compare::{Order, compare, equal};
use crate::value::fault::Fault;
use crate::value::path::Path;
use crate::value::sort::sort;
use crate::value::{Flow, Items, Out, V, ops};

use jaq_core::ops::Math;
use jaq_json::Num;

/// A builtin that gives at most one value.
pub(super) fn single<'a>(
    meter: &mut Meter,
    special: Special,
    arguments: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match (special, arguments) {
        (Special::First, [f]) => first(meter, f, scope, dot),
        (Special::Last, [f]) => {
            let mut last = None;
            each(meter, f, scope, dot, &mut |_, value| {
                last = Some(value);
                Ok(())
            })?;
            Ok(last)
        }
        // As in jaq, one element needs no key, so none is made that could fail.
        (Special::SortBy, [_]) if matches!(&dot, V::Array(array) if array.len() < 2) => {
            Ok(Some(dot))
        }
        (Special::SortBy, [f]) => {
            let sorted = keyed(meter, f, scope, dot)?;
            let list = sorted.into_iter().map(|(_, value)| value).collect();
            Ok(Some(Items::charged(list)?.into_value()))
        }
        (Special::GroupBy, [f]) => group(meter, f, scope, dot).map(Some),
        (Special::MinBy, [f]) => extreme(meter, f, scope, dot, Ordering::is_lt),
        (Special::MaxBy, [f]) => extreme(meter, f, scope, dot, Ordering::is_ge),
        (Special::Error, []) => Err(Fault::Raised(dot).into()),
        (Special::Error, [message]) => match one(meter, message, scope, dot)? {
            Some(message) => Err(Fault::Raised(message).into()),
            None => Ok(None),
        },
        _ => Err(super::unbound()),
    }
}

/// A builtin that may give any number of values.
pub(super) fn many<'a>(
    meter: &mut Meter,
    special: Special,
    arguments: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match (special, arguments) {
        (Special::Limit, [count, f]) => {
            each(meter, count, scope, dot.clone(), &mut |meter, count| {
                let go = &mut |meter: &mut Meter, out: Out<'_, 'a>| {
                    each(meter, f, scope, dot.clone(), out)
                };
                limit(meter, count, go, out)
            })
        }
        (Special::Skip, [count, f]) => {
            each(meter, count, scope, dot.clone(), &mut |meter, count| {
                let mut left = Countdown(count);
                let mut skipping = left.next(meter)?;
                each(meter, f, scope, dot.clone(), &mut |meter, value| {
                    if !skipping {
                        return out(meter, value);
                    }
                    skipping = left.next(meter)?;
                    Ok(())
                })
            })
        }
        (Special::Range, [from, upto, by]) => {
            each(meter, from, scope, dot.clone(), &mut |meter, from| {
                each(meter, upto, scope, dot.clone(), &mut |meter, upto| {
                    each(meter, by, scope, dot.clone(), &mut |meter, by| {
                        range(meter, from.clone(), &upto, by, out)
                    })
                })
            })
        }
        (Special::Path, [f]) => paths::each(
            meter,
            f,
            scope,
            (dot, Path::default()),
            &mut |meter, _, path| {
                let path = path.into_value(meter)?;
                out(meter, path)
            },
        ),
        (Special::PathValue, [f]) => paths::each(
            meter,
            f,
            scope,
            (dot, Path::default()),
            &mut |meter, value, path| {
                let path = path.into_value(meter)?;
                let pair = pair(meter, path, value)?;
                out(meter, pair)
            },
        ),
        (Special::Error, [message]) => each(meter, message, scope, dot, &mut |_, message| {
            Err(Fault::Raised(message).into())
        }),
        _ => match single(meter, special, arguments, scope, dot)? {
            Some(value) => out(meter, value),
            None => Ok(()),
        },
    }
}

/// The arguments of a builtin that are values: it gives nothing where one of them is missing.
pub(super) fn values(special: Special, arguments: &[Node]) -> &[Node] {
    match special {
        Special::Limit | Special::Skip => arguments.get(..1).unwrap_or(&[]),
        Special::Range => arguments,
        _ => &[],
    }
}

/// A count that goes down to zero, as jaq does it: any number will do.
pub(super) struct Countdown<'a>(pub(super) V<'a>);

impl<'a> Countdown<'a> {
    /// Whether it is not yet zero; counts one down.
    pub(super) fn next(&mut self, meter: &mut Meter) -> Result<bool, Stop<'a>> {
        if !compare(meter, Order::Operator, &self.0, &V::Num(Num::Int(0)))?.is_gt() {
            return Ok(false);
        }
        self.0 = ops::math(
            meter,
            Math::Sub,
            std::mem::take(&mut self.0),
            V::Num(Num::Int(1)),
        )?;
        Ok(true)
    }
}

/// Runs `go` until it has given `count` values.
pub(super) fn limit<'a>(
    meter: &mut Meter,
    count: V<'a>,
    go: &mut dyn FnMut(&mut Meter, Out<'_, 'a>) -> Flow<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut left = Countdown(count);
    if !left.next(meter)? {
        return Ok(());
    }
    let label = meter.label();
    let flow = go(meter, &mut |meter, value| {
        out(meter, value)?;
        if left.next(meter)? {
            Ok(())
        } else {
            Err(Stop::Break(label))
        }
    });
    until_break(flow, label)
}

/// `range(from; upto; by)`.
fn range<'a>(
    meter: &mut Meter,
    mut at: V<'a>,
    upto: &V<'a>,
    by: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let direction = compare(meter, Order::Operator, &by, &V::Num(Num::Int(0)))?;
    loop {
        let order = compare(meter, Order::Operator, &at, upto)?;
        let go_on = match direction {
            Ordering::Greater => order.is_lt(),
            Ordering::Less => order.is_gt(),
            Ordering::Equal => !equal(meter, &at, upto)?,
        };
        if !go_on {
            return Ok(());
        }
        // The next number comes first, so that a failure to count shows after this one.
        let next = ops::math(meter, Math::Add, at.clone(), by.clone());
        out(meter, at)?;
        at = next?;
    }
}

/// The elements of an array with the values that `f` gives for each, sorted by those.
fn keyed<'a>(
    meter: &mut Meter,
    f: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Result<Vec<(Vec<V<'a>>, V<'a>)>, Stop<'a>> {
    let list = keys(meter, f, scope, dot)?;
    Ok(sort(meter, list, |meter, (left, _), (right, _)| {
        compare_lists(meter, left, right)
    })?)
}

fn keys<'a>(
    meter: &mut Meter,
    f: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Result<Vec<(Vec<V<'a>>, V<'a>)>, Stop<'a>> {
    let V::Array(array) = dot else {
        return Err(Fault::Type(dot, "array").into());
    };
    let mut list = Vec::new();
    for item in array.iter() {
        meter.values(2)?;
        let mut key = Vec::new();
        each(meter, f, scope, item.clone(), &mut |meter, value| {
            meter.values(1)?;
            key.push(value);
            Ok(())
        })?;
        list.push((key, item));
    }
    Ok(list)
}

fn group<'a>(
    meter: &mut Meter,
    f: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Result<V<'a>, Stop<'a>> {
    let mut groups = Items::new(meter)?;
    let mut current: Option<(Vec<V<'a>>, Items<'a>)> = None;
    for (key, value) in keyed(meter, f, scope, dot)? {
        let same = match &current {
            Some((group, _)) => compare_lists(meter, group, &key)?.is_eq(),
            None => false,
        };
        match &mut current {
            Some((_, items)) if same => items.push(meter, value)?,
            _ => {
                let mut items = Items::new(meter)?;
                items.push(meter, value)?;
                if let Some((_, done)) = current.replace((key, items)) {
                    groups.push(meter, done.into_value())?;
                }
            }
        }
    }
    if let Some((_, done)) = current {
        groups.push(meter, done.into_value())?;
    }
    Ok(groups.into_value())
}

/// The first of the smallest, or the last of the greatest elements.
fn extreme<'a>(
    meter: &mut Meter,
    f: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    replaces: fn(Ordering) -> bool,
) -> Found<'a> {
    let mut best: Option<(Vec<V<'a>>, V<'a>)> = None;
    for (key, value) in keys(meter, f, scope, dot)? {
        let better = match &best {
            Some((best, _)) => replaces(compare_lists(meter, &key, best)?),
            None => true,
        };
        if better {
            best = Some((key, value));
        }
    }
    Ok(best.map(|(_, value)| value))
}
