//! `call` of a plugin's step: `call: plugin/step:version@default`.

use segue_model::ir::{Call, GrantsOf, StepRef, TaskKind, Template};

use super::Cx;
use super::expression::refuse_expression;
use super::hints::Hints;
use super::scope::{Scope, Slot};
use super::template::template;
use crate::CallSite;
use crate::check::reference::{self, Reference};
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, text, wrong_type};
use crate::yaml::Node;

pub(crate) fn call(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    hints: &Hints,
) -> Option<TaskKind> {
    let step = step(cx, node);
    // What a call of something else takes is not checked: the call is refused anyway.
    let step = step?;
    let with = match task.get("with") {
        Some(with) => Some(arguments(cx, with, scope)?),
        None => None,
    };
    let step = cx.arenas.step(step);
    cx.calls.push(CallSite {
        step,
        span: node.span(),
        pointer: node.pointer(),
    });
    let limits = hints.limits.clone();
    Some(TaskKind::Call(Call {
        step,
        with,
        limits,
        grants: GrantsOf::Plugin,
        auth: None,
    }))
}

fn arguments(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<Template> {
    if node.is_object() {
        return template(cx, node, scope.env(Slot::Definition));
    }
    let is_text = node.as_str().is_some();
    if is_text {
        let message = "`with` must be an object, and this is a string";
        let found = Diagnostic::error(Code::WrongType, node, message);
        let help = "name each argument, or leave `with` out: without it, the step gets the task's \
                    input, which `input.from` may compute";
        cx.emit(found.help(help));
    } else {
        wrong_type(&mut cx.sink, node, "`with`", "an object");
    }
    None
}

/// The step that a `call` names.
fn step(cx: &mut Cx<'_>, node: Node<'_>) -> Option<StepRef> {
    let name = text(&mut cx.sink, node, "`call`")?;
    if refuse_expression(
        cx,
        node,
        "the name of a step",
        "name the step, and choose between steps with `switch`",
    ) {
        return None;
    }
    let found = match reference::parse(name) {
        Reference::Step(step) => return Some(step),
        Reference::Protocol(protocol) => {
            let message = format!("`call: {protocol}` is not supported");
            let found = Diagnostic::error(Code::Unsupported, node, message);
            found.help(reference::protocol_advice(protocol))
        }
        Reference::Url => {
            let message = "calling a function by its URL is not supported";
            let found = Diagnostic::error(Code::Unsupported, node, message);
            found.help("deploy it as a plugin, and call `plugin/step:1.0.0@default`")
        }
        Reference::Catalog(catalog) => {
            let message = format!(
                "calling a function of the catalog {} is not supported",
                shown(catalog)
            );
            let found = Diagnostic::error(Code::Unsupported, node, message);
            found.help("plugins stand in the catalog `default`: `plugin/step:1.0.0@default`")
        }
        Reference::Name => unknown_name(cx, node, name),
        Reference::Malformed { message, help } => {
            Diagnostic::error(Code::InvalidCall, node, message).help(help)
        }
    };
    cx.emit(found);
    None
}

fn unknown_name(cx: &Cx<'_>, node: Node<'_>, name: &str) -> Diagnostic {
    let is_function = cx
        .root
        .find("/use/functions")
        .is_some_and(|functions| functions.get(name).is_some());
    if is_function {
        let message = format!(
            "calling {} of `use.functions` is not supported",
            shown(name)
        );
        let found = Diagnostic::error(Code::Unsupported, node, message);
        return found.help("write its tasks out, or make it a step of a plugin");
    }
    let message = format!("there is no function {}", shown(name));
    let found = Diagnostic::error(Code::UnknownReference, node, message);
    found.help(reference::name_advice(name))
}
