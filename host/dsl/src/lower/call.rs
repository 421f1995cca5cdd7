//! `call`: a call of the language, a step of a plugin, or a function.

use segue_model::ir::{Auths, Call, GrantsOf, StepRef, TaskKind, Template};

use super::Cx;
use super::callback::await_callback;
use super::expression::refuse_expression;
use super::function::{Target, function_call};
use super::hints::Hints;
use super::map::map;
use super::scope::{Scope, Secrets, Slot};
use super::standard::{http, openapi};
use super::template::template;
use crate::check::reference::{self, Reference};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Fields, text, wrong_type};
use crate::yaml::Node;

/// The functions of the default catalog that are no steps of a plugin, and their version.
const OWN: [&str; 2] = ["map", "await-callback"];
/// See [`OWN`].
const OWN_VERSION: &str = "1.0.0";

pub(crate) fn call(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    hints: &Hints,
) -> Option<TaskKind> {
    let name = text(&mut cx.sink, node, "`call`")?;
    let help = "name what is called, and choose between calls with `switch`";
    if refuse_expression(cx, node, "the name of a call", help) {
        return None;
    }
    match reference::parse(name) {
        Reference::Protocol("http") => http(cx, task, node, scope, hints),
        Reference::Protocol("openapi") => openapi(cx, task, node, scope, hints),
        Reference::Step(step) if is_own(&step) => own(cx, task, node, scope, &step),
        Reference::Step(step) => plugin(cx, task, node, scope, (step, hints)),
        Reference::Url => {
            let file = cx.function_at(node, name)?;
            function_call(cx, task, node, scope, Target::Catalogued(file))
        }
        Reference::Catalog {
            name,
            version,
            catalog,
        } => {
            let file = cx.function_of(node, catalog, (name, version))?;
            function_call(cx, task, node, scope, Target::Catalogued(file))
        }
        Reference::Name if is_function(cx, name) => {
            function_call(cx, task, node, scope, Target::Own(name.to_owned()))
        }
        refused => {
            // What a call of something else takes is not checked: the call is refused anyway.
            let found = refusal(cx, node, name, refused);
            cx.emit(found);
            None
        }
    }
}

fn refusal(cx: &Cx<'_>, node: Node<'_>, name: &str, reference: Reference<'_>) -> Diagnostic {
    match reference {
        Reference::Protocol(protocol) => {
            let message = format!("`call: {protocol}` is not supported");
            let found = Diagnostic::error(Code::Unsupported, node, message);
            found.help(reference::protocol_advice(protocol))
        }
        Reference::Malformed { message, help } => {
            Diagnostic::error(Code::InvalidCall, node, message).help(help)
        }
        _ => unknown_name(cx, node, name),
    }
}

fn is_function(cx: &Cx<'_>, name: &str) -> bool {
    let functions = cx
        .elsewhere
        .is_none()
        .then(|| cx.root.find("/use/functions"));
    functions
        .flatten()
        .is_some_and(|functions| functions.get(name).is_some())
}

fn unknown_name(cx: &Cx<'_>, node: Node<'_>, name: &str) -> Diagnostic {
    let message = format!("there is no function {}", shown(name));
    let found = Diagnostic::error(Code::UnknownReference, node, message);
    let functions = cx.root.find("/use/functions").into_iter();
    let known = functions.flat_map(Node::fields).map(|field| field.key);
    match did_you_mean(name, known) {
        Some(known) => found.help(format!("did you mean `{known}`?")),
        None => found.help(reference::name_advice(name)),
    }
}

fn is_own(step: &StepRef) -> bool {
    step.step.is_none() && OWN.contains(&step.plugin.as_str())
}

/// A function of the host itself.
fn own(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    step: &StepRef,
) -> Option<TaskKind> {
    if !matches!(step.version.as_str(), "1" | "1.0" | OWN_VERSION) {
        let message = format!(
            "there is no version {} of `{}`",
            shown(&step.version),
            step.plugin
        );
        let found = Diagnostic::error(Code::InvalidCall, node, message);
        cx.emit(found.help(format!(
            "write `call: {}:{OWN_VERSION}@default`",
            step.plugin
        )));
        return None;
    }
    match step.plugin.as_str() {
        "map" => map(cx, task, scope),
        _ => await_callback(cx, task, scope),
    }
}

/// A step of a plugin.
fn plugin(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    (step, hints): (StepRef, &Hints),
) -> Option<TaskKind> {
    let with = match task.get("with") {
        Some(with) => Some(arguments(cx, with, scope, Secrets::Whole)?),
        None => None,
    };
    let step = cx.call_site(node, step);
    Some(TaskKind::Call(Call {
        step,
        with,
        limits: hints.limits.clone(),
        grants: GrantsOf::Plugin,
        auth: Auths::default(),
    }))
}

/// `with` of a step or a function: an object with expressions in it.
pub(crate) fn arguments(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    secrets: Secrets,
) -> Option<Template> {
    if node.is_object() {
        return template(cx, node, scope.env(Slot::Definition).with(secrets));
    }
    let is_text = node.as_str().is_some();
    if is_text {
        let message = "`with` must be an object, and this is a string";
        let found = Diagnostic::error(Code::WrongType, node, message);
        let help = "name each argument, or leave `with` out: without it, what is called gets the \
                    task's input, which `input.from` may compute";
        cx.emit(found.help(help));
    } else {
        wrong_type(&mut cx.sink, node, "`with`", "an object");
    }
    None
}
