//! Bindings: variables, functions handed over, labels; and taking values apart.

use std::cell::Cell;

use super::{Scope, each};
use crate::meter::{Meter, Stop};
use crate::term::{Base, Call, Handed, Node, Outputs, Pattern};
use crate::value::access;
use crate::value::{Flow, V};

/// A binding, and those around it.
pub(crate) struct Env<'e, 'a> {
    item: Item<'e, 'a>,
    next: Scope<'e, 'a>,
    /// Every function handed over, here and around, gives at most one value.
    plain: bool,
}

/// What is bound.
pub(super) enum Item<'e, 'a> {
    Value(V<'a>),
    /// A function, with the bindings that it sees.
    Function(&'a Node, Scope<'e, 'a>),
    Label(u64),
}

/// What goes on with more bindings.
pub(super) type Then<'t, 'a> = &'t mut dyn for<'e> FnMut(&mut Meter, Scope<'e, 'a>) -> Flow<'a>;

impl<'e, 'a> Env<'e, 'a> {
    pub(crate) fn value(value: V<'a>, next: Scope<'e, 'a>) -> Self {
        Env {
            item: Item::Value(value),
            plain: next.is_none_or(Env::is_plain),
            next,
        }
    }

    pub(super) fn label(label: u64, next: Scope<'e, 'a>) -> Self {
        Env {
            item: Item::Label(label),
            plain: next.is_none_or(Env::is_plain),
            next,
        }
    }

    fn function(node: &'a Node, seen: Scope<'e, 'a>, next: Scope<'e, 'a>) -> Self {
        let single = match node.outputs {
            Outputs::AtMostOne => true,
            Outputs::LikeArguments => seen.is_none_or(Env::is_plain),
            Outputs::Many => false,
        };
        Env {
            item: Item::Function(node, seen),
            plain: single && next.is_none_or(Env::is_plain),
            next,
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }
}

/// The binding that is `distance` away from the innermost one.
pub(super) fn find<'e, 'a>(scope: Scope<'e, 'a>, distance: usize) -> Option<&'e Item<'e, 'a>> {
    skip(scope, distance).map(|env| &env.item)
}

fn skip<'e, 'a>(mut scope: Scope<'e, 'a>, count: usize) -> Scope<'e, 'a> {
    for _ in 0..count {
        scope = scope?.next;
    }
    scope
}

/// The value of a variable.
pub(super) fn variable<'a>(scope: Scope<'_, 'a>, distance: usize) -> Result<V<'a>, Stop<'a>> {
    match find(scope, distance) {
        Some(Item::Value(value)) => Ok(value.clone()),
        _ => Err(super::unbound()),
    }
}

/// A function handed over, and what it sees.
pub(super) fn function<'e, 'a>(
    scope: Scope<'e, 'a>,
    distance: usize,
) -> Result<(&'a Node, Scope<'e, 'a>), Stop<'a>> {
    match find(scope, distance) {
        Some(Item::Function(node, seen)) => Ok((node, *seen)),
        _ => Err(super::unbound()),
    }
}

/// The `break` to a label.
pub(super) fn break_to<'a>(scope: Scope<'_, 'a>, distance: usize) -> Stop<'a> {
    match find(scope, distance) {
        Some(Item::Label(label)) => Stop::Break(*label),
        _ => super::unbound(),
    }
}

/// The input of a call, which its arguments copy and its body may take, so as to be the only
/// holder and change it in place.
pub(super) type Dot<'d, 'a> = &'d Cell<V<'a>>;

/// A copy of the input.
pub(super) fn peek<'a>(dot: Dot<'_, 'a>) -> V<'a> {
    let value = dot.take();
    dot.set(value.clone());
    value
}

/// Goes on with the bindings of a call, once for every combination of its values.
pub(super) fn arguments<'a>(
    meter: &mut Meter,
    call: &'a Call,
    scope: Scope<'_, 'a>,
    dot: Dot<'_, 'a>,
    then: Then<'_, 'a>,
) -> Flow<'a> {
    let base = match call.base {
        Base::Library => None,
        Base::Skip(count) => skip(scope, count),
    };
    hand_over(meter, &call.arguments, scope, dot, base, then)
}

fn hand_over<'a>(
    meter: &mut Meter,
    arguments: &'a [Handed],
    scope: Scope<'_, 'a>,
    dot: Dot<'_, 'a>,
    bound: Scope<'_, 'a>,
    then: Then<'_, 'a>,
) -> Flow<'a> {
    let Some((argument, rest)) = arguments.split_first() else {
        return then(meter, bound);
    };
    meter.enter()?;
    let flow = match argument {
        Handed::Function(node) => {
            let env = Env::function(node, scope, bound);
            hand_over(meter, rest, scope, dot, Some(&env), then)
        }
        Handed::Value(node) => each(meter, node, scope, peek(dot), &mut |meter, value| {
            let env = Env::value(value, bound);
            hand_over(meter, rest, scope, dot, Some(&env), then)
        }),
    };
    meter.leave();
    flow
}

/// Goes on with every way to bind what `source` gives.
pub(super) fn source<'a>(
    meter: &mut Meter,
    (source, pattern): (&'a Node, &'a Pattern),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    then: Then<'_, 'a>,
) -> Flow<'a> {
    each(meter, source, scope, dot, &mut |meter, value| {
        self::pattern(meter, pattern, scope, &value, then)
    })
}

/// Goes on with every way to bind `value`.
pub(super) fn pattern<'a>(
    meter: &mut Meter,
    pattern: &'a Pattern,
    scope: Scope<'_, 'a>,
    value: &V<'a>,
    then: Then<'_, 'a>,
) -> Flow<'a> {
    match pattern {
        Pattern::Variable => then(meter, Some(&Env::value(value.clone(), scope))),
        Pattern::Parts(list) => parts(meter, list, (scope, scope), value, then),
    }
}

/// Binds the parts of `whole`; keys see the bindings `outer`, which the pattern extends.
fn parts<'a>(
    meter: &mut Meter,
    list: &'a [(Node, Pattern)],
    (outer, bound): (Scope<'_, 'a>, Scope<'_, 'a>),
    whole: &V<'a>,
    then: Then<'_, 'a>,
) -> Flow<'a> {
    let Some(((key, pattern), rest)) = list.split_first() else {
        return then(meter, bound);
    };
    meter.enter()?;
    let flow = each(meter, key, outer, whole.clone(), &mut |meter, key| {
        let part = access::index(meter, whole.clone(), &key)?;
        match pattern {
            Pattern::Variable => parts(
                meter,
                rest,
                (outer, Some(&Env::value(part, bound))),
                whole,
                then,
            ),
            Pattern::Parts(inner) => {
                parts(meter, inner, (outer, bound), &part, &mut |meter, bound| {
                    parts(meter, rest, (outer, bound), whole, then)
                })
            }
        }
    });
    meter.leave();
    flow
}
