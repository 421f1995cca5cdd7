//! Values together with the paths that lead to them: `path(f)`, `paths`, `pick`, `getpath`.

use std::cell::Cell;

use super::steps::{self, Key, Place};
use super::{Scope, bind, until_break};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter, Stop};
use crate::term::{Call, Emit, Fold, Kind, Node, Pattern, Special, Step};
use crate::value::fault::Fault;
use crate::value::path::Path;
use crate::value::{Flow, V, access};

/// Where values with their paths go.
pub(super) type Out<'o, 'a> = &'o mut dyn FnMut(&mut Meter, V<'a>, Path<'a>) -> Flow<'a>;

/// A value and where it is.
type At<'a> = (V<'a>, Path<'a>);

/// Calls `out` with every value that `node` gives and its path.
pub(super) fn each<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    meter.enter()?;
    let flow = eval(meter, node, scope, at, out);
    meter.leave();
    flow
}

fn eval<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match &node.kind {
        Kind::Id => out(meter, at.0, at.1),
        Kind::Empty => Ok(()),
        Kind::Recurse { .. } => recurse(meter, at, 0, out),
        Kind::Pipe(left, right) => each(meter, left, scope, at, &mut |meter, value, path| {
            each(meter, right, scope, (value, path), out)
        }),
        Kind::Bind(source, pattern, body) => {
            self::bind(meter, (source, pattern), body, scope, at, out)
        }
        Kind::Comma(nodes) => comma(meter, nodes, scope, at, out),
        Kind::Alternative(left, right) => {
            let left_counts = any_true(meter, left, scope, at.0.clone())?;
            each(
                meter,
                if left_counts { left } else { right },
                scope,
                at,
                out,
            )
        }
        Kind::If(condition, then, otherwise) => {
            choice(meter, condition, (then, otherwise), scope, at, out)
        }
        Kind::Try(body, catch) => attempt(meter, (body, catch.as_deref()), scope, at, out),
        Kind::Path(base, steps) => self::steps(meter, base, steps, scope, at, out),
        Kind::Fold(inner) => folded(meter, inner, scope, at, out),
        Kind::Argument(distance) => {
            let (node, seen) = bind::function(scope, *distance)?;
            each(meter, node, seen, at, out)
        }
        Kind::Break(distance) => Err(bind::break_to(scope, *distance)),
        Kind::Label(body) => {
            let label = meter.label();
            let env = bind::Env::label(label, scope);
            until_break(each(meter, body, Some(&env), at, out), label)
        }
        Kind::Call(call) => self::call(meter, call, scope, at, out),
        Kind::Special(special, arguments) => specials(meter, *special, arguments, scope, at, out),
        Kind::Native(_, arguments) if !super::all_give(meter, arguments, scope, &at.0)? => Ok(()),
        _ => Err(Fault::NoPath(at.0).into()),
    }
}

fn bind<'a>(
    meter: &mut Meter,
    source: (&'a Node, &'a Pattern),
    body: &'a Node,
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    bind::source(meter, source, scope, at.0.clone(), &mut |meter, bound| {
        each(meter, body, bound, at.clone(), out)
    })
}

fn comma<'a>(
    meter: &mut Meter,
    nodes: &'a [Node],
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    nodes
        .iter()
        .try_for_each(|node| each(meter, node, scope, at.clone(), out))
}

fn choice<'a>(
    meter: &mut Meter,
    condition: &'a Node,
    (then, otherwise): (&'a Node, &'a Node),
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    super::each(
        meter,
        condition,
        scope,
        at.0.clone(),
        &mut |meter, value| {
            let branch = if value.truthy() { then } else { otherwise };
            each(meter, branch, scope, at.clone(), out)
        },
    )
}

fn steps<'a>(
    meter: &mut Meter,
    base: &'a Node,
    steps: &'a [Step],
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let dot = at.0.clone();
    each(meter, base, scope, at, &mut |meter, value, path| {
        steps::resolve(meter, steps, scope, &dot, &mut |meter, places| {
            walk(meter, places, (value.clone(), path.clone()), out)
        })
    })
}

fn folded<'a>(
    meter: &mut Meter,
    inner: &'a Fold,
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    each(
        meter,
        &inner.init,
        scope,
        at.clone(),
        &mut |meter, value, path| fold(meter, inner, scope, &at.0, ((value, path), 0), out),
    )
}

fn call<'a>(
    meter: &mut Meter,
    call: &'a Call,
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let dot = Cell::new(at.0.clone());
    bind::arguments(meter, call, scope, &dot, &mut |meter, bound| {
        each(meter, &call.definition.body, bound, at.clone(), out)
    })
}

fn recurse<'a>(meter: &mut Meter, (value, path): At<'a>, depth: u32, out: Out<'_, 'a>) -> Flow<'a> {
    if depth > DEPTH_MAX {
        return Err(Limit::Depth.into());
    }
    out(meter, value.clone(), path.clone())?;
    if !matches!(value, V::Array(_) | V::Object(_)) {
        return Ok(());
    }
    meter.enter()?;
    let flow = access::entries(meter, value, &mut |meter, key, value| {
        let path = path.then(meter, key)?;
        recurse(meter, (value, path), depth + 1, out)
    });
    meter.leave();
    flow
}

/// Whether `node` gives something true, or fails: then it is the side of `//` that counts.
pub(super) fn any_true<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Result<bool, Stop<'a>> {
    let label = meter.label();
    let mut any = false;
    let flow = super::each(meter, node, scope, dot, &mut |_, value| {
        any = value.truthy();
        if any { Err(Stop::Break(label)) } else { Ok(()) }
    });
    match until_break(flow, label) {
        Err(Stop::Limit(limit)) => Err(limit.into()),
        Err(_) => Ok(true),
        Ok(()) => Ok(any),
    }
}

