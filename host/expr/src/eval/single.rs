//! Nodes that give at most one value, as plain functions.

use std::cell::Cell;
use std::rc::Rc;

use jaq_core::ops::{Cmp, Math};
use jaq_json::Num;

use super::{Found, Scope, bind, fold, many, one, special, steps};
use crate::meter::{BOX_BYTES, Meter, Stop};
use crate::native::Run;
use crate::term::{Call, Kind, Node, Pattern, Piece};
use crate::value::compare::{Order, compare, equal};
use crate::value::fault::Fault;
use crate::value::{Fields, Items, Res, Text, V, json, number, ops};

/// Evaluates `node`, which gives at most one value.
///
/// Every branch only hands on: evaluations nest through here, and what a branch kept would be
/// on the stack once for each of them.
pub(super) fn eval<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match &node.kind {
        Kind::Id => Ok(Some(dot)),
        Kind::Array(inner) => array(meter, inner.as_deref(), scope, dot),
        Kind::Interpolation(pieces) => interpolation(meter, pieces, scope, dot),
        Kind::ToText(inner) => converted(meter, inner, scope, dot, to_text),
        Kind::Negate(inner) => converted(meter, inner, scope, dot, ops::negate),
        Kind::Object(fields) => object(meter, fields, scope, dot),
        Kind::Math(left, op, right) => math(meter, (left, *op, right), scope, dot),
        Kind::Compare(left, op, right) => comparison(meter, (left, *op, right), scope, dot),
        Kind::Logic(left, stop, right) => logic(meter, (left, *stop, right), scope, dot),
        Kind::Alternative(left, right) => alternative(meter, left, right, scope, dot),
        Kind::Pipe(left, right) => pipe(meter, left, right, scope, dot),
        Kind::Try(body, catch) => attempt(meter, body, catch.as_deref(), scope, dot),
        Kind::If(condition, then, otherwise) => {
            choice(meter, condition, (then, otherwise), scope, dot)
        }
        Kind::Path(base, parts) => steps::single(meter, base, parts, scope, dot),
        Kind::Fold(inner) => fold::single(meter, inner, scope, dot),
        Kind::Argument(distance) => argument(meter, *distance, scope, dot),
        Kind::Native(native, arguments) => call_native(meter, &native.run, arguments, scope, dot),
        Kind::Special(special, arguments) => {
            special::single(meter, *special, arguments, scope, dot)
        }
        Kind::Call(call) => self::call(meter, call, scope, dot),
        Kind::Bind(source, pattern, body) => self::bind(meter, (source, pattern), body, scope, dot),
        Kind::Label(_)
        | Kind::Assign(..)
        | Kind::Update(..)
        | Kind::UpdateMath(..)
        | Kind::UpdateAlternative(..)
        | Kind::Comma(_)
        | Kind::Recurse { .. } => last_of_many(meter, node, scope, dot),
        Kind::Empty
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Number(_)
        | Kind::Text(_)
        | Kind::Variable(_)
        | Kind::Break(_) => leaf(meter, node, scope),
    }
}

fn leaf<'a>(meter: &mut Meter, node: &'a Node, scope: Scope<'_, 'a>) -> Found<'a> {
    Ok(Some(match &node.kind {
        Kind::Null => V::Null,
        Kind::Bool(b) => V::Bool(*b),
        Kind::Int(int) => V::Num(Num::Int(*int)),
        Kind::Number(text) => V::Num(number::parse(meter, text)?),
        Kind::Text(text) => V::Text(Text::Lent(text)),
        Kind::Variable(distance) => bind::variable(scope, *distance)?,
        Kind::Break(distance) => return Err(bind::break_to(scope, *distance)),
        _ => return Ok(None),
    }))
}

/// The value of `inner` after `f`.
fn converted<'a>(
    meter: &mut Meter,
    inner: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: fn(&mut Meter, V<'a>) -> Res<'a>,
) -> Found<'a> {
    match one(meter, inner, scope, dot) {
        Ok(Some(value)) => f(meter, value).map(Some),
        nothing => nothing,
    }
}

fn pipe<'a>(
    meter: &mut Meter,
    left: &'a Node,
    right: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match one(meter, left, scope, dot) {
        Ok(Some(value)) => one(meter, right, scope, value),
        nothing => nothing,
    }
}

