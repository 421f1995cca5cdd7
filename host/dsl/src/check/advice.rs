//! Advice about workflows that can run, and probably do not do what their author thinks. It
//! reads the IR, and points into the document.

use segue_model::ir::{Catch, ErrorFilter, ExprId, Task, TaskKind, Template, Workflow};

use crate::diagnostic::{Code, Diagnostic, Sink, did_you_mean, shown};
use crate::yaml::Node;

/// What the standard errors of the specification end in (DSL 1.0.3, "Standard error types").
const STANDARD_ERRORS: [&str; 8] = [
    "configuration",
    "validation",
    "expression",
    "authentication",
    "authorization",
    "timeout",
    "communication",
    "runtime",
];
/// The hosts under which standard errors have their addresses.
const STANDARD_HOSTS: [&str; 2] = [
    "https://open-workflow-specification.org/",
    "https://serverlessworkflow.io/",
];

/// Looks at every task. What does not stand in the document itself (functions of a catalog)
/// is left alone.
pub(crate) fn advise(root: Node<'_>, workflow: &Workflow, sink: &mut Sink) {
    let mut advice = Advice {
        root,
        workflow,
        sink,
    };
    for task in &workflow.tasks {
        if advice.sink.is_full() {
            return;
        }
        advice.array_output(task);
        if let TaskKind::Try { catch, .. } = &task.kind {
            advice.endless_retry(task, catch);
            advice.standard_error(task, catch.errors.as_ref());
        }
    }
}

struct Advice<'a, 't> {
    root: Node<'t>,
    workflow: &'a Workflow,
    sink: &'a mut Sink,
}

impl<'t> Advice<'_, 't> {
    fn at(&self, task: &Task, path: &str) -> Option<Node<'t>> {
        self.root.find(&format!("{}{path}", task.pointer))
    }

    /// `.data` of a task whose output is an array fails when it runs.
    fn array_output(&mut self, task: &Task) {
        let (what, element) = match &task.kind {
            TaskKind::Listen(_) => ("`listen`", "an event"),
            TaskKind::Fork { compete: false, .. } => ("`fork`", "a branch"),
            TaskKind::Map(_) => ("`map`", "an item"),
            _ => return,
        };
        let (slot, found) = match (&task.output.transform, &task.export.transform) {
            (Some(output), _) => ("/output/as", self.member_of(output)),
            (None, Some(export)) => ("/export/as", self.member_of(export)),
            (None, None) => return,
        };
        let Some(path) = found else {
            return;
        };
        let Some(node) = self.at(task, slot) else {
            return;
        };
        let message = format!(
            "the output of {what} is an array, and {} takes a member of it",
            shown(&path)
        );
        let help =
            format!("`.[0]` is the first element, and `.[]` each of them, one for {element}");
        let found = Diagnostic::warning(Code::ArrayOutput, node, message);
        self.sink.emit(found.help(help));
    }

    /// The path that an expression somewhere in a template begins with: `.name`.
    fn member_of(&self, template: &Template) -> Option<String> {
        match template {
            Template::Expr(id) => self.path(*id),
            Template::Array(items) => items.iter().find_map(|item| self.member_of(item)),
            Template::Object(members) => members.iter().find_map(|(_, one)| self.member_of(one)),
            Template::Literal(_) | Template::Uri(_) => None,
        }
    }

    fn path(&self, id: ExprId) -> Option<String> {
        let source = self.workflow.expressions.get(id.index())?.source.trim();
        let rest = source.strip_prefix('.')?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        // `.name?` and `.name // …` expect that there may be none.
        let sure = !after.trim_start().starts_with(['?']) && !after.trim_start().starts_with("//");
        (!name.is_empty() && sure).then(|| format!(".{name}"))
    }

    /// A retry policy that never gives up and never waits keeps the host busy.
    fn endless_retry(&mut self, task: &Task, catch: &Catch) {
        let Some(retry) = &catch.retry else {
            return;
        };
        let ends = retry.attempts.is_some()
            || retry.duration.is_some()
            || retry.when.is_some()
            || retry.except_when.is_some()
            || task.timeout.is_some();
        if ends || retry.delay.is_some() {
            return;
        }
        let Some(node) = self.at(task, "/catch/retry") else {
            return;
        };
        let message = "this retries without a limit and without a wait";
        let help = "add `limit: { attempt: { count: 5 } }`, and `delay: PT1S` with a `backoff`";
        let found = Diagnostic::warning(Code::EndlessRetry, node, message);
        self.sink.emit(found.help(help));
    }

    /// A standard address of an error that no standard error has.
    fn standard_error(&mut self, task: &Task, filter: Option<&ErrorFilter>) {
        let Some(kind) = filter.and_then(|filter| filter.kind.as_deref()) else {
            return;
        };
        let standard = STANDARD_HOSTS.iter().any(|host| kind.starts_with(host));
        let name = kind.rsplit('/').next().unwrap_or_default();
        if !standard || STANDARD_ERRORS.contains(&name) {
            return;
        }
        let Some(node) = self.at(task, "/catch/errors/with/type") else {
            return;
        };
        let message = format!(
            "no standard error is called {}: unless a task raises it, this catches nothing",
            shown(name)
        );
        let found = Diagnostic::warning(Code::NoEffect, node, message);
        self.sink.emit(match did_you_mean(name, STANDARD_ERRORS) {
            Some(known) => found.help(format!("did you mean `{known}`?")),
            None => found.help(format!(
                "the standard errors are {}",
                STANDARD_ERRORS.join(", ")
            )),
        });
    }
}
