//! What a run waits for, gathered from its notes.

use std::collections::BTreeMap;

use segue_engine::{ChildId, ListenId, Note, Plan, Run, Status};
use segue_model::{RunId, Timestamp};

use super::{CHILDREN_SHOWN_MAX, ChildView, ListenerView, Suspended, WaitView, Waiting};
use crate::callbacks;

/// What began and has not ended.
#[derive(Default)]
pub(super) struct Open {
    suspended: Suspended,
    listeners: BTreeMap<ListenId, String>,
    /// By task.
    timers: BTreeMap<String, Timestamp>,
    children: BTreeMap<ChildId, (String, Option<RunId>)>,
}

impl Open {
    /// Takes in what followed from one entry.
    pub(super) fn take(&mut self, notes: &[Note]) {
        notes.iter().for_each(|note| self.note(note));
    }

    fn note(&mut self, note: &Note) {
        match note {
            Note::Suspended { reason } => self.suspended.reason.clone_from(reason),
            Note::Listening { task, listen } => {
                self.listeners.insert(*listen, task.clone());
            }
            Note::Waiting { task, until } => {
                self.timers.insert(task.clone(), *until);
            }
            Note::Retrying { task, at, .. } => {
                self.end(task);
                self.timers.insert(task.clone(), *at);
            }
            // The body of a `try` runs again: its pause is over.
            Note::TaskStarted { task, .. } => self.timers.retain(|of, _| !is_below(task, of)),
            Note::TaskEnded { task, .. } => self.end(task),
            Note::ChildRequested { task, child } => {
                self.children.insert(*child, (task.clone(), None));
            }
            Note::ChildStarted { child, run, .. } => {
                if let Some((_, known)) = self.children.get_mut(child) {
                    *known = Some(run.clone());
                }
            }
            Note::ChildEnded { child, .. } => {
                self.children.remove(child);
            }
            _ => {}
        }
    }

    /// A task has ended, and with it all below it.
    fn end(&mut self, task: &str) {
        let over = |of: &str| of == task || is_below(of, task);
        self.timers.retain(|of, _| !over(of));
        self.children.retain(|_, (of, _)| !over(of));
    }

    /// What is left, with what the run itself knows.
    pub(super) fn finish(self, run: &Run, plan: &Plan, public_url: &str) -> Option<Waiting> {
        if run.end().is_some() {
            return None;
        }
        let suspended = run.status() == Status::Suspended;
        let listening = run.listening().into_iter();
        let listeners = listening.map(|listen| ListenerView {
            task: self.listeners.get(&listen).cloned().unwrap_or_default(),
            listen,
        });
        let timers = self.timers.into_iter().map(|(task, until)| WaitView {
            task,
            until: until.rfc3339(),
        });
        let live = run.children();
        let count = live.len();
        let children = live.into_iter().take(CHILDREN_SHOWN_MAX).map(|child| {
            let known = self.children.get(&child).cloned();
            let (task, run) = known.unwrap_or_default();
            ChildView { task, child, run }
        });
        let waiting = Waiting {
            suspended: suspended.then_some(self.suspended),
            callbacks: callbacks::views(run, plan, public_url),
            listeners: listeners.collect(),
            timers: timers.collect(),
            children: children.collect(),
            children_omitted: count.saturating_sub(CHILDREN_SHOWN_MAX) as u64,
        };
        (waiting != Waiting::default()).then_some(waiting)
    }
}

/// Whether the task `inner` stands inside of `outer`.
fn is_below(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::EndKind;
    use segue_model::Problem;
    use segue_model::problem::Kind;

    fn ended(task: &str) -> Note {
        Note::TaskEnded {
            task: task.to_owned(),
            end: EndKind::Completed,
            problem: None,
        }
    }

    fn waiting(task: &str) -> Note {
        Note::Waiting {
            task: task.to_owned(),
            until: Timestamp(5),
        }
    }

    #[test]
    fn what_ends_takes_what_is_below_with_it() {
        let mut open = Open::default();
        let child = |n: u64, task: &str| Note::ChildRequested {
            task: task.to_owned(),
            child: ChildId(n),
        };
        open.take(&[
            waiting("/do/0/a/do/0/b"),
            waiting("/do/0/ab"),
            child(1, "/do/0/a/do/1/c"),
            child(2, "/do/1/d"),
        ]);
        open.take(&[ended("/do/0/a")]);
        assert_eq!(open.timers.keys().collect::<Vec<_>>(), ["/do/0/ab"]);
        assert_eq!(open.children.keys().collect::<Vec<_>>(), [&ChildId(2)]);
    }

    #[test]
    fn a_pause_before_a_retry_ends_with_the_next_try() {
        let mut open = Open::default();
        open.take(&[Note::Retrying {
            task: "/do/0/t".to_owned(),
            retry: 1,
            at: Timestamp(9),
            problem: Problem::new(Kind::Communication, "away"),
        }]);
        assert_eq!(open.timers.get("/do/0/t"), Some(&Timestamp(9)));
        open.take(&[Note::TaskStarted {
            task: "/do/0/t/try/0/call".to_owned(),
            iteration: 1,
        }]);
        assert!(open.timers.is_empty());
    }
}