fn math<'a>(
    meter: &mut Meter,
    (left, op, right): (&'a Node, Math, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match operands(meter, left, right, scope, dot)? {
        Some((left, right)) => ops::math(meter, op, left, right).map(Some),
        None => Ok(None),
    }
}

fn comparison<'a>(
    meter: &mut Meter,
    (left, op, right): (&'a Node, Cmp, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match operands(meter, left, right, scope, dot)? {
        Some((left, right)) => compared(meter, op, &left, &right).map(Some),
        None => Ok(None),
    }
}

fn alternative<'a>(
    meter: &mut Meter,
    left: &'a Node,
    right: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match one(meter, left, scope, dot.clone()) {
        Ok(Some(value)) if value.truthy() => Ok(Some(value)),
        Ok(_) => one(meter, right, scope, dot),
        failure => failure,
    }
}

fn choice<'a>(
    meter: &mut Meter,
    condition: &'a Node,
    (then, otherwise): (&'a Node, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match one(meter, condition, scope, dot.clone()) {
        Ok(Some(value)) => one(
            meter,
            if value.truthy() { then } else { otherwise },
            scope,
            dot,
        ),
        nothing => nothing,
    }
}

fn argument<'a>(meter: &mut Meter, distance: usize, scope: Scope<'_, 'a>, dot: V<'a>) -> Found<'a> {
    let (node, seen) = bind::function(scope, distance)?;
    one(meter, node, seen, dot)
}

fn call<'a>(meter: &mut Meter, call: &'a Call, scope: Scope<'_, 'a>, dot: V<'a>) -> Found<'a> {
    let (mut found, dot) = (Ok(None), Cell::new(dot));
    bind::arguments(meter, call, scope, &dot, &mut |meter, bound| {
        found = one(meter, &call.definition.body, bound, dot.take());
        Ok(())
    })?;
    found
}

fn bind<'a>(
    meter: &mut Meter,
    source: (&'a Node, &'a Pattern),
    body: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    let (mut found, dot) = (Ok(None), Cell::new(dot));
    bind::source(
        meter,
        source,
        scope,
        bind::peek(&dot),
        &mut |meter, bound| {
            found = one(meter, body, bound, dot.take());
            Ok(())
        },
    )?;
    found
}

/// The value of a node that is evaluated like those that may give many.
fn last_of_many<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    let mut found = None;
    many::eval(meter, node, scope, dot, &mut |_, value| {
        found = Some(value);
        Ok(())
    })?;
    Ok(found)
}

/// `[inner]`.
fn array<'a>(
    meter: &mut Meter,
    inner: Option<&'a Node>,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    let mut items = Items::new(meter)?;
    if let Some(inner) = inner {
        super::each(meter, inner, scope, dot, &mut |meter, value| {
            Ok(items.push(meter, value)?)
        })?;
    }
    Ok(Some(items.into_value()))
}

/// Both sides of an operator. As in jaq, nothing on either side gives nothing, even where
/// the other side fails; and of two failures the left one counts. The right side is evaluated
/// first so that the left one can take `.` over and change it in place.
pub(super) fn operands<'a>(
    meter: &mut Meter,
    left: &'a Node,
    right: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Result<Option<(V<'a>, V<'a>)>, Stop<'a>> {
    let right = match one(meter, right, scope, dot.clone()) {
        Err(Stop::Limit(limit)) => return Err(limit.into()),
        right => right,
    };
    let left = match one(meter, left, scope, dot) {
        Err(Stop::Limit(limit)) => return Err(limit.into()),
        left => left,
    };
    match (left, right) {
        (Ok(None), _) | (_, Ok(None)) => Ok(None),
        (Err(stop), _) | (_, Err(stop)) => Err(stop),
        (Ok(Some(left)), Ok(Some(right))) => Ok(Some((left, right))),
    }
}

