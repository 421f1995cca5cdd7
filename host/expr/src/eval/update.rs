//! Assignments: `path |= f`, `path = f`, `path += f`, and what `del` and `map_values` are made of.

use std::cell::Cell;

use super::bind;
use super::steps::{self, Key, Place};
use super::{Scope, each, paths, special};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter, Stop};
use crate::term::{Call, Emit, Fold, Kind, Node, Pattern, Special, Step};
use crate::value::fault::Fault;
use crate::value::update::{self, Change};
use crate::value::{Flow, Out, Res, Text, V, ops};

/// Calls `out` with every outcome of an assignment.
pub(super) fn assignment<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let (path, value) = match &node.kind {
        Kind::Update(path, f) => {
            return change(
                meter,
                path,
                scope,
                dot,
                &|meter, value, out| each(meter, f, scope, value, out),
                out,
            );
        }
        Kind::Assign(path, value)
        | Kind::UpdateMath(path, _, value)
        | Kind::UpdateAlternative(path, value) => (path, value),
        _ => return Err(super::unbound()),
    };
    // The last value may take the input over and change it in place.
    let dot = Cell::new(dot);
    let single = super::at_most_one(value, scope);
    each(
        meter,
        value,
        scope,
        bind::peek(&dot),
        &mut |meter, value| {
            let dot = if single { dot.take() } else { bind::peek(&dot) };
            let change_to: Change<'_, 'a> = &|meter, old, out| {
                let new = match &node.kind {
                    Kind::UpdateMath(_, op, _) => ops::math(meter, *op, old, value.clone())?,
                    Kind::UpdateAlternative(..) if old.truthy() => old,
                    _ => value.clone(),
                };
                out(meter, new)
            };
            change(meter, path, scope, dot, change_to, out)
        },
    )
}

/// Calls `out` with `dot` after every place that `node` gives has been changed.
fn change<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    meter.enter()?;
    let flow = eval(meter, node, scope, dot, f, out);
    meter.leave();
    flow
}

fn eval<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match &node.kind {
        Kind::Id => f(meter, dot, out),
        Kind::Empty => out(meter, dot),
        Kind::Recurse { root_first: false } => leaves_first(meter, dot, 0, f, out),
        Kind::Recurse { root_first: true } => root_first(meter, dot, 0, f, out),
        Kind::Path(base, steps) => path(meter, (base, steps), scope, dot, f, out),
        Kind::Pipe(left, right) => pipe(meter, left, right, scope, dot, f, out),
        Kind::Comma(nodes) => comma(meter, nodes, scope, dot, f, out),
        Kind::If(condition, then, otherwise) => {
            choice(meter, condition, (then, otherwise), scope, dot, f, out)
        }
        Kind::Alternative(left, right) => alternative(meter, left, right, scope, dot, f, out),
        Kind::Bind(source, pattern, body) => {
            bound(meter, (source, pattern), body, scope, dot, f, out)
        }
        Kind::Call(call) => called(meter, call, scope, dot, f, out),
        Kind::Fold(inner) => folded(meter, inner, scope, dot, f, out),
        Kind::Argument(distance) => argument(meter, *distance, scope, dot, f, out),
        Kind::Break(distance) => Err(bind::break_to(scope, *distance)),
        Kind::Special(Special::Error, arguments) => raise(meter, arguments, scope, dot, out),
        Kind::Special(special, arguments) => {
            no_path(meter, special::values(*special, arguments), scope, dot, out)
        }
        Kind::Native(_, arguments) => no_path(meter, arguments, scope, dot, out),
        _ => Err(Fault::NoPath(dot).into()),
    }
}

/// A builtin is no path; but where an argument gives nothing, it is not even called.
fn no_path<'a>(
    meter: &mut Meter,
    arguments: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    if super::all_give(meter, arguments, scope, &dot)? {
        Err(Fault::NoPath(dot).into())
    } else {
        out(meter, dot)
    }
}

fn pipe<'a>(
    meter: &mut Meter,
    left: &'a Node,
    right: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    change(
        meter,
        left,
        scope,
        dot,
        &|meter, value, out| change(meter, right, scope, value, f, out),
        out,
    )
}

fn alternative<'a>(
    meter: &mut Meter,
    left: &'a Node,
    right: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let side = if paths::any_true(meter, left, scope, dot.clone())? {
        left
    } else {
        right
    };
    change(meter, side, scope, dot, f, out)
}

