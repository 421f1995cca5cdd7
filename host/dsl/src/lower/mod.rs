//! The tree into the IR: one file per task type.
//!
//! Lowering goes on after an error, so that one run shows every finding; what an error leaves
//! without meaning is `None`, and a document with an error has no IR in the end.

mod auth;
mod block;
mod call;
mod callback;
mod catalog;
mod data;
mod document;
mod duration;
mod emit;
mod endpoint;
mod error;
mod events;
mod expression;
mod extension;
mod for_loop;
mod fork;
mod function;
mod hints;
mod listen;
mod map;
mod raise;
mod retry;
mod reuse;
mod run;
mod schedule;
mod scope;
mod script;
mod secrets;
mod set;
mod standard;
mod switch;
mod task;
mod template;
mod try_catch;
mod wait;

use std::collections::HashMap;
use std::ops::Range;

use segue_model::ir::{
    BlockId, ExprId, Expression, SchemaId, StepId, StepRef, Task, TaskId, Workflow,
};
use serde_json::Value;

use crate::catalogs::Catalogs;
use crate::diagnostic::{Diagnostic, Sink};
use crate::sites::{CallSite, Sites};
use crate::yaml::Node;
use catalog::Shelf;
use extension::Extension;
use function::Functions;
use hints::Hints;
use reuse::Reuse;
use secrets::Vault;

pub(crate) use scope::{ARGUMENTS, Lone, Scope, Variable};
pub(crate) use task::is_task;

/// What lowering a document carries along.
pub(crate) struct Cx<'t> {
    pub(crate) root: Node<'t>,
    pub(crate) sink: Sink,
    pub(crate) arenas: Arenas,
    pub(crate) sites: Sites,
    catalogs: &'t dyn Catalogs,
    shelf: Shelf,
    reuse: Reuse<'t>,
    vault: Vault,
    functions: Functions,
    extensions: Vec<Extension>,
    /// `document.metadata.segue`: what calls and retries do unless they say otherwise.
    defaults: Hints,
    /// Inside of an extension, or of a function that one calls: no extension applies.
    plain: bool,
    /// The function that is being lowered.
    current: Option<usize>,
    /// Inside of a function of a catalog: where the document calls it, and its name.
    elsewhere: Option<(Origin, String)>,
    /// Runs are started with the data of events.
    started_by_data: bool,
}

/// A place of the document.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) span: Range<usize>,
    pub(crate) pointer: String,
}

impl Origin {
    /// The finding, about this place.
    fn place(&self, found: Diagnostic) -> Diagnostic {
        Diagnostic {
            span: self.span.clone(),
            pointer: self.pointer.clone(),
            ..found
        }
    }
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
    compiled: HashMap<(String, Vec<String>, bool), ExprId>,
    known_steps: HashMap<StepRef, StepId>,
}

/// Lowers a whole document.
pub(crate) fn lower<'t>(
    root: Node<'t>,
    sink: Sink,
    catalogs: &'t dyn Catalogs,
) -> (Option<Workflow>, Sites, Sink) {
    let mut cx = Cx {
        root,
        sink,
        arenas: Arenas::default(),
        sites: Sites::default(),
        catalogs,
        shelf: Shelf::new(catalogs.all()),
        reuse: Reuse::default(),
        vault: Vault::default(),
        functions: Functions::default(),
        extensions: Vec::new(),
        defaults: Hints::default(),
        plain: false,
        current: None,
        elsewhere: None,
        started_by_data: false,
    };
    let workflow = document::document(&mut cx, root);
    cx.sites.secrets = cx.vault.sites();
    (workflow, cx.sites, cx.sink)
}

impl Cx<'_> {
    pub(crate) fn emit(&mut self, diagnostic: Diagnostic) {
        self.sink.emit(diagnostic);
    }

    /// Where in the document the node stands, or where the document calls the function that it
    /// belongs to.
    pub(crate) fn place(&self, node: Node<'_>) -> Origin {
        match &self.elsewhere {
            Some((origin, _)) => origin.clone(),
            None => Origin {
                span: node.span(),
                pointer: node.pointer(),
            },
        }
    }

    /// The pointer of a task. In a function of a catalog it is one into that function.
    pub(crate) fn pointer(&self, node: Node<'_>) -> String {
        match &self.elsewhere {
            Some((_, function)) => format!("{function}#{}", node.pointer()),
            None => node.pointer(),
        }
    }

    /// The step that is called at `node`.
    pub(crate) fn call_site(&mut self, node: Node<'_>, step: StepRef) -> StepId {
        let step = self.arenas.step(step);
        let Origin { span, pointer } = self.place(node);
        self.sites.calls.push(CallSite {
            step,
            span,
            pointer,
        });
        step
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

    /// Fills a block that was made empty.
    pub(crate) fn fill(&mut self, block: BlockId, tasks: Vec<TaskId>) {
        if let Some(known) = self.blocks.get_mut(block.index()) {
            *known = tasks;
        }
    }

    /// An expression that compiled already with these names on offer. `whole`: where a secret
    /// had to be the whole of it.
    pub(crate) fn compiled(&self, source: &str, names: &[&str], whole: bool) -> Option<ExprId> {
        let key = (source.to_owned(), owned(names), whole);
        self.compiled.get(&key).copied()
    }

    /// The expression that compiled with `names` on offer, of which it uses `used`.
    pub(crate) fn add_compiled(
        &mut self,
        source: &str,
        names: &[&str],
        used: &[&str],
        whole: bool,
    ) -> ExprId {
        let id = self.expression(source, owned(used));
        let key = (source.to_owned(), owned(names), whole);
        self.compiled.insert(key, id);
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
