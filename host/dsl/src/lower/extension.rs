//! `use.extensions`: tasks before and after all tasks of a type.

use segue_model::ir::{Around, BlockId, ExprId};

use super::Cx;
use super::auth::choice;
use super::block::block;
use super::expression::condition;
use super::retry::optional;
use super::scope::{Env, Slot};
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Entry, Fields, Shape, entries};
use crate::yaml::Node;

const EXTENSION: Shape = Shape {
    what: "an extension",
    keys: &["extend", "when", "before", "after"],
    unsupported: &[],
};

/// What can be extended; `composite` are the tasks that only hold others.
const TARGETS: [&str; 12] = [
    "call",
    "composite",
    "emit",
    "for",
    "listen",
    "raise",
    "run",
    "set",
    "switch",
    "try",
    "wait",
    "all",
];

/// Extensions in a document: each may stand around every task.
const EXTENSIONS_MAX: usize = 32;

/// An extension of the document.
pub(crate) struct Extension {
    name: String,
    extend: &'static str,
    when: Option<ExprId>,
    before: Option<BlockId>,
    after: Option<BlockId>,
    pointer: String,
    used: bool,
}

impl Extension {
    fn matches(&self, task: &str) -> bool {
        match self.extend {
            "all" => true,
            "composite" => matches!(task, "do" | "fork"),
            extend => extend == task,
        }
    }
}

/// Reads `use.extensions`. Their own tasks are not extended.
pub(crate) fn declare(cx: &mut Cx<'_>, node: Node<'_>) {
    let Some(entries) = entries(&mut cx.sink, node, "`use.extensions`", "extension") else {
        return;
    };
    if entries.len() > EXTENSIONS_MAX {
        let message = format!("a workflow may have {EXTENSIONS_MAX} extensions");
        cx.emit(Diagnostic::error(Code::DocumentLimit, node, message));
        return;
    }
    for (at, entry) in entries.iter().enumerate() {
        let twin = entries.iter().take(at).find(|one| one.name == entry.name);
        if let Some(first) = twin {
            let message = format!("two extensions have the name {}", shown(entry.name));
            let found = Diagnostic::error(Code::DuplicateKey, entry.body, message);
            let found = found.at(entry.name_span.clone());
            cx.emit(found.label(first.name_span.clone(), "first here"));
        }
        let plain = std::mem::replace(&mut cx.plain, true);
        let lowered = extension(cx, entry);
        cx.plain = plain;
        cx.extensions.extend(lowered);
    }
}

fn extension(cx: &mut Cx<'_>, entry: &Entry<'_>) -> Option<Extension> {
    let fields = Fields::read(&mut cx.sink, entry.body, &EXTENSION)?;
    let extend = fields.require(&mut cx.sink, "extend");
    let extend = extend.and_then(|node| choice(cx, node, "extend", &TARGETS));
    let when = optional(fields.get("when"), |node| {
        condition(cx, node, "`when`", Env::outside(Slot::TaskInput))
    });
    let before = optional(fields.get("before"), |node| {
        block(cx, node, "`before`", &[])
    });
    let after = optional(fields.get("after"), |node| block(cx, node, "`after`", &[]));
    if fields.get("before").is_none() && fields.get("after").is_none() {
        let message = "this extension has neither `before` nor `after`";
        let found = Diagnostic::warning(Code::NoEffect, entry.body, message);
        cx.emit(found.at(entry.name_span.clone()));
    }
    Some(Extension {
        name: entry.name.to_owned(),
        extend: extend?,
        when: when?,
        before: before?,
        after: after?,
        pointer: entry.body.pointer(),
        used: false,
    })
}

/// The extensions around a task of this type, the first declared outermost.
pub(crate) fn around(cx: &mut Cx<'_>, task: &str) -> Vec<Around> {
    if cx.plain {
        return Vec::new();
    }
    let matching = cx.extensions.iter_mut().filter(|one| one.matches(task));
    matching
        .map(|one| {
            one.used = true;
            Around {
                name: one.name.clone(),
                when: one.when,
                before: one.before,
                after: one.after,
            }
        })
        .collect()
}

/// Says which extensions extend nothing.
pub(crate) fn check_unused(cx: &mut Cx<'_>, root: Node<'_>) {
    let unused = cx.extensions.iter().filter(|one| !one.used);
    let found: Vec<Diagnostic> = unused
        .map(|one| {
            let node = root.find(&one.pointer).unwrap_or(root);
            let message = format!("the extension {} extends no task", shown(&one.name));
            let span = node.key_span().unwrap_or_else(|| node.mark());
            Diagnostic::warning(Code::NoEffect, node, message).at(span)
        })
        .collect();
    found.into_iter().for_each(|found| cx.emit(found));
}