fn attempt<'a>(
    meter: &mut Meter,
    (body, catch): (&'a Node, Option<&'a Node>),
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut downstream = false;
    let flow = each(meter, body, scope, at, &mut |meter, value, path| {
        let flow = out(meter, value, path);
        downstream = flow.is_err();
        flow
    });
    match (flow, catch) {
        (Err(Stop::Fault(fault)), Some(catch)) if !downstream => {
            let error = fault.into_value(meter)?;
            // What is caught is nowhere in the input.
            super::each(meter, catch, scope, error, &mut |_, value| {
                Err(Fault::NoPath(value).into())
            })
        }
        (Err(Stop::Fault(_)), None) if !downstream => Ok(()),
        (flow, _) => flow,
    }
}

fn walk<'a>(
    meter: &mut Meter,
    places: &[Place<'a>],
    (value, path): At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let Some((place, rest)) = places.split_first() else {
        return out(meter, value, path);
    };
    meter.enter()?;
    let flow = match &place.key {
        Key::Every if place.optional && !matches!(value, V::Array(_) | V::Object(_)) => Ok(()),
        Key::Every => access::entries(meter, value, &mut |meter, key, value| {
            let path = path.then(meter, key)?;
            walk(meter, rest, (value, path), out)
        }),
        key => match (steps::follow(meter, value, key), place.optional) {
            (Ok(value), _) => {
                let key = steps::as_value(meter, key)?;
                let path = path.then(meter, key)?;
                walk(meter, rest, (value, path), out)
            }
            (Err(Stop::Fault(_)), true) => Ok(()),
            (Err(stop), _) => Err(stop),
        },
    };
    meter.leave();
    flow
}

/// A fold over places: see the one over values for how several states go on.
fn fold<'a>(
    meter: &mut Meter,
    inner: &'a Fold,
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    (state, from): (At<'a>, u64),
    out: Out<'_, 'a>,
) -> Flow<'a> {
    meter.enter()?;
    let label = meter.label();
    let mut state = Some(state);
    let mut item = 0;
    let flow = bind::source(
        meter,
        (&inner.source, &inner.pattern),
        scope,
        dot.clone(),
        &mut |meter, bound| {
            item += 1;
            if item <= from {
                return Ok(());
            }
            let Some(before) = state.take() else {
                return Ok(());
            };
            let mut states = Vec::new();
            let flow = each(
                meter,
                &inner.update,
                bound,
                before,
                &mut |meter, value, path| {
                    meter.values(usize::from(!states.is_empty()))?;
                    states.push((value, path));
                    Ok(())
                },
            );
            if flow.is_ok() && states.len() == 1 {
                state = states.pop();
                return match &state {
                    Some(state) => emit(meter, &inner.emit, bound, state, out),
                    None => Ok(()),
                };
            }
            for state in states {
                emit(meter, &inner.emit, bound, &state, out)?;
                fold(meter, inner, scope, dot, (state, item), out)?;
            }
            flow.and(Err(Stop::Break(label)))
        },
    );
    let flow = match (until_break(flow, label), &inner.emit, state) {
        (Ok(()), Emit::Last, Some((value, path))) => out(meter, value, path),
        (flow, _, _) => flow,
    };
    meter.leave();
    flow
}

fn emit<'a>(
    meter: &mut Meter,
    emit: &'a Emit,
    bound: Scope<'_, 'a>,
    at: &At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match emit {
        Emit::Last => Ok(()),
        Emit::States => out(meter, at.0.clone(), at.1.clone()),
        Emit::Extracts(extract) => each(meter, extract, bound, at.clone(), out),
    }
}

fn specials<'a>(
    meter: &mut Meter,
    special: Special,
    arguments: &'a [Node],
    scope: Scope<'_, 'a>,
    at: At<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match (special, arguments) {
        (Special::First, [f]) => {
            let label = meter.label();
            let mut found = None;
            let flow = each(meter, f, scope, at, &mut |_, value, path| {
                found = Some((value, path));
                Err(Stop::Break(label))
            });
            until_break(flow, label)?;
            found.map_or(Ok(()), |(value, path)| out(meter, value, path))
        }
        (Special::Last, [f]) => {
            let mut last = None;
            each(meter, f, scope, at, &mut |_, value, path| {
                last = Some((value, path));
                Ok(())
            })?;
            last.map_or(Ok(()), |(value, path)| out(meter, value, path))
        }
        (Special::Limit | Special::Skip, [count, f]) => {
            super::each(meter, count, scope, at.0.clone(), &mut |meter, count| {
                let mut left = super::special::Countdown(count);
                let mut more = left.next(meter)?;
                let taking = special == Special::Limit;
                if taking && !more {
                    return Ok(());
                }
                let label = meter.label();
                let flow = each(meter, f, scope, at.clone(), &mut |meter, value, path| {
                    match (taking, more) {
                        (true, _) | (false, false) => out(meter, value, path)?,
                        (false, true) => {}
                    }
                    more = (taking || more) && left.next(meter)?;
                    if taking && !more {
                        Err(Stop::Break(label))
                    } else {
                        Ok(())
                    }
                });
                until_break(flow, label)
            })
        }
        (Special::Error, _) => {
            super::special::many(meter, special, arguments, scope, at.0, &mut |_, value| {
                Err(Fault::NoPath(value).into())
            })
        }
        _ if !super::all_give(
            meter,
            super::special::values(special, arguments),
            scope,
            &at.0,
        )? =>
        {
            Ok(())
        }
        _ => Err(Fault::NoPath(at.0).into()),
    }
}
