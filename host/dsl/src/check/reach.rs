//! Tasks that no flow reaches.

use segue_model::ir::{Flow, Task, TaskKind};

use crate::diagnostic::{Code, Diagnostic, Sink, shown};
use crate::syntax::Entry;

/// Warns about the tasks of a list that nothing can lead to.
pub(crate) fn check(sink: &mut Sink, entries: &[Entry<'_>], tasks: &[Task]) {
    let mut reached = vec![false; tasks.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        let Some(task) = tasks.get(at) else {
            continue;
        };
        match reached.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        leads_to(task, at, &mut open);
    }
    for (entry, _) in entries.iter().zip(reached).filter(|(_, reached)| !reached) {
        let message = format!("nothing leads to the task {}", shown(entry.name));
        let found = Diagnostic::warning(Code::Unreachable, entry.body, message);
        let help = "the tasks before it go elsewhere: name it in a `then`, or remove it";
        sink.emit(found.at(entry.name_span.clone()).help(help));
    }
}

/// The positions that can follow the task at `at`.
fn leads_to(task: &Task, at: usize, open: &mut Vec<usize>) {
    let mut follow = |flow: &Flow| match flow {
        Flow::Continue => open.push(at + 1),
        Flow::Task(position) => open.push(*position as usize),
        Flow::Exit | Flow::End => {}
    };
    if task.condition.is_some() {
        // A task that is skipped ignores its `then`.
        follow(&Flow::Continue);
    }
    match &task.kind {
        TaskKind::Raise { .. } => {}
        TaskKind::Switch { cases } => {
            cases.iter().for_each(|case| follow(&case.then));
            // Without a default, no case may match: then the switch's own `then` applies.
            if cases.iter().all(|case| case.when.is_some()) {
                follow(&task.then);
            }
        }
        TaskKind::Try { catch, .. } => {
            follow(&task.then);
            catch.then.iter().for_each(follow);
        }
        _ => follow(&task.then),
    }
}
