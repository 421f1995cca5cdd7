//! Expression slots: `${ }` or bare jq, compiled with the variables of the slot.

use segue_expr::{CompileError, CompileErrorKind, Embedding, Program, embedding};
use segue_model::ir::{ExprId, Template};

use super::scope::{ARGUMENTS, Env, Secrets, Slot};
use super::{Cx, schedule, secrets};
use crate::check;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::text;
use crate::yaml::{Node, place_in_source};

/// A slot that holds an expression, with or without `${ }`: conditions, `for.in`, and the
/// string forms of `input.from`, `output.as` and `export.as`.
pub(crate) fn bare(cx: &mut Cx<'_>, node: Node<'_>, what: &str, env: Env<'_>) -> Option<ExprId> {
    let source = text(&mut cx.sink, node, what)?;
    match embedding(source) {
        Embedding::Whole { inner, offset } => compile(cx, node, inner, offset, env),
        Embedding::Embedded => {
            let found = check::embedded::in_expression(node, cx.sink.is_full());
            cx.emit(found);
            None
        }
        Embedding::None => compile(cx, node, source, 0, env),
    }
}

/// Compiles the jq `source`, which stands `offset` bytes into the string `node`.
pub(crate) fn compile(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    source: &str,
    offset: usize,
    env: Env<'_>,
) -> Option<ExprId> {
    if source.trim().is_empty() {
        let empty = Diagnostic::error(Code::InvalidExpression, node, "the expression is empty");
        cx.emit(empty.help("`.` is the expression that changes nothing"));
        return None;
    }
    let names: Vec<&str> = env.names().collect();
    schedule::lint(cx, node, source);
    // What is fine as a part of a request may not be as the argument of a step.
    let whole = env.secrets == Secrets::Whole;
    if let Some(known) = cx.arenas.compiled(source, &names, whole) {
        return Some(known);
    }
    match Program::compile(source, &names) {
        Ok(program) => {
            secrets::check(cx, node, &program, env)?;
            let used = names.iter().copied().filter(|name| program.uses(name));
            let used: Vec<&str> = used.collect();
            Some(cx.arenas.add_compiled(source, &names, &used, whole))
        }
        Err(error) => {
            let found = finding(node, offset, &error, env);
            cx.emit(found);
            None
        }
    }
}

/// Refuses `${ }` inside of longer text.
pub(crate) fn refuse_embedded(cx: &mut Cx<'_>, node: Node<'_>) -> Option<ExprId> {
    let found = check::embedded::in_data(cx.root, node, cx.sink.is_full());
    cx.emit(found);
    None
}

fn finding(node: Node<'_>, offset: usize, error: &CompileError, env: Env<'_>) -> Diagnostic {
    let span = error.span.clone();
    let place = place_in_source(node, offset + span.start..offset + span.end);
    let place = place.unwrap_or_else(|| node.mark());
    let (code, name) = match &error.kind {
        CompileErrorKind::UnknownVariable(name) => match name.as_str() {
            "$secrets" | "$authorization" => (Code::MisplacedSecret, name.as_str()),
            name => (Code::UnknownVariable, name),
        },
        _ => (Code::InvalidExpression, ""),
    };
    let (message, hint) = match unknown(name, env) {
        Some((message, help)) => (message, Some(help.to_owned())),
        None => (error.message.clone(), error.hint.clone()),
    };
    let message = format!("in the expression: {message}");
    let found = Diagnostic::error(code, node, message).at(place);
    match hint {
        Some(hint) => found.help(hint),
        None => found,
    }
}

/// What is known about a variable (with its `$`) that exists elsewhere: a message, and help.
fn unknown(name: &str, env: Env<'_>) -> Option<(String, &'static str)> {
    let help = match name {
        "$secrets" => secrets::PLACES,
        "$secret" => "the argument is `$secrets`, as in `$secrets.name`",
        "$authorization" => {
            "it exists in the `with` of a `call: http` or `call: openapi` that has an authentication"
        }
        "$input" if env.slot == Slot::TaskInput => {
            "`.` is the input here: the transformed input does not exist yet"
        }
        "$input" if env.slot == Slot::Schedule => "no run has started yet",
        "$input" => "`.` is what the workflow got, or what its last task gave",
        "$output" if env.slot == Slot::Definition => {
            "it exists in `export.as` alone; in `output.as`, `.` is the output"
        }
        "$output" => "it exists in `export.as` alone",
        "$context" => "nothing can have been exported yet",
        "$task" if env.slot == Slot::Schedule => "a schedule belongs to no task",
        "$task" => "the input and output of the workflow belong to no task",
        "$item" | "$index" => "the variables of a loop exist in its `do` and its `while` alone",
        "$error" => "the variable of a catch exists inside of that catch alone",
        _ => return None,
    };
    let is_argument = name
        .strip_prefix('$')
        .is_some_and(|name| ARGUMENTS.contains(&name));
    let message = match is_argument {
        true => format!("`{name}` does not exist in {}", env.slot.name()),
        false => format!("`{name}` does not exist here"),
    };
    Some((message, help))
}

/// What a condition that is no string most likely should be.
pub(crate) fn condition(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    what: &str,
    env: Env<'_>,
) -> Option<ExprId> {
    if let crate::yaml::Kind::Bool(value) = node.kind() {
        let message = format!("{what} must be a string with an expression, and this is a boolean");
        let found = Diagnostic::error(Code::WrongType, node, message);
        let help = format!("put quotes around it: '{value}'");
        cx.emit(found.help(help));
        return None;
    }
    bare(cx, node, what, env)
}

/// Reports an expression where only a fixed text may stand. True where it did.
pub(crate) fn refuse_expression(cx: &mut Cx<'_>, node: Node<'_>, what: &str, help: &str) -> bool {
    let text = node.as_str().unwrap_or_default();
    let is_expression = !matches!(embedding(text), Embedding::None);
    if is_expression {
        let message = format!("{what} is fixed text, and {} is an expression", shown(text));
        cx.emit(Diagnostic::error(Code::MisplacedExpression, node, message).help(help));
    }
    is_expression
}

/// The template with the transformed input of the task as `.` of its expressions.
pub(crate) fn rebased(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    template: Template,
    env: Env<'_>,
) -> Option<Template> {
    match template {
        Template::Expr(id) => {
            let source = cx.arenas.expressions.get(id.index())?.source.clone();
            // A comment of the expression ends at the line break.
            compile(cx, node, &format!("$input | ({source}\n)"), 0, env).map(Template::Expr)
        }
        Template::Array(items) => {
            let items = items.into_iter().map(|item| rebased(cx, node, item, env));
            items.collect::<Option<_>>().map(Template::Array)
        }
        Template::Object(members) => {
            let members = members
                .into_iter()
                .map(|(key, value)| Some((key, rebased(cx, node, value, env)?)));
            members.collect::<Option<_>>().map(Template::Object)
        }
        other => Some(other),
    }
}