fn choice<'a>(
    meter: &mut Meter,
    condition: &'a Node,
    (then, otherwise): (&'a Node, &'a Node),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut states = States::new(dot);
    each(
        meter,
        condition,
        scope,
        states.peek(),
        &mut |meter, value| {
            let branch = if value.truthy() { then } else { otherwise };
            states.go_on(meter, &mut |meter, state, out| {
                change(meter, branch, scope, state, f, out)
            })
        },
    )?;
    states.give(meter, out)
}

fn bound<'a>(
    meter: &mut Meter,
    source: (&'a Node, &'a Pattern),
    body: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut states = States::new(dot);
    bind::source(meter, source, scope, states.peek(), &mut |meter, bound| {
        states.go_on(meter, &mut |meter, state, out| {
            change(meter, body, bound, state, f, out)
        })
    })?;
    states.give(meter, out)
}

fn called<'a>(
    meter: &mut Meter,
    call: &'a Call,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let input = Cell::new(dot.clone());
    let mut states = States::new(dot);
    bind::arguments(meter, call, scope, &input, &mut |meter, bound| {
        let body = &call.definition.body;
        states.go_on(meter, &mut |meter, state, out| {
            change(meter, body, bound, state, f, out)
        })
    })?;
    states.give(meter, out)
}

fn folded<'a>(
    meter: &mut Meter,
    inner: &'a Fold,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut values = Vec::new();
    let flow = each(
        meter,
        &inner.source,
        scope,
        dot.clone(),
        &mut |meter, value| {
            meter.values(1)?;
            values.push(value);
            Ok(())
        },
    );
    let source = (&*values, failed(flow)?);
    let go: Change<'_, 'a> = &|meter, value, out| fold(meter, inner, scope, &source, value, f, out);
    change(meter, &inner.init, scope, dot, go, out)
}

fn argument<'a>(
    meter: &mut Meter,
    distance: usize,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let (node, seen) = bind::function(scope, distance)?;
    change(meter, node, seen, dot, f, out)
}

/// `error(…)` fails; a message that gives nothing changes nothing.
fn raise<'a>(
    meter: &mut Meter,
    arguments: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    special::many(
        meter,
        Special::Error,
        arguments,
        scope,
        dot.clone(),
        &mut |_, _| Ok(()),
    )?;
    out(meter, dot)
}

/// What several changes one after the other have made of a value: usually one value, more where
/// a change gives more.
struct States<'a>(Vec<V<'a>>);

impl<'a> States<'a> {
    fn new(value: V<'a>) -> Self {
        States(vec![value])
    }

    /// A copy of the value before any change.
    fn peek(&self) -> V<'a> {
        self.0.first().cloned().unwrap_or_default()
    }

    /// Makes one more change.
    fn go_on(
        &mut self,
        meter: &mut Meter,
        change: &mut dyn FnMut(&mut Meter, V<'a>, Out<'_, 'a>) -> Flow<'a>,
    ) -> Flow<'a> {
        let mut next = Vec::new();
        for state in std::mem::take(&mut self.0) {
            change(meter, state, &mut |meter, value| {
                meter.values(usize::from(!next.is_empty()))?;
                next.push(value);
                Ok(())
            })?;
        }
        self.0 = next;
        Ok(())
    }

    fn give(self, meter: &mut Meter, out: Out<'_, 'a>) -> Flow<'a> {
        self.0.into_iter().try_for_each(|state| out(meter, state))
    }
}

/// Changes the places of every node, one after the other.
fn comma<'a>(
    meter: &mut Meter,
    nodes: &'a [Node],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match nodes.split_first() {
        Some((node, rest)) => change(meter, node, scope, dot, f, &mut |meter, value| {
            comma(meter, rest, scope, value, f, out)
        }),
        None => out(meter, dot),
    }
}

/// `.. |= f`: what is below a value is changed before the value.
fn leaves_first<'a>(
    meter: &mut Meter,
    value: V<'a>,
    depth: u32,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    if depth > DEPTH_MAX {
        return Err(Limit::Depth.into());
    }
    meter.enter()?;
    let value = update::elements(meter, value, true, &|meter, value, out| {
        leaves_first(meter, value, depth + 1, f, out)
    })?;
    let flow = f(meter, value, out);
    meter.leave();
    flow
}

