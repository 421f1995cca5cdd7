//! Nodes that may give any number of values: they call on with every one.

use std::cell::Cell;

use super::{Scope, bind, each, fold, gives_any, single, special, steps, until_break, update};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter, Stop};
use crate::native::Run;
use crate::term::{Kind, Node, Piece};
use crate::value::{Array, Fields, Flow, Object, Out, Text, V, access, ops};

/// Calls `out` with every value that `node` gives.
pub(super) fn eval<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match &node.kind {
        Kind::Comma(nodes) => nodes.iter().try_for_each(|node| each(meter, node, scope, dot.clone(), out)),
        Kind::Pipe(left, right) => {
            each(meter, left, scope, dot, &mut |meter, value| each(meter, right, scope, value, out))
        }
        Kind::Recurse { .. } => recurse(meter, dot, 0, out),
        Kind::ToText(inner) => each(meter, inner, scope, dot, &mut |meter, value| {
            let text = single::to_text(meter, value)?;
            out(meter, text)
        }),
        Kind::Negate(inner) => each(meter, inner, scope, dot, &mut |meter, value| {
            let negative = ops::negate(meter, value)?;
            out(meter, negative)
        }),
        Kind::Math(left, op, right) => pairs(meter, (left, right), scope, dot, &mut |meter, left, right| {
            let result = ops::math(meter, *op, left, right)?;
            out(meter, result)
        }),
        Kind::Compare(left, op, right) => pairs(meter, (left, right), scope, dot, &mut |meter, left, right| {
            let result = single::compared(meter, *op, &left, &right)?;
            out(meter, result)
        }),
        Kind::Logic(left, stop, right) => logic(meter, (left, *stop, right), scope, dot, out),
        Kind::Alternative(left, right) => alternative(meter, left, right, scope, dot, out),
        Kind::Interpolation(pieces) => interpolation(meter, pieces, scope, &dot, Text::Lent(""), out),
        Kind::Object(entries) => {
            let empty = Fields::new(meter)?.into_value();
            object(meter, entries, scope, &dot, empty, out)
        }
        Kind::Try(body, catch) => attempt(meter, body, catch.as_deref(), scope, dot, out),
        Kind::If(condition, then, otherwise) => {
            each(meter, condition, scope, dot.clone(), &mut |meter, value| {
                let branch = if value.truthy() { then } else { otherwise };
                each(meter, branch, scope, dot.clone(), out)
            })
        }
        Kind::Path(base, parts) => steps::many(meter, base, parts, scope, dot, out),
        Kind::Fold(inner) => fold::many(meter, inner, scope, dot, out),
        Kind::Argument(distance) => {
            let (node, seen) = bind::function(scope, *distance)?;
            each(meter, node, seen, dot, out)
        }
        Kind::Native(native, arguments) => {
            native_call(meter, &native.run, arguments, scope, &dot, &mut Vec::new(), out)
        }
        Kind::Special(special, arguments) => special::many(meter, *special, arguments, scope, dot, out),
        Kind::Call(call) => {
            let dot = Cell::new(dot);
            bind::arguments(meter, call, scope, &dot, &mut |meter, bound| {
                each(meter, &call.definition.body, bound, bind::peek(&dot), out)
            })
        }
        Kind::Bind(source, pattern, body) => {
            bind::source(meter, (source, pattern), scope, dot.clone(), &mut |meter, bound| {
                each(meter, body, bound, dot.clone(), out)
            })
        }
        Kind::Label(body) => {
            let label = meter.label();
            let env = bind::Env::label(label, scope);
            until_break(each(meter, body, Some(&env), dot, out), label)
        }
        Kind::Assign(..) | Kind::Update(..) | Kind::UpdateMath(..) | Kind::UpdateAlternative(..) => {
            update::assignment(meter, node, scope, dot, out)
        }
        Kind::Id
        | Kind::Empty
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Number(_)
        | Kind::Text(_)
        | Kind::Variable(_)
        | Kind::Break(_)
        | Kind::Array(_) => match single::eval(meter, node, scope, dot)? {
            Some(value) => out(meter, value),
            None => Ok(()),
        },
    }
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
    let flow = access::elements(meter, value, &mut |meter, value| recurse(meter, value, depth + 1, out));
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
        let flow = each(meter, right, scope, dot.clone(), &mut |meter, right| out(meter, left.clone(), right));
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
        each(meter, right, scope, dot.clone(), &mut |meter, right| out(meter, V::Bool(right.truthy())))
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
    if any { Ok(()) } else { each(meter, right, scope, dot, out) }
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
                let V::Text(value) = single::to_text(meter, value)? else { return Ok(()) };
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
        return out(meter, before);
    };
    meter.enter()?;
    let mut downstream = false;
    let flow = pairs(meter, (key, value), scope, dot.clone(), &mut |meter, key, value| {
        let (V::Object(before), key) = (before.clone(), key) else { return Ok(()) };
        let V::Text(key) = key else { return Err(single::bad_key(key)) };
        let mut fields = before.into_fields(meter)?;
        fields.set(meter, key, value)?;
        let flow = object(meter, rest, scope, dot, fields.into_value(), out);
        downstream = flow.is_err();
        flow
    });
    let flow = match flow {
        Err(Stop::Fault(fault)) if !downstream => {
            let empty = Fields::new(meter)?.into_value();
            object(meter, rest, scope, dot, empty, &mut |_, _| Err(Stop::Fault(fault.clone())))
        }
        flow => flow,
    };
    meter.leave();
    flow
}

/// `try body catch …`. What fails after the body is not the body's failure.
fn attempt<'a>(
    meter: &mut Meter,
    body: &'a Node,
    catch: Option<&'a Node>,
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
    run: &'static Run,
    arguments: &'a [Node],
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
        let flow = native_call(meter, run, rest, scope, dot, values, out);
        values.pop();
        flow
    })
}

/// A pair as `path_value` gives it.
pub(super) fn pair<'a>(meter: &mut Meter, first: V<'a>, second: V<'a>) -> Result<V<'a>, Limit> {
    Array::collect(meter, [first, second].into_iter())
}

/// The object `{start, end}` that stands for a slice in a path.
pub(super) fn slice_key<'a>(meter: &mut Meter, from: Option<V<'a>>, upto: Option<V<'a>>) -> Result<V<'a>, Limit> {
    match (from, upto) {
        (Some(from), Some(upto)) => Object::of(meter, [("start", from), ("end", upto)]),
        (Some(from), None) => Object::of(meter, [("start", from)]),
        (None, Some(upto)) => Object::of(meter, [("end", upto)]),
        (None, None) => Object::of(meter, []),
    }
}
