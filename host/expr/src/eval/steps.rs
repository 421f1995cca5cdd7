//! Paths such as `.a[0].b[]?[2:]`: their keys are worked out first, then they are followed.

use super::{Found, Scope, each, one};
use crate::meter::{Meter, Stop};
use crate::term::{Node, Part, Step};
use crate::value::{Flow, Out, Text, V, access};

/// A part of a path whose keys are known.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) key: Key<'a>,
    pub(super) optional: bool,
}

/// Where a part of a path leads.
#[derive(Debug, Clone)]
pub(super) enum Key<'a> {
    Field(&'a str),
    At(V<'a>),
    Slice(Option<V<'a>>, Option<V<'a>>),
    Every,
}

/// A path that gives at most one value.
pub(super) fn single<'a>(
    meter: &mut Meter,
    base: &'a Node,
    steps: &'a [Step],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    // Most paths are `.a.b.c`.
    if steps.iter().all(|step| matches!(step.part, Part::Field(_))) {
        let mut value = match one(meter, base, scope, dot)? {
            Some(value) => value,
            None => return Ok(None),
        };
        for step in steps {
            let Part::Field(name) = &step.part else {
                continue;
            };
            meter.steps(1)?;
            value = match (access::field(value, name), step.optional) {
                (Ok(value), _) => value,
                (Err(Stop::Fault(_)), true) => return Ok(None),
                (Err(stop), _) => return Err(stop),
            };
        }
        return Ok(Some(value));
    }
    let Some(mut value) = one(meter, base, scope, dot.clone())? else {
        return Ok(None);
    };
    let Some(places) = resolve_single(meter, steps, scope, &dot)? else {
        return Ok(None);
    };
    for place in &places {
        meter.steps(1)?;
        value = match (follow(meter, value, &place.key), place.optional) {
            (Ok(value), _) => value,
            (Err(Stop::Fault(_)), true) => return Ok(None),
            (Err(stop), _) => return Err(stop),
        };
    }
    Ok(Some(value))
}

/// A path that may give any number of values.
pub(super) fn many<'a>(
    meter: &mut Meter,
    base: &'a Node,
    steps: &'a [Step],
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    each(meter, base, scope, dot.clone(), &mut |meter, value| {
        resolve(meter, steps, scope, &dot, &mut |meter, places| {
            walk(meter, places, value.clone(), out)
        })
    })
}

/// The keys of a path each of whose parts gives at most one; none where one gives none.
fn resolve_single<'a>(
    meter: &mut Meter,
    steps: &'a [Step],
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
) -> Result<Option<Vec<Place<'a>>>, Stop<'a>> {
    let mut places = Vec::with_capacity(steps.len());
    let key = |meter: &mut Meter, node: &'a Node| one(meter, node, scope, dot.clone());
    for step in steps {
        let key = match &step.part {
            Part::Every => Key::Every,
            Part::Field(name) => Key::Field(name),
            Part::Index(node) => match key(meter, node)? {
                Some(value) => Key::At(value),
                None => return Ok(None),
            },
            Part::Slice(from, upto) => {
                let mut bounds = [None, None];
                for (bound, node) in bounds.iter_mut().zip([from, upto]) {
                    let Some(node) = node else { continue };
                    match key(meter, node)? {
                        Some(value) => *bound = Some(value),
                        None => return Ok(None),
                    }
                }
                let [from, upto] = bounds;
                Key::Slice(from, upto)
            }
        };
        places.push(Place {
            key,
            optional: step.optional,
        });
    }
    Ok(Some(places))
}

/// What goes on with the keys of a path.
pub(super) type With<'t, 'a> = &'t mut dyn FnMut(&mut Meter, &[Place<'a>]) -> Flow<'a>;

