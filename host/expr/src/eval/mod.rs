//! Evaluates programs.
//!
//! jaq's own evaluator cannot be bounded from outside: its value type can charge for what it
//! makes, but copying and comparing cannot fail there, and functions handed to functions recurse
//! on the native stack without any value being touched. So jaq reads the source, gives the
//! definitions and the numbers, and is what the tests compare with, and this walks the tree:
//! every node costs a step, and the nesting of evaluations is counted.
//!
//! A node that gives at most one value is evaluated by [`one`], a plain function. Others call on
//! with every value they give ([`each`]). What is called may ask to stop, so nothing is computed
//! that nobody wants. [`paths`] gives places along with values, and [`update`] changes places.

mod bind;
mod fold;
mod many;
mod paths;
mod single;
mod special;
mod steps;
mod update;

use crate::meter::{Meter, Stop};
use crate::term::{Node, Outputs};
use crate::value::fault::Fault;
use crate::value::{Flow, Out, V};

pub(crate) use bind::Env;

/// The outcome of something that gives at most one value.
pub(crate) type Found<'a> = Result<Option<V<'a>>, Stop<'a>>;

/// What is bound around a node, innermost first. It lives on the native stack.
pub(crate) type Scope<'e, 'a> = Option<&'e Env<'e, 'a>>;

/// Calls `out` with every value that `node` gives.
pub(crate) fn each<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    if at_most_one(node, scope) {
        return match one(meter, node, scope, dot)? {
            Some(value) => out(meter, value),
            None => Ok(()),
        };
    }
    meter.enter()?;
    let flow = many::eval(meter, node, scope, dot, out);
    meter.leave();
    flow
}

/// The value that `node` gives, which must not give more than one.
pub(crate) fn one<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    meter.enter()?;
    let found = single::eval(meter, node, scope, dot);
    meter.leave();
    found
}

/// Whether `node` gives at most one value here.
fn at_most_one(node: &Node, scope: Scope<'_, '_>) -> bool {
    match node.outputs {
        Outputs::AtMostOne => true,
        Outputs::LikeArguments => scope.is_none_or(Env::is_plain),
        Outputs::Many => false,
    }
}

/// What a label does around something: `break` to it ends that, and nothing else.
fn until_break<'a>(flow: Flow<'a>, label: u64) -> Flow<'a> {
    match flow {
        Err(Stop::Break(drawn)) if drawn == label => Ok(()),
        flow => flow,
    }
}

/// The first value that `node` gives.
fn first<'a>(meter: &mut Meter, node: &'a Node, scope: Scope<'_, 'a>, dot: V<'a>) -> Found<'a> {
    let label = meter.label();
    let mut found = None;
    let flow = each(meter, node, scope, dot, &mut |_, value| {
        found = Some(value);
        Err(Stop::Break(label))
    });
    until_break(flow, label)?;
    Ok(found)
}

/// Whether `node` gives anything, be it an error.
fn gives_any<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Result<bool, Stop<'a>> {
    match first(meter, node, scope, dot) {
        Ok(found) => Ok(found.is_some()),
        Err(Stop::Limit(limit)) => Err(limit.into()),
        Err(Stop::Fault(_) | Stop::Break(_)) => Ok(true),
    }
}

/// Whether each of some nodes gives anything; fails where one of them does.
fn all_give<'a>(
    meter: &mut Meter,
    nodes: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
) -> Result<bool, Stop<'a>> {
    for node in nodes {
        if first(meter, node, scope, dot.clone())?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A fault of this crate rather than of an expression; nothing reaches it.
fn unbound<'a>() -> Stop<'a> {
    Fault::Other("a name is not bound".to_owned()).into()
}
