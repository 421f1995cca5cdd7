//! The tree into the IR: one file per task type.
//!
//! Lowering goes on after an error, so that one run shows every finding; what an error leaves
//! without meaning is `None`, and a document with an error has no IR in the end.

mod block;
mod call;
mod data;
mod document;
mod duration;
mod error;
mod expression;
mod for_loop;
mod hints;
mod raise;
mod retry;
mod reuse;
mod scope;
mod set;
mod switch;
mod task;
mod template;
mod try_catch;
mod wait;

use std::collections::HashMap;

use segue_model::ir::{
    BlockId, ExprId, Expression, SchemaId, StepId, StepRef, Task, TaskId, Workflow,
};
use serde_json::Value;

use crate::CallSite;
use crate::diagnostic::{Diagnostic, Sink};
use crate::yaml::Node;
use hints::Hints;
use reuse::Reuse;

pub(crate) use scope::{ARGUMENTS, Variable};
pub(crate) use task::is_task;

/// What lowering a document carries along.
pub(crate) struct Cx<'t> {
    pub(crate) root: Node<'t>,
    pub(crate) sink: Sink,
    pub(crate) arenas: Arenas,
    pub(crate) calls: Vec<CallSite>,
    reuse: Reuse<'t>,
    /// `document.metadata.segue`: what calls and retries do unless they say otherwise.
    defaults: Hints,
}

/// The parts of the IR that refer to each other by index.
#[derive(Default)]
pub(crate) struct Arenas {
    pub(crate) tasks: Vec<Task>,
    pub(crate) blocks: Vec<Vec<TaskId>>,
    pub(crate) expressions: Vec<Expression>,
    pub(crate) schemas: Vec<Value>,
    pub(crate) steps: Vec<StepRef>,
    known_expressions: HashMap<(String, Vec<String>), ExprId>,
    /// What compiled already: a source with all names that its slot offers. A long expression
    /// that many places share is compiled once.
    compiled: HashMap<(String, Vec<String>), ExprId>,
    known_steps: HashMap<StepRef, StepId>,
}

/// Lowers a whole document.
pub(crate) fn lower(root: Node<'_>, sink: Sink) -> (Option<Workflow>, Vec<CallSite>, Sink) {
    let mut cx = Cx {
        root,
        sink,
        arenas: Arenas::default(),
        calls: Vec::new(),
        reuse: Reuse::default(),
        defaults: Hints::default(),
    };
    let workflow = document::document(&mut cx, root);
    (workflow, cx.calls, cx.sink)
}

impl Cx<'_> {
    pub(crate) fn emit(&mut self, diagnostic: Diagnostic) {
        self.sink.emit(diagnostic);
    }
}

/// The index of the next entry. Arenas stay far below 2^32: a document has at most
/// [`crate::yaml::NODES_MAX`] values.
fn next(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl Arenas {
    pub(crate) fn task(&mut self, task: Task) -> TaskId {
        self.tasks.push(task);
        TaskId(next(self.tasks.len() - 1))
    }

    pub(crate) fn block(&mut self, tasks: Vec<TaskId>) -> BlockId {
        self.blocks.push(tasks);
        BlockId(next(self.blocks.len() - 1))
    }

    /// An expression that compiled already with these names on offer.
    pub(crate) fn compiled(&self, source: &str, names: &[&str]) -> Option<ExprId> {
        let key = (source.to_owned(), owned(names));
        self.compiled.get(&key).copied()
    }

    /// The expression that compiled with `names` on offer, of which it uses `used`.
    pub(crate) fn add_compiled(&mut self, source: &str, names: &[&str], used: &[&str]) -> ExprId {
        let id = self.expression(source, owned(used));
        self.compiled.insert((source.to_owned(), owned(names)), id);
        id
    }

    /// The expression; the same source with the same variables is one entry.
    fn expression(&mut self, source: &str, variables: Vec<String>) -> ExprId {
        let id = ExprId(next(self.expressions.len()));
        let key = (source.to_owned(), variables);
        if let Some(known) = self.known_expressions.get(&key) {
            return *known;
        }
        self.expressions.push(Expression {
            source: key.0.clone(),
            variables: key.1.clone(),
        });
        self.known_expressions.insert(key, id);
        id
    }

    /// The schema; equal ones are one entry.
    pub(crate) fn schema(&mut self, schema: Value) -> SchemaId {
        let known = self.schemas.iter().position(|known| *known == schema);
        let index = known.unwrap_or_else(|| {
            self.schemas.push(schema);
            self.schemas.len() - 1
        });
        SchemaId(next(index))
    }

    /// The step; equal references are one entry.
    pub(crate) fn step(&mut self, step: StepRef) -> StepId {
        let id = StepId(next(self.steps.len()));
        if let Some(known) = self.known_steps.get(&step) {
            return *known;
        }
        self.known_steps.insert(step.clone(), id);
        self.steps.push(step);
        id
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
