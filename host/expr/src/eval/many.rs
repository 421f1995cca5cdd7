//! Nodes that may give any number of values: they call on with every one.

use std::cell::Cell;

use jaq_core::ops::{Cmp, Math};

use super::{Scope, bind, each, fold, gives_any, single, special, steps, until_break, update};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter, Stop};
use crate::native::Run;
use crate::term::{Call, Kind, Node, Pattern, Piece};
use crate::value::{Array, Fields, Flow, Object, Out, Res, Text, V, access, ops};

/// Calls `out` with every value that `node` gives. See [`single::eval`] for why it only hands on.
pub(super) fn eval<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match &node.kind {
        Kind::Comma(nodes) => comma(meter, nodes, scope, dot, out),
        Kind::Pipe(left, right) => pipe(meter, left, right, scope, dot, out),
        Kind::Recurse { .. } => recurse(meter, dot, 0, out),
        Kind::ToText(inner) => converted(meter, inner, scope, dot, single::to_text, out),
        Kind::Negate(inner) => converted(meter, inner, scope, dot, ops::negate, out),
        Kind::Math(left, op, right) => math(meter, (left, *op, right), scope, dot, out),
        Kind::Compare(left, op, right) => comparison(meter, (left, *op, right), scope, dot, out),
        Kind::Logic(left, stop, right) => logic(meter, (left, *stop, right), scope, dot, out),
        Kind::Alternative(left, right) => alternative(meter, left, right, scope, dot, out),
        Kind::Interpolation(pieces) => {
            interpolation(meter, pieces, scope, &dot, Text::Lent(""), out)
        }
        Kind::Object(entries) => object(meter, entries, scope, &dot, V::Null, out),
        Kind::Try(body, catch) => attempt(meter, (body, catch.as_deref()), scope, dot, out),
        Kind::If(condition, then, otherwise) => {
            choice(meter, condition, (then, otherwise), scope, dot, out)
        }
        Kind::Path(base, parts) => steps::many(meter, base, parts, scope, dot, out),
        Kind::Fold(inner) => fold::many(meter, inner, scope, dot, out),
        Kind::Argument(distance) => argument(meter, *distance, scope, dot, out),
        Kind::Native(native, arguments) => native_call(
            meter,
            (&native.run, arguments),
            scope,
            &dot,
            &mut Vec::new(),
            out,
        ),
        Kind::Special(special, arguments) => {
            special::many(meter, *special, arguments, scope, dot, out)
        }
        Kind::Call(call) => self::call(meter, call, scope, dot, out),
        Kind::Bind(source, pattern, body) => {
            self::bind(meter, (source, pattern), body, scope, dot, out)
        }
        Kind::Label(body) => label(meter, body, scope, dot, out),
        Kind::Assign(..)
        | Kind::Update(..)
        | Kind::UpdateMath(..)
        | Kind::UpdateAlternative(..) => update::assignment(meter, node, scope, dot, out),
        Kind::Id
        | Kind::Empty
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Number(_)
        | Kind::Text(_)
        | Kind::Variable(_)
        | Kind::Break(_)
        | Kind::Array(_) => simple(meter, node, scope, dot, out),
    }
}

fn simple<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match single::eval(meter, node, scope, dot)? {
        Some(value) => out(meter, value),
        None => Ok(()),
    }
}

fn comma<'a>(
    meter: &mut Meter,
    nodes: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    nodes
        .iter()
        .try_for_each(|node| each(meter, node, scope, dot.clone(), out))
}

fn pipe<'a>(
    meter: &mut Meter,
    left: &'a Node,
    right: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    each(meter, left, scope, dot, &mut |meter, value| {
        each(meter, right, scope, value, out)
    })
}

/// Every value of `inner` after `f`.
fn converted<'a>(
    meter: &mut Meter,
    inner: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: fn(&mut Meter, V<'a>) -> Res<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    each(meter, inner, scope, dot, &mut |meter, value| {
        let value = f(meter, value)?;
        out(meter, value)
    })
}

fn math<'a>(
    meter: &mut Meter,
    (left, op, right): (&'a Node, Math, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    pairs(
        meter,
        (left, right),
        scope,
        dot,
        &mut |meter, left, right| {
            let result = ops::math(meter, op, left, right)?;
            out(meter, result)
        },
    )
}

