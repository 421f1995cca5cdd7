//! Functions: one task with a name, in `use.functions` or in a catalog. A call of one runs it
//! as a part of the caller, but with nothing of the caller's in sight.
//!
//! Each is lowered once, however many places call it, and outside of the recursion over the
//! document: a chain of calls is as long as it likes.

use std::collections::HashMap;

use segue_model::ir::{BlockId, FunctionCall, Task, TaskKind};

use super::call::arguments;
use super::hints::Hints;
use super::reuse::Reuse;
use super::scope::{Lone, Scope, Secrets};
use super::task::task;
use super::{Cx, Origin};
use crate::catalogs::File;
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, shown};
use crate::syntax::{Entry, Fields};
use crate::yaml::{self, Node};

/// Calls of functions inside of each other.
pub(crate) const FUNCTION_DEPTH_MAX: usize = 16;
/// Findings of one function that are passed on to its caller.
const SHOWN_MAX: usize = 3;

/// Which function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// One of `use.functions`.
    Own(String),
    /// One of a catalog.
    Catalogued(File),
}

/// The functions that something calls.
#[derive(Default)]
pub(crate) struct Functions {
    known: Vec<Known>,
    index: HashMap<(Target, bool), usize>,
    calls: Vec<Edge>,
    lowered: usize,
}

#[derive(Clone)]
struct Known {
    target: Target,
    /// As the first call names it.
    name: String,
    /// Whether no extension stands around its tasks.
    plain: bool,
    body: BlockId,
    origin: Origin,
}

/// A call of a function, by the document or by another function.
struct Edge {
    caller: Option<usize>,
    callee: usize,
    origin: Origin,
}

impl Functions {
    /// Whether something calls this one of `use.functions`.
    pub(crate) fn calls(&self, name: &str) -> bool {
        let own = Target::Own(name.to_owned());
        self.known.iter().any(|known| known.target == own)
    }
}

/// A call of a function. It gets what `with` says, else the task's transformed input.
pub(crate) fn function_call(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    target: Target,
) -> Option<TaskKind> {
    let with = match task.get("with") {
        Some(with) => Some(arguments(cx, with, scope, Secrets::No)?),
        None => None,
    };
    let name = node.as_str().unwrap_or_default();
    let body = cx.function(target, name, node);
    Some(TaskKind::Function(FunctionCall {
        name: name.to_owned(),
        body,
        with,
    }))
}

