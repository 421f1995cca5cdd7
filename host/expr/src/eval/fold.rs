//! `reduce` and `foreach`.

use super::{Found, Scope, bind, each, one, until_break};
use crate::meter::{Meter, Stop};
use crate::term::{Emit, Fold, Node};
use crate::value::{Flow, Out, V};

/// A fold that gives at most one value: a `reduce` whose start and update do.
pub(super) fn single<'a>(
    meter: &mut Meter,
    fold: &'a Fold,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Found<'a> {
    let Some(init) = one(meter, &fold.init, scope, dot.clone())? else {
        return Ok(None);
    };
    let label = meter.label();
    let mut state = Some(init);
    let flow = bind::source(
        meter,
        (&fold.source, &fold.pattern),
        scope,
        dot,
        &mut |meter, bound| {
            let Some(before) = state.take() else {
                return Ok(());
            };
            state = one(meter, &fold.update, bound, before)?;
            if state.is_none() {
                Err(Stop::Break(label))
            } else {
                Ok(())
            }
        },
    );
    until_break(flow, label)?;
    Ok(state)
}

/// A fold that may give any number of values.
pub(super) fn many<'a>(
    meter: &mut Meter,
    fold: &'a Fold,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    each(
        meter,
        &fold.init,
        scope,
        dot.clone(),
        &mut |meter, state| run(meter, fold, scope, &dot, (state, 0), out),
    )
}

/// Folds over the source from its item number `from` on.
///
/// Where an update gives several states, each one goes its own way through the rest of the
/// source, one after the other; the source is evaluated again for each.
fn run<'a>(
    meter: &mut Meter,
    fold: &'a Fold,
    scope: Scope<'_, 'a>,
    dot: &V<'a>,
    (state, from): (V<'a>, u64),
    out: Out<'_, 'a>,
) -> Flow<'a> {
    meter.enter()?;
    let label = meter.label();
    let mut state = Some(state);
    let mut item = 0;
    let flow = bind::source(
        meter,
        (&fold.source, &fold.pattern),
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
            let (mut states, failure) = collect(meter, &fold.update, bound, before)?;
            if failure.is_none() && states.len() == 1 {
                state = states.pop();
                return match &state {
                    Some(state) => emit(meter, &fold.emit, bound, state, out),
                    None => Ok(()),
                };
            }
            for state in states {
                emit(meter, &fold.emit, bound, &state, out)?;
                run(meter, fold, scope, dot, (state, item), out)?;
            }
            Err(failure.unwrap_or(Stop::Break(label)))
        },
    );
    let flow = match (until_break(flow, label), &fold.emit, state) {
        (Ok(()), Emit::Last, Some(state)) => out(meter, state),
        (flow, _, _) => flow,
    };
    meter.leave();
    flow
}

fn emit<'a>(
    meter: &mut Meter,
    emit: &'a Emit,
    bound: Scope<'_, 'a>,
    state: &V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match emit {
        Emit::Last => Ok(()),
        Emit::States => out(meter, state.clone()),
        Emit::Extracts(extract) => each(meter, extract, bound, state.clone(), out),
    }
}

/// All values that `node` gives, and the failure after them, if there is one.
fn collect<'a>(
    meter: &mut Meter,
    node: &'a Node,
    scope: Scope<'_, 'a>,
    dot: V<'a>,
) -> Result<(Vec<V<'a>>, Option<Stop<'a>>), Stop<'a>> {
    let mut values = Vec::new();
    let flow = each(meter, node, scope, dot, &mut |meter, value| {
        // One state is the rule; only more of them are more than the fold holds anyway.
        meter.values(usize::from(!values.is_empty()))?;
        values.push(value);
        Ok(())
    });
    match flow {
        Ok(()) => Ok((values, None)),
        Err(Stop::Limit(limit)) => Err(limit.into()),
        Err(stop) => Ok((values, Some(stop))),
    }
}