/// Goes on with every combination of the keys of a path.
pub(super) fn resolve<'a>(
    meter: &mut Meter,
    steps: &'a [Step],
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    then: With<'_, 'a>,
) -> Flow<'a> {
    let single = |step: &Step| match &step.part {
        Part::Every | Part::Field(_) => true,
        Part::Index(node) => super::at_most_one(node, scope),
        Part::Slice(from, upto) => from
            .iter()
            .chain(upto)
            .all(|node| super::at_most_one(node, scope)),
    };
    if steps.iter().all(single) {
        return match resolve_single(meter, steps, scope, dot)? {
            Some(places) => then(meter, &places),
            None => Ok(()),
        };
    }
    combine(meter, steps, scope, dot, Vec::new(), then)
}

fn combine<'a>(
    meter: &mut Meter,
    steps: &'a [Step],
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    before: Vec<Place<'a>>,
    then: With<'_, 'a>,
) -> Flow<'a> {
    let Some((step, rest)) = steps.split_first() else {
        return then(meter, &before);
    };
    meter.enter()?;
    let flow = keys(meter, &step.part, scope, dot, &mut |meter, key| {
        meter.values(before.len() + 1)?;
        let mut places = before.clone();
        places.push(Place {
            key,
            optional: step.optional,
        });
        combine(meter, rest, scope, dot, places, then)
    });
    meter.leave();
    flow
}

fn keys<'a>(
    meter: &mut Meter,
    part: &'a Part,
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    then: &mut dyn FnMut(&mut Meter, Key<'a>) -> Flow<'a>,
) -> Flow<'a> {
    match part {
        Part::Every => then(meter, Key::Every),
        Part::Field(name) => then(meter, Key::Field(name)),
        Part::Index(node) => each(meter, node, scope, dot.clone(), &mut |meter, key| {
            then(meter, Key::At(key))
        }),
        Part::Slice(None, None) => then(meter, Key::Every),
        Part::Slice(Some(from), None) => {
            each(meter, from, scope, dot.clone(), &mut |meter, from| {
                then(meter, Key::Slice(Some(from), None))
            })
        }
        Part::Slice(None, Some(upto)) => {
            each(meter, upto, scope, dot.clone(), &mut |meter, upto| {
                then(meter, Key::Slice(None, Some(upto)))
            })
        }
        Part::Slice(Some(from), Some(upto)) => {
            each(meter, from, scope, dot.clone(), &mut |meter, from| {
                each(meter, upto, scope, dot.clone(), &mut |meter, upto| {
                    then(meter, Key::Slice(Some(from.clone()), Some(upto)))
                })
            })
        }
    }
}

/// Follows a path through `value`.
fn walk<'a>(meter: &mut Meter, places: &[Place<'a>], value: V<'a>, out: Out<'_, 'a>) -> Flow<'a> {
    let Some((place, rest)) = places.split_first() else {
        return out(meter, value);
    };
    meter.enter()?;
    let flow = match &place.key {
        Key::Every if place.optional && !matches!(value, V::Array(_) | V::Object(_)) => Ok(()),
        Key::Every => access::elements(meter, value, &mut |meter, value| {
            walk(meter, rest, value, out)
        }),
        key => match (follow(meter, value, key), place.optional) {
            (Ok(value), _) => walk(meter, rest, value, out),
            (Err(Stop::Fault(_)), true) => Ok(()),
            (Err(stop), _) => Err(stop),
        },
    };
    meter.leave();
    flow
}

/// The one value that a key leads to.
pub(super) fn follow<'a>(meter: &mut Meter, value: V<'a>, key: &Key<'a>) -> crate::value::Res<'a> {
    match key {
        Key::Field(name) => access::field(value, name),
        Key::At(key) => access::index(meter, value, key),
        Key::Slice(from, upto) => access::slice(meter, value, from.as_ref(), upto.as_ref()),
        Key::Every => Ok(value),
    }
}

/// The key as a value, as it stands in a path.
pub(super) fn as_value<'a>(meter: &mut Meter, key: &Key<'a>) -> crate::value::Res<'a> {
    Ok(match key {
        Key::Field(name) => V::Text(Text::Lent(name)),
        Key::At(key) => key.clone(),
        Key::Slice(from, upto) => super::many::slice_key(meter, from.clone(), upto.clone())?,
        Key::Every => V::Null,
    })
}