impl Cx<'_> {
    /// The block of a function, which is lowered later.
    pub(crate) fn function(&mut self, target: Target, name: &str, node: Node<'_>) -> BlockId {
        let origin = self.place(node);
        let key = (target, self.plain);
        let callee = match self.functions.index.get(&key) {
            Some(known) => *known,
            None => {
                let at = self.functions.known.len();
                self.functions.known.push(Known {
                    target: key.0.clone(),
                    name: name.to_owned(),
                    plain: self.plain,
                    body: self.arenas.block(Vec::new()),
                    origin: origin.clone(),
                });
                self.functions.index.insert(key, at);
                at
            }
        };
        self.functions.calls.push(Edge {
            caller: self.current,
            callee,
            origin,
        });
        let known = self.functions.known.get(callee);
        known.map_or(BlockId(0), |known| known.body)
    }

    /// Lowers every function that was called, and those that they call.
    pub(crate) fn lower_functions(&mut self) {
        while let Some(next) = self.functions.known.get(self.functions.lowered).cloned() {
            let at = self.functions.lowered;
            self.functions.lowered += 1;
            let task = match &next.target {
                Target::Own(name) => self.own_function(at, &next, name),
                Target::Catalogued(file) => self.catalogued(at, &next, file),
            };
            if let Some(task) = task {
                let task = self.arenas.task(task);
                self.arenas.fill(next.body, vec![task]);
            }
        }
        self.refuse_recursion();
    }

    fn own_function(&mut self, at: usize, function: &Known, name: &str) -> Option<Task> {
        let definition = self.root.get("use")?.get("functions")?.get(name)?;
        let entry = Entry {
            name,
            name_span: definition.key_span().unwrap_or_else(|| definition.mark()),
            body: definition,
        };
        let around = (self.plain, self.current);
        (self.plain, self.current) = (function.plain, Some(at));
        let lowered = task(self, &entry, ALONE);
        (self.plain, self.current) = around;
        lowered
    }

    fn catalogued(&mut self, at: usize, function: &Known, file: &File) -> Option<Task> {
        let text = match self.take(file) {
            Ok(text) => text,
            Err(fault) => {
                let message = format!(
                    "the function {} cannot be read: {fault}",
                    shown(&function.name)
                );
                let found = Diagnostic::text(Code::InvalidCatalogEntry, 0..0, message);
                let help = format!(
                    "it should be `{}` of the catalog `{}`",
                    file.path, file.catalog
                );
                self.emit(function.origin.place(found).help(help));
                return None;
            }
        };
        let mut sink = Sink::default();
        let tree = yaml::parse(&text, &mut sink);
        let lowered =
            tree.and_then(|tree| self.lower_elsewhere(at, function, tree.root(), &mut sink));
        self.pass_on(function, &text, sink);
        lowered
    }

    /// Lowers a function that stands in a document of its own, which has no `use`.
    fn lower_elsewhere(
        &mut self,
        at: usize,
        function: &Known,
        root: Node<'_>,
        sink: &mut Sink,
    ) -> Option<Task> {
        let mut inner = Cx {
            root,
            sink: std::mem::take(sink),
            arenas: std::mem::take(&mut self.arenas),
            sites: std::mem::take(&mut self.sites),
            vault: std::mem::take(&mut self.vault),
            functions: std::mem::take(&mut self.functions),
            shelf: std::mem::replace(&mut self.shelf, super::catalog::Shelf::new(Vec::new())),
            extensions: Vec::new(),
            reuse: Reuse::default(),
            defaults: Hints::default(),
            catalogs: self.catalogs,
            plain: true,
            current: Some(at),
            elsewhere: Some((function.origin.clone(), function.name.clone())),
            started_by_data: false,
        };
        let entry = Entry {
            name: &function.name,
            name_span: 0..0,
            body: root,
        };
        let lowered = task(&mut inner, &entry, ALONE);
        let Cx {
            arenas,
            sites,
            vault,
            functions,
            shelf,
            sink: found,
            ..
        } = inner;
        self.arenas = arenas;
        self.sites = sites;
        self.vault = vault;
        self.functions = functions;
        self.shelf = shelf;
        *sink = found;
        lowered
    }

    /// What is wrong with a function of a catalog is said where it is called: its text is not
    /// the author's.
    fn pass_on(&mut self, function: &Known, text: &str, sink: Sink) {
        let errors = sink.finish().into_iter();
        let errors = errors.filter(|found| found.severity == Severity::Error);
        for error in errors.take(SHOWN_MAX) {
            let before = text.get(..error.span.start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let message = format!(
                "the function {} cannot be used: line {line} of it: {}",
                shown(&function.name),
                error.message
            );
            let code = match error.code {
                Code::Unsupported => Code::Unsupported,
                _ => Code::InvalidCatalogEntry,
            };
            let found = function.origin.place(Diagnostic::text(code, 0..0, message));
            self.emit(match error.help {
                Some(help) => found.help(help),
                None => found,
            });
        }
    }

    /// Functions are parts of their callers, so that one cannot be a part of itself.
    fn refuse_recursion(&mut self) {
        let count = self.functions.known.len();
        let mut callees: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut waiting = vec![0usize; count];
        for (index, edge) in self.functions.calls.iter().enumerate() {
            if let Some(caller) = edge.caller {
                if let Some(list) = callees.get_mut(caller) {
                    list.push(index);
                }
                if let Some(waiting) = waiting.get_mut(edge.callee) {
                    *waiting += 1;
                }
            }
        }
        // From the callers down: what is never reached has a cycle above it.
        let mut depth = vec![1usize; count];
        let mut open: Vec<usize> = (0..count)
            .filter(|at| waiting.get(*at) == Some(&0))
            .collect();
        let mut done = vec![false; count];
        let mut found = Vec::new();
        while let Some(at) = open.pop() {
            if let Some(done) = done.get_mut(at) {
                *done = true;
            }
            let level = depth.get(at).copied().unwrap_or(1) + 1;
            for index in callees.get(at).into_iter().flatten() {
                let Some(edge) = self.functions.calls.get(*index) else {
                    continue;
                };
                if let Some(known) = depth.get_mut(edge.callee) {
                    if level == FUNCTION_DEPTH_MAX + 1 && *known < level {
                        found.push(too_deep(edge));
                    }
                    *known = level.max(*known);
                }
                if let Some(waiting) = waiting.get_mut(edge.callee) {
                    *waiting -= 1;
                    if *waiting == 0 {
                        open.push(edge.callee);
                    }
                }
            }
        }
        found.extend(self.cycle(&done));
        found.into_iter().for_each(|found| self.emit(found));
    }

    /// A cycle among the functions that were not done: each of them is called by another one.
    fn cycle(&self, done: &[bool]) -> Option<Diagnostic> {
        let is_open = |at: usize| done.get(at) == Some(&false);
        let mut called_by: HashMap<usize, &Edge> = HashMap::new();
        for edge in &self.functions.calls {
            if edge.caller.is_some_and(is_open) {
                called_by.insert(edge.callee, edge);
            }
        }
        let mut at = (0..done.len()).find(|at| is_open(*at))?;
        let mut walked: Vec<usize> = Vec::new();
        let edge = loop {
            let edge = called_by.get(&at)?;
            if walked.contains(&at) {
                break edge;
            }
            walked.push(at);
            at = edge.caller?;
        };
        // Walked from callee to caller, and back at `at`.
        let cycle = walked.iter().rev().take_while(|one| **one != at);
        let names = std::iter::once(at).chain(cycle.copied()).chain([at]);
        let names = names.map(|at| self.functions.known.get(at).map(|known| shown(&known.name)));
        let names: Vec<String> = names.collect::<Option<_>>()?;
        let message = format!("functions must not be recursive: {}", names.join(" calls "));
        let help =
            "a function is a part of its caller; a workflow may run itself with `run: workflow`";
        let found = Diagnostic::text(Code::Recursion, 0..0, message);
        Some(edge.origin.place(found).help(help))
    }
}

fn too_deep(edge: &Edge) -> Diagnostic {
    let message = format!("calls of functions nest deeper than {FUNCTION_DEPTH_MAX} levels here");
    let found = Diagnostic::text(Code::Recursion, 0..0, message);
    let help = "run a workflow of its own for a part of it: `run: workflow`";
    edge.origin.place(found).help(help)
}

/// Where a function stands: nothing is around it.
pub(crate) const ALONE: Scope<'static> = Scope {
    tasks: &[],
    variables: &[],
    lone: Some(Lone::Function),
};