/// Compares two values with an operator.
pub(super) fn compared<'a>(meter: &mut Meter, op: Cmp, left: &V<'a>, right: &V<'a>) -> Res<'a> {
    Ok(V::Bool(match op {
        Cmp::Eq => equal(meter, left, right)?,
        Cmp::Ne => !equal(meter, left, right)?,
        Cmp::Lt => compare(meter, Order::Operator, left, right)?.is_lt(),
        Cmp::Le => compare(meter, Order::Operator, left, right)?.is_le(),
        Cmp::Gt => compare(meter, Order::Operator, left, right)?.is_gt(),
        Cmp::Ge => compare(meter, Order::Operator, left, right)?.is_ge(),
    }))
}

fn logic<'a>(
    meter: &mut Meter,
    (left, stop, right): (&'a Node, bool, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match one(meter, left, scope, dot.clone())? {
        Some(left) if left.truthy() == stop => Ok(Some(V::Bool(stop))),
        Some(_) => Ok(one(meter, right, scope, dot)?.map(|right| V::Bool(right.truthy()))),
        None => Ok(None),
    }
}

fn attempt<'a>(
    meter: &mut Meter,
    body: &'a Node,
    catch: Option<&'a Node>,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    match (one(meter, body, scope, dot), catch) {
        (Err(Stop::Fault(fault)), Some(catch)) => {
            let error = fault.into_value(meter)?;
            one(meter, catch, scope, error)
        }
        (Err(Stop::Fault(_)), None) => Ok(None),
        (found, _) => found,
    }
}

/// `tostring`: a text as it is, anything else as JSON.
pub(super) fn to_text<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    match value {
        V::Text(text) => Ok(V::Text(text)),
        value => Ok(V::Text(Text::Own(Rc::new(json::to_text(meter, &value)?)))),
    }
}

/// A text with values in it: no text at all where one of them is missing, else the first
/// failure if any, as with the sum that jaq makes of it.
fn interpolation<'a>(
    meter: &mut Meter,
    pieces: &'a [Piece],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    meter.bytes(BOX_BYTES)?;
    let mut text = String::new();
    let mut failure = None;
    for piece in pieces {
        let part = match piece {
            Piece::Text(part) => Ok(Some(V::Text(Text::Lent(part)))),
            Piece::Value(node) => one(meter, node, scope, dot.clone()),
        };
        match part {
            Ok(Some(V::Text(part))) => {
                meter.bytes(part.len() as u64)?;
                text.push_str(&part);
            }
            Ok(Some(part)) => note(&mut failure, Fault::Type(part, "string").into()),
            Ok(None) => return Ok(None),
            Err(Stop::Limit(limit)) => return Err(limit.into()),
            Err(stop) => note(&mut failure, stop),
        }
    }
    match failure {
        Some(stop) => Err(stop),
        None => Ok(Some(V::Text(Text::Own(Rc::new(text))))),
    }
}

fn note<'a>(failure: &mut Option<Stop<'a>>, stop: Stop<'a>) {
    failure.get_or_insert(stop);
}

/// `{…}`, with the same rule as [`interpolation`].
fn object<'a>(
    meter: &mut Meter,
    entries: &'a [(Node, Node)],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    let mut fields = Fields::new(meter)?;
    let mut failure = None;
    for (key, value) in entries {
        let key = one(meter, key, scope, dot.clone());
        let value = match key {
            Ok(None) | Err(Stop::Limit(_)) => return key,
            _ => one(meter, value, scope, dot.clone()),
        };
        match (key, value) {
            (_, Ok(None)) => return Ok(None),
            (_, Err(Stop::Limit(limit))) => return Err(limit.into()),
            (Err(stop), _) | (Ok(_), Err(stop)) => note(&mut failure, stop),
            (Ok(Some(V::Text(key))), Ok(Some(value))) => fields.set(meter, key, value)?,
            (Ok(Some(key)), Ok(Some(_))) => note(&mut failure, bad_key(key)),
            (Ok(None), _) => return Ok(None),
        }
    }
    match failure {
        Some(stop) => Err(stop),
        None => Ok(Some(fields.into_value())),
    }
}

pub(super) fn bad_key<'a>(key: V<'a>) -> Stop<'a> {
    Fault::Type(key, "key of an object (write `(… | tostring)`)").into()
}

/// A builtin on values.
fn call_native<'a>(
    meter: &mut Meter,
    run: &'static Run,
    arguments: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match one(meter, argument, scope, dot.clone())? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    run.call(meter, dot, values).map(Some)
}