fn comparison<'a>(
    meter: &mut Meter,
    (left, op, right): (&'a Node, Cmp, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    pairs(
        meter,
        (left, right),
        scope,
        dot,
        &mut |meter, left, right| {
            let result = single::compared(meter, op, &left, &right)?;
            out(meter, result)
        },
    )
}

fn choice<'a>(
    meter: &mut Meter,
    condition: &'a Node,
    (then, otherwise): (&'a Node, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    each(meter, condition, scope, dot.clone(), &mut |meter, value| {
        each(
            meter,
            if value.truthy() { then } else { otherwise },
            scope,
            dot.clone(),
            out,
        )
    })
}

fn argument<'a>(
    meter: &mut Meter,
    distance: usize,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let (node, seen) = bind::function(scope, distance)?;
    each(meter, node, seen, dot, out)
}

fn call<'a>(
    meter: &mut Meter,
    call: &'a Call,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let dot = Cell::new(dot);
    bind::arguments(meter, call, scope, &dot, &mut |meter, bound| {
        each(meter, &call.definition.body, bound, bind::peek(&dot), out)
    })
}

fn bind<'a>(
    meter: &mut Meter,
    source: (&'a Node, &'a Pattern),
    body: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    bind::source(meter, source, scope, dot.clone(), &mut |meter, bound| {
        each(meter, body, bound, dot.clone(), out)
    })
}

fn label<'a>(
    meter: &mut Meter,
    body: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let label = meter.label();
    until_break(
        each(meter, body, Some(&bind::Env::label(label, scope)), dot, out),
        label,
    )
}

/// `..`: the value, then everything below it.
fn recurse<'a>(meter: &mut Meter, value: V<'a>, depth: u32, out: Out<'_, 'a>) -> Flow<'a> {
    if depth > DEPTH_MAX {
        return Err(Limit::Depth.into());
    }
    out(meter, value.clone())?;
    if !matches!(value, V::Array(_) | V::Object(_)) {
        return Ok(());
    }
    meter.enter()?;
    let flow = access::elements(meter, value, &mut |meter, value| {
        recurse(meter, value, depth + 1, out)
    });
    meter.leave();
    flow
}

/// Every value of the left with every value of the right.
///
/// A failure of the left counts only where the right gives anything, as in jaq.
fn pairs<'a>(
    meter: &mut Meter,
    (left, right): (&'a Node, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: &mut dyn FnMut(&mut Meter, V<'a>, V<'a>) -> Flow<'a>,
) -> Flow<'a> {
    let mut downstream = false;
    let flow = each(meter, left, scope, dot.clone(), &mut |meter, left| {
        let flow = each(meter, right, scope, dot.clone(), &mut |meter, right| {
            out(meter, left.clone(), right)
        });
        downstream = flow.is_err();
        flow
    });
    match flow {
        Err(Stop::Fault(fault)) if !downstream => match gives_any(meter, right, scope, dot)? {
            true => Err(Stop::Fault(fault)),
            false => Ok(()),
        },
        flow => flow,
    }
}

fn logic<'a>(
    meter: &mut Meter,
    (left, stop, right): (&'a Node, bool, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    each(meter, left, scope, dot.clone(), &mut |meter, left| {
        if left.truthy() == stop {
            return out(meter, V::Bool(stop));
        }
        each(meter, right, scope, dot.clone(), &mut |meter, right| {
            out(meter, V::Bool(right.truthy()))
        })
    })
}

/// `left // right`: what is true of the left; where nothing is, the right.
fn alternative<'a>(
    meter: &mut Meter,
    left: &'a Node,
    right: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut any = false;
    each(meter, left, scope, dot.clone(), &mut |meter, value| {
        if !value.truthy() {
            return Ok(());
        }
        any = true;
        out(meter, value)
    })?;
    if any {
        Ok(())
    } else {
        each(meter, right, scope, dot, out)
    }
}

