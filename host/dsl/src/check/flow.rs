//! `then`: a flow directive, or a task of the same list.

use std::ops::Range;

use segue_model::ir::Flow;

use super::names::DIRECTIVES;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::lower::{Cx, Lone, Scope, is_task};
use crate::syntax::{Entry, text};
use crate::yaml::Node;

/// Where `then` goes, from a task of this scope.
pub(crate) fn target(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<Flow> {
    let tasks = scope.tasks;
    let name = text(&mut cx.sink, node, "`then`")?;
    match name {
        "continue" => return Some(Flow::Continue),
        "exit" => return Some(Flow::Exit),
        "end" => return Some(Flow::End),
        _ => {}
    }
    let position = tasks.iter().position(|task| task.name == name);
    if position.is_none() {
        let found = match cx.sink.is_full() {
            true => Diagnostic::error(Code::UnknownTarget, node, "there is no such task"),
            false if scope.lone.is_some() => alone(node, name, scope.lone),
            false => unknown(cx.root, node, name, tasks),
        };
        cx.emit(found);
    }
    u32::try_from(position?).ok().map(Flow::Task)
}

/// A name in the `then` of a task that has no siblings.
fn alone(node: Node<'_>, name: &str, lone: Option<Lone>) -> Diagnostic {
    let what = match lone {
        Some(Lone::Function) => "function",
        _ => "branch",
    };
    let message = format!(
        "`then` of a {what} cannot name a task, and this is {}",
        shown(name)
    );
    let found = Diagnostic::error(Code::UnknownTarget, node, message);
    if let Some(known) = did_you_mean(name, DIRECTIVES) {
        return found.help(format!("did you mean `{known}`?"));
    }
    found.help(match lone {
        Some(Lone::Function) => "a function is one task; tasks in an order stand in its `do`",
        _ => {
            "branches run side by side, each is one task: `continue` and `exit` complete it, `end` \
             ends the workflow; tasks in an order stand in a `do`"
        }
    })
}

fn unknown(root: Node<'_>, node: Node<'_>, name: &str, tasks: &[Entry<'_>]) -> Diagnostic {
    if let Some(span) = elsewhere(root, name) {
        let message = format!(
            "`then` cannot go to {}: it stands in another task list",
            shown(name)
        );
        let found = Diagnostic::error(Code::UnknownTarget, node, message);
        let help = format!(
            "`then` names tasks of the same list, {}; `exit` leaves the list, and the task around it goes on",
            listed(tasks)
        );
        return found.label(span, "it stands here").help(help);
    }
    let message = format!("there is no task {} in this list", shown(name));
    let found = Diagnostic::error(Code::UnknownTarget, node, message);
    let known = tasks.iter().map(|task| task.name).chain(DIRECTIVES);
    match did_you_mean(name, known) {
        Some(known) => found.help(format!("did you mean `{known}`?")),
        None => found.help(format!(
            "`then` is `continue`, `exit`, `end`, or the name of a task of the same list, {}",
            listed(tasks)
        )),
    }
}

/// Names that a message lists: more would hide what it says.
const LISTED_MAX: usize = 8;

/// The tasks of a list, as a message names them.
fn listed(tasks: &[Entry<'_>]) -> String {
    let names = tasks.iter().take(LISTED_MAX).map(|task| shown(task.name));
    let names = names.collect::<Vec<_>>().join(", ");
    match tasks.len().saturating_sub(LISTED_MAX) {
        0 => format!("which has {names}"),
        more => format!("which has {names} and {more} more"),
    }
}

/// A task of that name anywhere in the document.
fn elsewhere(root: Node<'_>, name: &str) -> Option<Range<usize>> {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        for field in node.fields() {
            if field.key == name && node.len() == 1 && is_task(field.value) {
                return Some(field.key_span);
            }
            open.push(field.value);
        }
        open.extend(node.items());
    }
    None
}
