//! `switch`.

use std::collections::HashMap;

use segue_model::ir::{Case, TaskKind};

use super::Cx;
use super::expression::condition;
use super::retry::optional;
use super::scope::{Scope, Slot};
use crate::check::flow;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Entry, Fields, Shape, entries};
use crate::yaml::Node;

const CASE: Shape = Shape {
    what: "a case",
    keys: &["when", "then"],
    unsupported: &[],
};

pub(crate) fn switch(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<TaskKind> {
    let entries = entries(&mut cx.sink, node, "`switch`", "case")?;
    if node.len() == 0 {
        cx.emit(Diagnostic::error(
            Code::InvalidValue,
            node,
            "a `switch` needs a case",
        ));
    }
    check_names(cx, &entries);
    check_defaults(cx, &entries);
    let cases: Vec<_> = entries.iter().map(|entry| case(cx, entry, scope)).collect();
    let cases = cases.into_iter().collect::<Option<Vec<Case>>>()?;
    (cases.len() == node.len()).then_some(TaskKind::Switch { cases })
}

fn case(cx: &mut Cx<'_>, entry: &Entry<'_>, scope: Scope<'_>) -> Option<Case> {
    let fields = Fields::read(&mut cx.sink, entry.body, &CASE)?;
    let when = optional(fields.get("when"), |node| {
        condition(cx, node, "`when`", scope.env(Slot::Definition))
    });
    let then = fields.require(&mut cx.sink, "then");
    let then = then.and_then(|node| flow::target(cx, node, scope));
    Some(Case {
        name: entry.name.to_owned(),
        when: when?,
        then: then?,
    })
}

/// The default wins when nothing else matches, so there can only be one.
fn check_defaults(cx: &mut Cx<'_>, entries: &[Entry<'_>]) {
    let mut defaults = entries
        .iter()
        .filter(|entry| entry.body.is_object() && entry.body.get("when").is_none());
    let Some(first) = defaults.next() else {
        return;
    };
    for second in defaults {
        let message = format!("a second case without `when`: {}", shown(second.name));
        let found = Diagnostic::error(Code::ManyDefaults, second.body, message);
        let found = found.at(second.name_span.clone());
        let label = "this is the default case already";
        let help = "give one of them a `when`, or leave it out";
        cx.emit(found.label(first.name_span.clone(), label).help(help));
    }
}

fn check_names(cx: &mut Cx<'_>, entries: &[Entry<'_>]) {
    let mut seen = HashMap::new();
    for entry in entries {
        if let Some(first) = seen.insert(entry.name, entry.name_span.clone()) {
            let message = format!("two cases have the name {}", shown(entry.name));
            let found = Diagnostic::warning(Code::DuplicateTask, entry.body, message);
            cx.emit(found.at(entry.name_span.clone()).label(first, "first here"));
        }
    }
}
