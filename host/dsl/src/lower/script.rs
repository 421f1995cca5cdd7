//! `run: script`: JavaScript and Python, in a sandbox like every step.

use segue_model::ir::{Auths, TaskKind, Template};
use serde_json::Value;

use super::Cx;
use super::hints::Hints;
use super::run::Manner;
use super::scope::{Env, Scope, Slot};
use super::standard::{is_expression, standard};
use super::template::{object_of, template};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Fields, Shape, text, wrong_type};
use crate::yaml::{Kind, Node};

const SCRIPT: Shape = Shape {
    what: "`script`",
    keys: &[
        "language",
        "code",
        "source",
        "stdin",
        "arguments",
        "environment",
    ],
    unsupported: &[],
};

/// The languages, and the plugins that run them.
const LANGUAGES: [(&str, &str); 3] = [
    ("js", "javascript"),
    ("javascript", "javascript"),
    ("python", "python"),
];

pub(crate) fn script(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    (hints, manner): (&Hints, Manner),
) -> Option<TaskKind> {
    let fields = Fields::read(&mut cx.sink, node, &SCRIPT)?;
    let env = scope.env(Slot::Definition);
    let language = fields.require(&mut cx.sink, "language");
    let plugin = language.and_then(|node| plugin(cx, node));
    let mut members = vec![code(cx, fields).map(|code| ("code".to_owned(), code))];
    let mut add = |key: &str, value: Option<Template>| {
        members.push(value.map(|value| (key.to_owned(), value)));
    };
    if let Some(node) = fields.get("arguments") {
        add("arguments", arguments(cx, node, env));
    }
    if let Some(node) = fields.get("environment") {
        add("environment", environment(cx, node, env));
    }
    if let Some(node) = fields.get("stdin") {
        let is_text = text(&mut cx.sink, node, "`stdin`").is_some();
        add("stdin", is_text.then(|| template(cx, node, env)).flatten());
    }
    let returned = Value::String(manner.returned.to_owned());
    add("return", Some(Template::Literal(returned)));
    let with = object_of(members.into_iter().collect::<Option<_>>()?);
    standard(
        cx,
        language?,
        (plugin?, "run"),
        Some(with),
        hints,
        Auths::default(),
    )
}

fn plugin(cx: &mut Cx<'_>, node: Node<'_>) -> Option<&'static str> {
    let language = text(&mut cx.sink, node, "`language`")?;
    let known = LANGUAGES.iter().find(|(name, _)| *name == language);
    if known.is_none() {
        let message = format!(
            "scripts of the language {} are not supported",
            shown(language)
        );
        let found = Diagnostic::error(Code::Unsupported, node, message);
        let names = LANGUAGES.iter().map(|(name, _)| *name);
        cx.emit(match did_you_mean(language, names) {
            Some(name) => found.help(format!("did you mean `{name}`?")),
            None => found.help("there are `js` and `python`; anything else is a step of a plugin"),
        });
    }
    known.map(|(_, plugin)| *plugin)
}

/// `code`, or the text of `source`. It is never an expression: `${ }` is JavaScript's too.
fn code(cx: &mut Cx<'_>, fields: Fields<'_>) -> Option<Template> {
    let code = match (fields.get("code"), fields.get("source")) {
        (Some(node), None) => text(&mut cx.sink, node, "`code`")?.to_owned(),
        (None, Some(node)) => cx.resource(node, "script")?,
        _ => {
            let message = "a script has either `code` or `source`";
            cx.emit(Diagnostic::error(
                Code::InvalidValue,
                fields.node(),
                message,
            ));
            return None;
        }
    };
    Some(Template::Literal(Value::String(code)))
}

/// A list of arguments, or an object: `{ name: value }` are the arguments `--name value`.
fn arguments(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    let fits = match node.kind() {
        Kind::Array | Kind::Object => true,
        Kind::Text(text) => is_expression(text),
        _ => false,
    };
    if !fits {
        let expected = "an array of strings, or an object";
        wrong_type(&mut cx.sink, node, "`arguments`", expected);
        return None;
    }
    template(cx, node, env)
}

fn environment(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    if !node.is_object() && !node.as_str().is_some_and(is_expression) {
        wrong_type(&mut cx.sink, node, "`environment`", "an object");
        return None;
    }
    template(cx, node, env)
}
