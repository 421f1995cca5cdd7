//! Tasks that no flow reaches.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use segue_model::ir::{BlockId, Flow, Task, TaskKind};

use crate::diagnostic::{Code, Diagnostic, Sink, shown};
use crate::lower::Arenas;
use crate::syntax::Entry;

/// Warns about the tasks of a list that nothing can lead to. `arenas` hold what is inside of
/// the tasks.
pub(crate) fn check(sink: &mut Sink, entries: &[Entry<'_>], tasks: &[Task], arenas: &Arenas) {
    let all: Vec<&Task> = tasks.iter().collect();
    let walk = Walk {
        arenas,
        known: RefCell::default(),
    };
    let reached = walk.reached(&all);
    for (at, entry) in entries.iter().enumerate() {
        if reached.get(at).copied().unwrap_or(true) {
            continue;
        }
        let message = format!("nothing leads to the task {}", shown(entry.name));
        let found = Diagnostic::warning(Code::Unreachable, entry.body, message);
        let help = "the tasks before it go elsewhere: name it in a `then`, or remove it";
        let found = found.at(entry.name_span.clone()).help(help);
        sink.emit(match walk.barrier(entries, &all, &reached, at) {
            Some((span, text)) => found.label(span, text),
            None => found,
        });
    }
}

struct Walk<'a> {
    arenas: &'a Arenas,
    /// Whether blocks complete, as far as it was asked: each is looked at once.
    known: RefCell<HashMap<BlockId, bool>>,
}

impl Walk<'_> {
    /// Which of the tasks of a list something leads to.
    fn reached(&self, tasks: &[&Task]) -> Vec<bool> {
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
            self.leads_to(task, &mut |flow| match flow {
                Flow::Continue => open.push(at + 1),
                Flow::Task(position) => open.push(*position as usize),
                Flow::Exit | Flow::End => {}
            });
        }
        reached
    }

    /// Every way on from a task.
    fn leads_to(&self, task: &Task, follow: &mut dyn FnMut(&Flow)) {
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
            TaskKind::Try { body, catch } => {
                let caught = catch.body.is_none_or(|body| self.completes(body));
                if self.completes(*body) || (caught && catch.then.is_none()) {
                    follow(&task.then);
                }
                if caught {
                    catch.then.iter().for_each(follow);
                }
            }
            TaskKind::Do { body } => {
                if self.completes(*body) {
                    follow(&task.then);
                }
            }
            _ => follow(&task.then),
        }
    }

    /// Whether a block can come to its end, so that the task around it goes on.
    fn completes(&self, block: BlockId) -> bool {
        if let Some(known) = self.known.borrow().get(&block) {
            return *known;
        }
        let completes = self.look_into(block);
        self.known.borrow_mut().insert(block, completes);
        completes
    }

    fn look_into(&self, block: BlockId) -> bool {
        let ids = self.arenas.blocks.get(block.index());
        let Some(ids) = ids.filter(|ids| !ids.is_empty()) else {
            return true;
        };
        let tasks = ids.iter().map(|id| self.arenas.tasks.get(id.index()));
        let Some(tasks) = tasks.collect::<Option<Vec<&Task>>>() else {
            return true;
        };
        let reached = self.reached(&tasks);
        let last = tasks.len() - 1;
        let mut completes = false;
        let all = tasks.iter().zip(reached).enumerate();
        for (at, (task, _)) in all.filter(|(_, (_, reached))| *reached) {
            self.leads_to(task, &mut |flow| {
                completes |= match flow {
                    Flow::Exit => true,
                    Flow::Continue => at == last,
                    Flow::End | Flow::Task(_) => false,
                };
            });
        }
        completes
    }

    /// The task before an unreachable one, where it is what keeps the flow away.
    fn barrier(
        &self,
        entries: &[Entry<'_>],
        tasks: &[&Task],
        reached: &[bool],
        at: usize,
    ) -> Option<(Range<usize>, &'static str)> {
        let before = at.checked_sub(1)?;
        let (task, entry) = (tasks.get(before)?, entries.get(before)?);
        if !*reached.get(before)? {
            return None;
        }
        let text = match (&task.kind, &task.then) {
            (TaskKind::Raise { .. }, _) => "this always fails",
            (TaskKind::Switch { .. }, _) => "every case of this goes elsewhere",
            (_, Flow::End) => "this ends the workflow",
            (_, Flow::Exit) => "this leaves the list",
            (_, Flow::Task(_)) => "this goes elsewhere",
            (_, Flow::Continue) => "nothing inside of this comes to its end",
        };
        Some((entry.name_span.clone(), text))
    }
}
