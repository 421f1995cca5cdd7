//! What all tasks have in common, and which type a task is of.

use segue_model::ir::{Flow, Output, Task, TaskKind, Template};

use super::block::block;
use super::call::call;
use super::data::{export, input, output};
use super::duration::timeout;
use super::emit::emit;
use super::expression::{compile, condition, rebased};
use super::for_loop::for_loop;
use super::fork::fork;
use super::hints::{self, Place};
use super::listen::listen;
use super::raise::raise;
use super::retry::optional;
use super::run::run;
use super::scope::{Env, Scope, Secrets, Slot};
use super::set::set;
use super::switch::switch;
use super::try_catch::try_catch;
use super::wait::wait;
use super::{Cx, extension, hints::Hints};
use crate::check::flow;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Entry, Fields, Shape, wrong_type};
use crate::yaml::{Field, Kind, Node};

/// A task type of the language.
struct Type {
    key: &'static str,
    shape: Shape,
    place: Place,
}

macro_rules! types {
    ($($key:literal $place:ident: $($own:literal)*;)*) => {
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
        },)*]
    };
}

/// `for` stands before `do`, which it has too.
const TYPES: &[Type] = types! {
    "call" Call: "with";
    "for" OtherTask: "while" "do";
    "do" OtherTask: ;
    "emit" OtherTask: ;
    "fork" OtherTask: ;
    "listen" OtherTask: "foreach";
    "raise" OtherTask: ;
    "run" Call: ;
    "set" OtherTask: ;
    "switch" OtherTask: ;
    "try" Try: "catch";
    "wait" OtherTask: ;
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
    if one.place == Place::Call && matches!(&kind, Some(kind) if !matches!(kind, TaskKind::Call(_)))
    {
        hints::refuse_limits(cx, fields.get("metadata"));
    }
    let secrets = authorization(kind.as_ref());
    let after = scope.env(Slot::Definition).with(secrets);
    let output = output(cx, fields.get("output"), after);
    let output = match is_left(one, field.value) {
        true => output.and_then(|output| dropped(cx, node, output, after)),
        false => output,
    };
    let exported = scope.env(Slot::Export).with(secrets);
    let export = export(cx, fields.get("export"), exported);
    let then = optional(fields.get("then"), |node| flow::target(cx, node, scope));
    Some(Task {
        name: entry.name.to_owned(),
        pointer: cx.pointer(node),
        definition: node.to_json(),
        condition: condition?,
        input: input?,
        output: output?,
        export: export?,
        timeout: limit?,
        then: then?.unwrap_or(Flow::Continue),
        around: extension::around(cx, one.key),
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
        "emit" => emit(cx, node, scope),
        "for" => for_loop(cx, fields, node, scope),
        "fork" => fork(cx, node, scope),
        "listen" => listen(cx, fields, node, scope),
        "raise" => raise(cx, node, scope),
        "run" => run(cx, node, scope, hints),
        "set" => set(cx, node, scope),
        "switch" => switch(cx, node, scope),
        "try" => try_catch(cx, fields, node, scope, hints),
        "wait" => wait(cx, node, scope),
        _ => None,
    }
}

/// Whether `output` and `export` of a task may name `$authorization`. Of a task that could not
/// be lowered, nobody knows.
fn authorization(kind: Option<&TaskKind>) -> Secrets {
    match kind {
        None => Secrets::Authorization,
        Some(TaskKind::Call(call)) if call.auth.request.is_some() => Secrets::Authorization,
        Some(_) => Secrets::No,
    }
}

/// Whether the task is a script that nobody waits for.
fn is_left(one: &Type, node: Node<'_>) -> bool {
    let wait = node.get("await").map(Node::kind);
    one.key == "run" && node.get("script").is_some() && matches!(wait, Some(Kind::Bool(false)))
}

/// The output of such a script is dropped: the task gives its transformed input.
fn dropped(cx: &mut Cx<'_>, node: Node<'_>, output: Output, env: Env<'_>) -> Option<Output> {
    let transform = match output.transform {
        Some(transform) => rebased(cx, node, transform, env),
        None => compile(cx, node, "$input", 0, env).map(Template::Expr),
    };
    Some(Output {
        transform: Some(transform?),
        ..output
    })
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
            let list: Vec<String> = known().map(|key| format!("`{key}`")).collect();
            found.help(format!("give it one of {}", list.join(", ")))
        }
    });
}