/// `recurse |= f`: a value is changed before what is then below it.
fn root_first<'a>(
    meter: &mut Meter,
    value: V<'a>,
    depth: u32,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    if depth > DEPTH_MAX {
        return Err(Limit::Depth.into());
    }
    meter.enter()?;
    let flow = f(meter, value, &mut |meter, value| {
        let value = update::elements(meter, value, true, &|meter, value, out| {
            root_first(meter, value, depth + 1, f, out)
        })?;
        out(meter, value)
    });
    meter.leave();
    flow
}

fn path<'a>(
    meter: &mut Meter,
    (base, steps): (&'a Node, &'a [Step]),
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let mut ways: Vec<Vec<Place<'a>>> = Vec::new();
    let flow = steps::resolve(meter, steps, scope, &dot, &mut |meter, places| {
        meter.values(places.len())?;
        ways.push(places.to_vec());
        Ok(())
    });
    let failure = failed(flow)?;
    let along: Change<'_, 'a> = &|meter, mut value, out| {
        for places in &ways {
            value = at(meter, places, value, f)?;
        }
        failure.clone().map_or(Ok(()), Err)?;
        out(meter, value)
    };
    change(meter, base, scope, dot, along, out)
}

/// Changes the place at the end of `places`.
fn at<'a>(meter: &mut Meter, places: &[Place<'a>], value: V<'a>, f: Change<'_, 'a>) -> Res<'a> {
    let Some((place, rest)) = places.split_first() else {
        return Ok(value);
    };
    meter.enter()?;
    let along: Change<'_, 'a> = &|meter, value, out| {
        let value = at(meter, rest, value, f)?;
        out(meter, value)
    };
    let f = if rest.is_empty() { f } else { along };
    let changed = match &place.key {
        Key::Field(name) => {
            update::index(meter, value, &V::Text(Text::Lent(name)), place.optional, f)
        }
        Key::At(key) => update::index(meter, value, key, place.optional, f),
        Key::Slice(from, upto) => update::range(
            meter,
            value,
            (from.as_ref(), upto.as_ref()),
            place.optional,
            f,
        ),
        Key::Every => update::elements(meter, value, place.optional, f),
    };
    meter.leave();
    changed
}

/// What has failed, to be raised only where it matters: at the first place that is changed.
fn failed<'a>(flow: Flow<'a>) -> Result<Option<Stop<'a>>, Stop<'a>> {
    match flow {
        Ok(()) => Ok(None),
        Err(Stop::Limit(limit)) => Err(limit.into()),
        Err(stop) => Ok(Some(stop)),
    }
}

/// The items of a fold that are left, and the failure after them, if there is one.
type Source<'x, 'a> = (&'x [V<'a>], Option<Stop<'a>>);

/// A fold as a path: every item of its source leads one step further.
fn fold<'a>(
    meter: &mut Meter,
    inner: &'a Fold,
    scope: Scope<'_, 'a>,
    source: &Source<'_, 'a>,
    value: V<'a>,
    f: Change<'_, 'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    let Some((item, rest)) = source.0.split_first() else {
        return match (&source.1, &inner.emit) {
            (Some(stop), _) => Err(stop.clone()),
            (None, Emit::Last) => f(meter, value, out),
            (None, Emit::States | Emit::Extracts(_)) => out(meter, value),
        };
    };
    let rest = (rest, source.1.clone());
    let value = Cell::new(Some(value));
    bind::pattern(meter, &inner.pattern, scope, item, &mut |meter, bound| {
        let Some(value) = value.take() else {
            return Err(Fault::Other(
                "a pattern that matches several ways cannot be a path".to_owned(),
            )
            .into());
        };
        let go_on = |meter: &mut Meter, value: V<'a>, out: Out<'_, 'a>| {
            fold(meter, inner, scope, &rest, value, f, out)
        };
        let along: Change<'_, 'a> = match &inner.emit {
            Emit::Last => &go_on,
            Emit::States => {
                &|meter, value, out| f(meter, value, &mut |meter, value| go_on(meter, value, out))
            }
            Emit::Extracts(extract) => &|meter, value, out| {
                change(meter, extract, bound, value, f, &mut |meter, value| {
                    go_on(meter, value, out)
                })
            },
        };
        change(meter, &inner.update, bound, value, along, out)
    })
}
