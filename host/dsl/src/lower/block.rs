//! Task lists.

use segue_model::ir::BlockId;

use super::Cx;
use super::scope::{Scope, Variable};
use super::task::task;
use crate::check::{names, reach};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::entries;
use crate::yaml::Node;

/// Lowers a task list. `variables` are those around it, from the outside in.
pub(crate) fn block(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    what: &str,
    variables: &[Variable<'_>],
) -> Option<BlockId> {
    let entries = entries(&mut cx.sink, node, what, "task")?;
    names::check(&mut cx.sink, &entries);
    if node.len() == 0 {
        let message = format!("{what} has no tasks");
        cx.emit(Diagnostic::warning(Code::NoEffect, node, message));
    }
    let scope = Scope {
        tasks: &entries,
        variables,
        lone: None,
    };
    let tasks: Vec<_> = entries.iter().map(|entry| task(cx, entry, scope)).collect();
    let tasks: Vec<_> = tasks.into_iter().collect::<Option<_>>()?;
    if tasks.len() != node.len() {
        return None;
    }
    reach::check(&mut cx.sink, &entries, &tasks, &cx.arenas);
    let ids = tasks.into_iter().map(|task| cx.arenas.task(task)).collect();
    Some(cx.arenas.block(ids))
}
