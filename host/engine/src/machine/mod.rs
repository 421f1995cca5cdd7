//! One transition after the other: an input becomes work, work becomes state and effects.
//!
//! Every file of this folder holds the transitions of one kind. A transition changes the
//! state, notes effects and queues what follows; none calls another, so depth is bounded
//! whatever the workflow looks like.

mod around;
mod auth;
mod call;
mod callback;
mod emit;
mod end;
mod enter;
mod fail;
mod foreach;
mod fork;
mod function;
mod input;
mod listen;
mod looping;
mod map;
mod matching;
mod part;
mod retry;
mod returning;
mod schedule;
mod scope;
mod strategy;
mod sub_workflow;
mod timer;
mod work;

use segue_model::Timestamp;
use segue_model::ir::Task;

pub(crate) use call::attempt;
pub(crate) use input::fresh_root;
pub(crate) use listen::{listener, weigh};
pub(crate) use work::{Again, Work};

use crate::data::{Evaluated, Fault, Place};
use crate::dirty;
use crate::effect::{Effect, Note};
use crate::input::Entry;
use crate::plan::Plan;
use crate::run::Run;
use crate::state::{Active, Root, Scope, ScopeId};
use crate::{OPENED_PER_INPUT_MAX, TRANSITIONS_PER_INPUT_MAX};

/// What a transition came to.
pub(crate) enum Step {
    Done,
    /// The clock lags: make this transition again once the time is known.
    NeedsClock(Box<Work>),
}