/// Calls on with every text that the pieces make, after `before`.
fn interpolation<'a>(
    meter: &mut Meter,
    pieces: &'a [Piece],
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    before: Text<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let Some((piece, rest)) = pieces.split_first() else {
        return out(meter, V::Text(before));
    };
    meter.enter()?;
    let flow = match piece {
        Piece::Text(text) => {
            let text = ops::join(meter, before, text)?;
            interpolation(meter, rest, scope, dot, text, out)
        }
        Piece::Value(node) => {
            let mut downstream = false;
            let flow = each(meter, node, scope, dot.clone(), &mut |meter, value| {
                let V::Text(value) = single::to_text(meter, value)? else {
                    return Ok(());
                };
                let text = ops::join(meter, before.clone(), &value)?;
                let flow = interpolation(meter, rest, scope, dot, text, out);
                downstream = flow.is_err();
                flow
            });
            match flow {
                Err(Stop::Fault(fault)) if !downstream => {
                    let nothing = &mut |_: &mut Meter, _| Err(Stop::Fault(fault.clone()));
                    interpolation(meter, rest, scope, dot, Text::Lent(""), nothing)
                }
                flow => flow,
            }
        }
    };
    meter.leave();
    flow
}

/// Calls on with every object that the entries make, on top of `before`.
fn object<'a>(
    meter: &mut Meter,
    entries: &'a [(Node, Node)],
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    before: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let Some(((key, value), rest)) = entries.split_first() else {
        let object = if let V::Null = before {
            Fields::new(meter)?.into_value()
        } else {
            before
        };
        return out(meter, object);
    };
    meter.enter()?;
    let mut downstream = false;
    let flow = pairs(
        meter,
        (key, value),
        scope,
        dot.clone(),
        &mut |meter, key, value| {
            let with = extended(meter, before.clone(), key, value)?;
            let flow = object(meter, rest, scope, dot, with, out);
            downstream = flow.is_err();
            flow
        },
    );
    let flow = match flow {
        Err(Stop::Fault(fault)) if !downstream => {
            object(meter, rest, scope, dot, V::Null, &mut |_, _| {
                Err(Stop::Fault(fault.clone()))
            })
        }
        flow => flow,
    };
    meter.leave();
    flow
}

/// An object (or none yet) with one more field.
fn extended<'a>(meter: &mut Meter, object: V<'a>, key: V<'a>, value: V<'a>) -> Res<'a> {
    let V::Text(key) = key else {
        return Err(single::bad_key(key));
    };
    let mut fields = match object {
        V::Object(object) => object.into_fields(meter)?,
        _ => Fields::new(meter)?,
    };
    fields.set(meter, key, value)?;
    Ok(fields.into_value())
}

/// `try body catch …`. What fails after the body is not the body's failure.
fn attempt<'a>(
    meter: &mut Meter,
    (body, catch): (&'a Node, Option<&'a Node>),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut downstream = false;
    let flow = each(meter, body, scope, dot, &mut |meter, value| {
        let flow = out(meter, value);
        downstream = flow.is_err();
        flow
    });
    match (flow, catch) {
        (Err(Stop::Fault(fault)), Some(catch)) if !downstream => {
            let error = fault.into_value(meter)?;
            each(meter, catch, scope, error, out)
        }
        (Err(Stop::Fault(_)), None) if !downstream => Ok(()),
        (flow, _) => flow,
    }
}

fn native_call<'a>(
    meter: &mut Meter,
    (run, arguments): (&'static Run, &'a [Node]),
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    values: &mut Vec<V<'a>>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let Some((argument, rest)) = arguments.split_first() else {
        let value = run.call(meter, dot.clone(), values.clone())?;
        return out(meter, value);
    };
    each(meter, argument, scope, dot.clone(), &mut |meter, value| {
        values.push(value);
        let flow = native_call(meter, (run, rest), scope, dot, values, out);
        values.pop();
        flow
    })
}

/// A pair as `path_value` gives it.
pub(super) fn pair<'a>(meter: &mut Meter, first: V<'a>, second: V<'a>) -> Result<V<'a>, Limit> {
    Array::collect(meter, [first, second].into_iter())
}

/// The object `{start, end}` that stands for a slice in a path.
pub(super) fn slice_key<'a>(
    meter: &mut Meter,
    from: Option<V<'a>>,
    upto: Option<V<'a>>,
) -> Result<V<'a>, Limit> {
    match (from, upto) {
        (Some(from), Some(upto)) => Object::of(meter, [("start", from), ("end", upto)]),
        (Some(from), None) => Object::of(meter, [("start", from)]),
        (None, Some(upto)) => Object::of(meter, [("end", upto)]),
        (None, None) => Object::of(meter, []),
    }
}
