//! What all tasks have in common, and which type a task is of.

use segue_model::ir::{Flow, Task, TaskKind};

use super::block::block;
use super::call::call;
use super::data::{export, input, output};
use super::duration::timeout;
use super::expression::condition;
use super::for_loop::for_loop;
use super::hints::{self, Place};
use super::raise::raise;
use super::retry::optional;
use super::scope::{Scope, Slot};
use super::set::set;
use super::switch::switch;
use super::try_catch::try_catch;
use super::wait::wait;
use super::{Cx, hints::Hints};
use crate::check::flow;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Entry, Fields, Shape, wrong_type};
use crate::yaml::{Field, Node};

/// A task type of the language.
struct Type {
    key: &'static str,
    shape: Shape,
    place: Place,
    supported: bool,
}

macro_rules! types {
    ($($key:literal $place:ident $supported:literal: $($own:literal)*;)*) => {
        &[$(Type {
            key: $key,
            shape: Shape {
                what: concat!("a `", $key, "` task"),
                keys: &[
                    $key, $($own,)* "if", "input", "output", "export", "timeout", "then", "metadata",
                ],
                unsupported: &[],
            },
            place: Place::$place,
            supported: $supported,
        },)*]
    };
}

/// `for` stands before `do`, which it has too.
const TYPES: &[Type] = types! {
    "call" Call true: "with";
    "for" OtherTask true: "while" "do";
    "do" OtherTask true: ;
    "emit" OtherTask false: ;
    "fork" OtherTask false: ;
    "listen" OtherTask false: "foreach";
    "raise" OtherTask true: ;
    "run" OtherTask false: ;
    "set" OtherTask true: ;
    "switch" OtherTask true: ;
    "try" Try true: "catch";
    "wait" OtherTask true: ;
};

/// Whether a node looks like a task: an object with a task type.
pub(crate) fn is_task(node: Node<'_>) -> bool {
    TYPES.iter().any(|one| node.get(one.key).is_some())
}

pub(crate) fn task(cx: &mut Cx<'_>, entry: &Entry<'_>, scope: Scope<'_>) -> Option<Task> {
    let node = entry.body;
    if !node.is_object() {
        wrong_type(&mut cx.sink, node, "a task", "an object");
        return None;
    }
    let (one, field) = task_type(cx, entry)?;
    if !one.supported {
        refuse(cx, one, &field);
        return None;
    }
    let fields = Fields::read(&mut cx.sink, node, &one.shape)?;
    let before = scope.env(Slot::TaskInput);
    let condition = optional(fields.get("if"), |node| condition(cx, node, "`if`", before));
    let input = input(cx, fields.get("input"), before);
    let limit = optional(fields.get("timeout"), |node| {
        timeout(cx, node, scope.env(Slot::Definition))
    });
    let defaults = cx.defaults.clone();
    let hints = hints::read(cx, fields.get("metadata"), one.place, defaults);
    let kind = kind(cx, one, fields, field.value, scope, &hints);
    let output = output(cx, fields.get("output"), scope.env(Slot::Definition));
    let export = export(cx, fields.get("export"), scope.env(Slot::Export));
    let then = optional(fields.get("then"), |node| {
        flow::target(cx, node, scope.tasks)
    });
    Some(Task {
        name: entry.name.to_owned(),
        pointer: node.pointer(),
        definition: node.to_json(),
        condition: condition?,
        input: input?,
        output: output?,
        export: export?,
        timeout: limit?,
        then: then?.unwrap_or(Flow::Continue),
        around: Vec::new(),
        kind: kind?,
    })
}

fn kind(
    cx: &mut Cx<'_>,
    one: &Type,
    fields: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    hints: &Hints,
) -> Option<TaskKind> {
    match one.key {
        "call" => call(cx, fields, node, scope, hints),
        "do" => block(cx, node, "`do`", scope.variables).map(|body| TaskKind::Do { body }),
        "for" => for_loop(cx, fields, node, scope),
        "raise" => raise(cx, node, scope),
        "set" => set(cx, node, scope),
        "switch" => switch(cx, node, scope),
        "try" => try_catch(cx, fields, node, scope, hints),
        "wait" => wait(cx, node, scope),
        _ => None,
    }
}

/// The one task type that a task has, and the member that says so.
fn task_type<'t>(cx: &mut Cx<'_>, entry: &Entry<'t>) -> Option<(&'static Type, Field<'t>)> {
    let node = entry.body;
    let is_for = node.get("for").is_some();
    let mut found = node.fields().filter_map(|field| {
        let one = TYPES.iter().find(|one| one.key == field.key)?;
        (!(is_for && one.key == "do")).then_some((one, field))
    });
    let Some(first) = found.next() else {
        no_type(cx, entry);
        return None;
    };
    let Some((second, field)) = found.next() else {
        return Some(first);
    };
    let message = format!(
        "a task has one type, and here are `{}` and `{}`",
        first.0.key, second.key
    );
    let finding = Diagnostic::error(Code::ManyTaskTypes, field.value, message);
    let finding = finding.at(field.key_span);
    let help = "make two tasks of them; `do: [ … ]` groups tasks";
    cx.emit(finding.label(first.1.key_span, "the first type").help(help));
    None
}

fn no_type(cx: &mut Cx<'_>, entry: &Entry<'_>) {
    let message = format!("the task {} has no type", shown(entry.name));
    let found = Diagnostic::error(Code::NoTaskType, entry.body, message);
    let found = found.at(entry.name_span.clone());
    let known = || TYPES.iter().map(|one| one.key);
    let guess = entry
        .body
        .fields()
        .find_map(|field| Some((field.key_span, did_you_mean(field.key, known())?)));
    cx.emit(match guess {
        Some((span, key)) => found.at(span).help(format!("did you mean `{key}`?")),
        None => {
            let supported = TYPES.iter().filter(|one| one.supported).map(|one| one.key);
            let list: Vec<String> = supported.map(|key| format!("`{key}`")).collect();
            found.help(format!("give it one of {}", list.join(", ")))
        }
    });
}

/// Refuses a task type that is not supported, with what can be done instead.
fn refuse(cx: &mut Cx<'_>, one: &Type, field: &Field<'_>) {
    let detail = match one.key {
        "run" => field
            .value
            .fields()
            .map(|part| part.key)
            .find(|key| ["container", "script", "shell", "workflow"].contains(key)),
        _ => None,
    };
    let message = match detail {
        Some(detail) => format!("`run: {detail}` is not supported"),
        None => format!("`{}` tasks are not supported", one.key),
    };
    let help = match (one.key, detail) {
        (_, Some("shell" | "container")) => {
            "a host that runs commands or containers cannot bound or replay them: make it a step of a plugin"
        }
        (_, Some("script")) => "make the script a step of a plugin, and call that",
        ("fork", _) => "run the branches one after the other",
        _ => "the rest of the workflow was checked without this task",
    };
    let found = Diagnostic::error(Code::Unsupported, field.value, message);
    cx.emit(found.at(field.key_span.clone()).help(help));
}
