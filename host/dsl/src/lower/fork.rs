//! `fork`: branches side by side.

use segue_model::ir::{Branch, TaskKind};

use super::Cx;
use super::scope::{Lone, Scope};
use super::task::task;
use crate::check::names;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::{Entry, Fields, Shape, entries, wrong_type};
use crate::yaml::{Kind, Node};

const FORK: Shape = Shape {
    what: "`fork`",
    keys: &["branches", "compete"],
    unsupported: &[],
};

pub(crate) fn fork(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<TaskKind> {
    let fields = Fields::read(&mut cx.sink, node, &FORK)?;
    let compete = match fields.get("compete").map(|node| (node, node.kind())) {
        None => Some(false),
        Some((_, Kind::Bool(compete))) => Some(compete),
        Some((node, _)) => {
            wrong_type(&mut cx.sink, node, "`compete`", "a boolean");
            None
        }
    };
    let list = fields.require(&mut cx.sink, "branches")?;
    let entries = entries(&mut cx.sink, list, "`branches`", "branch")?;
    names::check(&mut cx.sink, &entries);
    if list.len() == 0 {
        let message = "a `fork` needs a branch";
        cx.emit(Diagnostic::error(Code::InvalidValue, list, message));
        return None;
    }
    let branches: Vec<_> = entries.iter().map(|one| branch(cx, one, scope)).collect();
    let branches: Vec<Branch> = branches.into_iter().collect::<Option<_>>()?;
    (branches.len() == list.len()).then_some(TaskKind::Fork {
        branches,
        compete: compete?,
    })
}

/// A branch is one task, in a block of its own.
fn branch(cx: &mut Cx<'_>, entry: &Entry<'_>, scope: Scope<'_>) -> Option<Branch> {
    let alone = Scope {
        tasks: &[],
        lone: Some(Lone::Branch),
        ..scope
    };
    let task = task(cx, entry, alone)?;
    let task = cx.arenas.task(task);
    Some(Branch {
        name: entry.name.to_owned(),
        body: cx.arenas.block(vec![task]),
    })
}
