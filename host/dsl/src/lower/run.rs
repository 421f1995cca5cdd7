//! `run`: another workflow, or a script.

use segue_model::id::is_label;
use segue_model::ir::{RunWorkflow, TaskKind, WorkflowRef};

use super::auth::choice;
use super::expression::refuse_expression;
use super::hints::Hints;
use super::retry::optional;
use super::scope::{Scope, Slot};
use super::script::script;
use super::standard::is_expression;
use super::template::template;
use super::{Cx, Origin};
use crate::ChildSite;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, text, wrong_type};
use crate::yaml::{Kind, Node};

const RUN: Shape = Shape {
    what: "`run`",
    keys: &["workflow", "script", "await", "return"],
    unsupported: &[
        (
            "shell",
            "`run: shell`",
            "a host that runs commands can neither bound nor replay them: make it a script, or a step of a plugin",
        ),
        (
            "container",
            "`run: container`",
            "a host that runs containers can neither bound nor replay them: make it a script, or a step of a plugin",
        ),
    ],
};
const WORKFLOW: Shape = Shape {
    what: "`workflow`",
    keys: &["namespace", "name", "version", "input"],
    unsupported: &[],
};

/// What a process gives back.
const RETURNS: [&str; 5] = ["stdout", "stderr", "code", "all", "none"];

/// How a process is run.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// `await`.
    pub(crate) wait: bool,
    /// `return`.
    pub(crate) returned: &'static str,
}

pub(crate) fn run(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    hints: &Hints,
) -> Option<TaskKind> {
    let fields = Fields::read(&mut cx.sink, node, &RUN)?;
    let wait = match fields.get("await").map(|node| (node, node.kind())) {
        None => Some(true),
        Some((_, Kind::Bool(wait))) => Some(wait),
        Some((node, _)) => {
            wrong_type(&mut cx.sink, node, "`await`", "a boolean");
            None
        }
    };
    let returned = match fields.get("return") {
        Some(node) => choice(cx, node, "return", &RETURNS),
        None => Some("stdout"),
    };
    let refused = ["shell", "container"]
        .iter()
        .any(|key| fields.get(key).is_some());
    let manner = Manner {
        wait: wait?,
        returned: returned?,
    };
    match (fields.get("workflow"), fields.get("script")) {
        _ if refused => None,
        (Some(part), None) => {
            if let Some(node) = fields.get("return") {
                let message = "`return` has no effect here: the output is the workflow's";
                let span = node.key_span().unwrap_or_else(|| node.mark());
                cx.emit(Diagnostic::warning(Code::NoEffect, node, message).at(span));
            }
            workflow(cx, part, scope, manner.wait)
        }
        (None, Some(part)) => script(cx, part, scope, (hints, manner)),
        _ => {
            let message = "`run` has exactly one of `workflow` and `script`";
            cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
            None
        }
    }
}

fn workflow(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>, wait: bool) -> Option<TaskKind> {
    let fields = Fields::read(&mut cx.sink, node, &WORKFLOW)?;
    let workflow = reference(cx, fields);
    let input = optional(fields.get("input"), |node| {
        let computed = node.as_str().is_some_and(is_expression);
        if !node.is_object() && !computed {
            let expected = "an object, or an expression in `${ }`";
            wrong_type(&mut cx.sink, node, "`input`", expected);
            return None;
        }
        template(cx, node, scope.env(Slot::Definition))
    });
    Some(TaskKind::Run(RunWorkflow {
        workflow: workflow?,
        input: input?,
        wait,
    }))
}

/// A workflow by its namespace, name and version.
pub(crate) fn reference(cx: &mut Cx<'_>, fields: Fields<'_>) -> Option<WorkflowRef> {
    let namespace = label(cx, fields, "namespace");
    let name = label(cx, fields, "name");
    let version = optional(fields.get("version"), |node| version(cx, node));
    let workflow = WorkflowRef {
        namespace: namespace?,
        name: name?,
        version: version?.flatten(),
    };
    let Origin { span, pointer } = cx.place(fields.node());
    cx.sites.children.push(ChildSite {
        workflow: workflow.clone(),
        span,
        pointer,
    });
    Some(workflow)
}

fn label(cx: &mut Cx<'_>, fields: Fields<'_>, key: &str) -> Option<String> {
    let node = fields.require(&mut cx.sink, key)?;
    let value = text(&mut cx.sink, node, &format!("`{key}`"))?;
    let what = format!("the {key} of a workflow");
    if refuse_expression(cx, node, &what, "choose between workflows with `switch`") {
        return None;
    }
    if !is_label(value) {
        let message = format!("{} cannot be {what}", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("it has 1 to 63 letters, digits and inner hyphens, such as `order-2`"));
        return None;
    }
    Some(value.to_owned())
}

/// A full version; `latest` is the newest that is deployed when the run starts.
fn version(cx: &mut Cx<'_>, node: Node<'_>) -> Option<Option<semver::Version>> {
    let value = text(&mut cx.sink, node, "`version`")?;
    if value == "latest" {
        return Some(None);
    }
    let parsed = value.parse().ok();
    if parsed.is_none() {
        let message = format!("{} is not a version of a workflow", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("write all three numbers ('1.0.0'), or `latest`"));
    }
    parsed.map(Some)
}