/// The state of a run while one entry is applied to it.
pub(crate) struct Machine<'a> {
    plan: &'a Plan,
    run: &'a mut Run,
    effects: Vec<Effect>,
    /// What is to be done, the next last: what a transition leads to is done before anything
    /// else, so that a `fork` of many branches has one of them under way at a time, and the
    /// stack stays as low as tasks enclose each other.
    stack: Vec<Work>,
    /// Branches and children that this input has opened.
    opened: u32,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(plan: &'a Plan, run: &'a mut Run) -> Self {
        Machine {
            plan,
            run,
            effects: Vec::new(),
            stack: Vec::new(),
            opened: 0,
        }
    }

    /// Applies an entry to the end: until nothing is left to do but to wait.
    pub(crate) fn run(mut self, entry: &Entry, external: bool) -> Vec<Effect> {
        let Some(root) = &mut self.run.root else {
            return Vec::new();
        };
        root.seq = entry.seq;
        if external {
            root.clock = entry.now;
            root.clock_lags = false;
        } else {
            root.clock_lags = true;
        }
        self.accept(&entry.input);
        if self.run.is_suspended() {
            self.hold_all();
            return self.effects;
        }
        let mut budget = TRANSITIONS_PER_INPUT_MAX;
        while let Some(work) = self.next() {
            if budget == 0 || self.opened >= OPENED_PER_INPUT_MAX {
                self.stack.push(work);
                break;
            }
            budget -= 1;
            if let Step::NeedsClock(work) = self.transition(work) {
                self.stack.push(*work);
                break;
            }
        }
        self.park_all();
        self.effects
    }

    /// What is to be done next; what was held while the run was suspended comes last.
    fn next(&mut self) -> Option<Work> {
        self.stack.pop().or_else(|| {
            let (row, work) = self.run.held.pop_first()?;
            self.run.dirty.remove(dirty::Place::Held(row), row);
            Some(work)
        })
    }

    fn transition(&mut self, work: Work) -> Step {
        match work {
            Work::Enter { scope } => return self.enter(scope),
            Work::Around { scope, at } => self.before(scope, at),
            Work::Begin { scope } => return self.begin(scope),
            Work::Return {
                scope,
                output,
                then,
            } => self.returned(scope, output, then),
            Work::Fail {
                scope,
                problem,
                retry,
            } => self.failed(scope, problem, retry),
            Work::Caught {
                scope,
                problem,
                retry,
            } => return self.caught(scope, problem, retry),
            Work::Try { scope } => return self.try_body(scope),
            Work::Again {
                scope,
                calling,
                problem,
            } => self.again(scope, calling, problem),
            Work::Branch { scope, number } => self.open_branch(scope, number),
            Work::Map { scope, number } => self.map_next(scope, number),
            Work::Took { scope, listen } => self.took(scope, listen),
            Work::Schedule { scope } => return self.schedule_next(scope),
            Work::Due { timer, due } => self.due(timer, due),
            Work::Leave {
                scope,
                output,
                exited,
            } => self.left(scope, output, exited),
            Work::Finish { output, from } => self.finish(&output, from),
        }
        Step::Done
    }

    /// Leaves what is not done for when the time is known, or for the shell's next turn.
    fn park_all(&mut self) {
        let waits = !self.stack.is_empty() || !self.run.held.is_empty();
        let Some(root) = &mut self.run.root else {
            return;
        };
        let asked = !root.parked.is_empty();
        root.parked.append(&mut self.stack);
        if waits && !asked && root.end.is_none() {
            self.effects.push(Effect::ReadClock);
        }
    }

    /// Keeps what has happened to a suspended run, each in a row of its own: there may be
    /// as many as the run has branches.
    fn hold_all(&mut self) {
        while let Some(work) = self.stack.pop() {
            let row = self.next_row();
            self.run.held.insert(row, work);
            let place = dirty::Place::Held(row);
            self.run.dirty.changed.insert(place);
        }
    }

    // === What transitions share ===

    fn push(&mut self, work: Work) {
        self.stack.push(work);
    }

    fn note(&mut self, note: Note) {
        self.effects.push(Effect::Note(note));
    }

    fn clock_lags(&self) -> bool {
        self.run.root.as_ref().is_some_and(|root| root.clock_lags)
    }

    fn clock(&self) -> Timestamp {
        self.run
            .root
            .as_ref()
            .map_or(Timestamp(0), |root| root.clock)
    }

    fn root_mut(&mut self) -> Option<&mut Root> {
        self.run.root.as_mut()
    }

    fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.run.scopes.get(&id)
    }

    /// Changes a scope: its row will be written, and things are found by their new ids.
    fn change<T>(&mut self, id: ScopeId, change: impl FnOnce(&mut Scope) -> T) -> Option<T> {
        let run = &mut *self.run;
        let scope = run.scopes.get_mut(&id)?;
        run.index.remove(scope);
        let result = change(scope);
        run.index.add(id, scope);
        run.dirty.changed.insert(dirty::Place::Scope(id));
        Some(result)
    }

    fn active(&self, id: ScopeId) -> Option<&Active> {
        self.scope(id)?.active.as_ref()
    }

    fn change_active<T>(
        &mut self,
        id: ScopeId,
        change: impl FnOnce(&mut Active) -> T,
    ) -> Option<T> {
        self.change(id, |scope| scope.active.as_mut().map(change))?
    }

    /// The key of a new row.
    fn next_row(&mut self) -> u32 {
        let Some(root) = self.root_mut() else {
            return 0;
        };
        let row = root.next_row;
        root.next_row += 1;
        row
    }

    /// The task at the scope's position.
    fn task_of(&self, id: ScopeId) -> Option<&'a Task> {
        let scope = self.scope(id)?;
        self.plan.task(self.plan.task_at(scope.block, scope.at)?)
    }

    fn pointer_of(&self, id: ScopeId) -> String {
        self.task_of(id)
            .map(|task| task.pointer.clone())
            .unwrap_or_default()
    }

    /// A place for expressions that see nothing of a task.
    fn place(&self, scope: Option<ScopeId>) -> Place<'_> {
        Place::new(self.plan, self.run, scope)
    }

    /// Queues a failure of the active task where `result` is one.
    fn or_fail<T>(&mut self, scope: ScopeId, result: Evaluated<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fail(scope, fault);
                None
            }
        }
    }

    fn fail(&mut self, scope: ScopeId, fault: Fault) {
        self.push(Work::Fail {
            scope,
            problem: fault.problem,
            retry: fault.retry.into(),
        });
    }
}
