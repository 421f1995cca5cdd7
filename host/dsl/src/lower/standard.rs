//! The calls that the language defines and this host has: `call: http` and `call: openapi`.
//! They are steps of plugins that come with the host; this builds what those take.

use segue_expr::{Embedding, embedding};
use segue_model::ir::{Auth, Auths, Call, GrantsOf, StepRef, TaskKind, Template};

use super::Cx;
use super::auth::{authentication, one_of};
use super::endpoint::{Endpoint, endpoint};
use super::hints::Hints;
use super::retry::optional;
use super::scope::{Env, Scope, Secrets, Slot};
use super::template::{object_of, template};
use crate::Purpose;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, text, wrong_type};
use crate::yaml::{Kind, Node};

const HTTP: Shape = Shape {
    what: "`with` of `call: http`",
    keys: &[
        "method", "endpoint", "headers", "query", "body", "output", "redirect",
    ],
    unsupported: &[],
};
const OPENAPI: Shape = Shape {
    what: "`with` of `call: openapi`",
    keys: &[
        "document",
        "operationId",
        "parameters",
        "authentication",
        "output",
        "redirect",
    ],
    unsupported: &[],
};
const DOCUMENT: Shape = Shape {
    what: "`document`",
    keys: &["name", "endpoint"],
    unsupported: &[],
};

/// What a call gives back.
const OUTPUTS: [&str; 3] = ["raw", "content", "response"];

/// The members of an object under construction: what could not be lowered is `None`.
#[derive(Default)]
struct Members(Vec<Option<(String, Template)>>);

impl Members {
    fn add(&mut self, key: &str, value: Option<Template>) {
        self.0.push(value.map(|value| (key.to_owned(), value)));
    }

    /// Lowers a member that may be absent.
    fn may<'t>(
        &mut self,
        fields: Fields<'t>,
        key: &str,
        lower: impl FnOnce(Node<'t>) -> Option<Template>,
    ) {
        if let Some(node) = fields.get(key) {
            self.add(key, lower(node));
        }
    }

    fn finish(self) -> Option<Template> {
        Some(object_of(self.0.into_iter().collect::<Option<_>>()?))
    }
}

/// `call: http`.
pub(crate) fn http(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    hints: &Hints,
) -> Option<TaskKind> {
    let with = task.require(&mut cx.sink, "with")?;
    let fields = Fields::read(&mut cx.sink, with, &HTTP)?;
    let env = scope.env(Slot::Definition).with(Secrets::Inside);
    let target = fields.require(&mut cx.sink, "endpoint");
    let authorized = target.is_some_and(|node| node.get("authentication").is_some());
    let target = target.and_then(|node| endpoint(cx, node, Purpose::Request, env));
    let (uri, auth) = match target {
        Some(target) => (Some(target.uri), target.auth),
        None => (None, None),
    };
    let env = match authorized {
        true => env.with(Secrets::Authorized),
        false => env,
    };
    let mut members = Members::default();
    let verb = fields.require(&mut cx.sink, "method");
    members.add("method", verb.and_then(|node| method(cx, node, env)));
    members.add("endpoint", uri);
    for key in ["headers", "query"] {
        members.may(fields, key, |node| pairs(cx, node, key, env));
    }
    members.may(fields, "body", |node| template(cx, node, env));
    ending(cx, fields, &mut members);
    let with = members.finish()?;
    let auth = Auths {
        request: auth,
        document: None,
    };
    standard(cx, node, ("http", "request"), Some(with), hints, auth)
}

/// `call: openapi`.
pub(crate) fn openapi(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    hints: &Hints,
) -> Option<TaskKind> {
    let with = task.require(&mut cx.sink, "with")?;
    let fields = Fields::read(&mut cx.sink, with, &OPENAPI)?;
    let env = scope.env(Slot::Definition).with(Secrets::Inside);
    let auth = optional(fields.get("authentication"), |node| {
        authentication(cx, node, env)
    });
    let env = match fields.get("authentication") {
        Some(_) => env.with(Secrets::Authorized),
        None => env,
    };
    let mut members = Members::default();
    let described = fields.require(&mut cx.sink, "document");
    let described = described.and_then(|node| document(cx, node, env));
    let (described, of_document) = described.unzip();
    members.add("document", described);
    let operation = fields.require(&mut cx.sink, "operationId");
    let operation = operation.and_then(|node| {
        text(&mut cx.sink, node, "`operationId`")?;
        template(cx, node, env)
    });
    members.add("operationId", operation);
    members.may(fields, "parameters", |node| {
        let computed = node.as_str().is_some_and(is_expression);
        if !node.is_object() && !computed {
            wrong_type(&mut cx.sink, node, "`parameters`", "an object");
            return None;
        }
        template(cx, node, env)
    });
    ending(cx, fields, &mut members);
    let with = members.finish()?;
    let auth = Auths {
        request: auth?,
        document: of_document.flatten(),
    };
    standard(cx, node, ("openapi", "call"), Some(with), hints, auth)
}

/// `document` of `call: openapi`, `{ endpoint }`, and what reading it authenticates with.
fn document(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<(Template, Option<Auth>)> {
    let fields = Fields::read(&mut cx.sink, node, &DOCUMENT)?;
    if let Some(name) = fields.get("name") {
        text(&mut cx.sink, name, "`name`")?;
    }
    let node = fields.require(&mut cx.sink, "endpoint")?;
    let Endpoint { uri, auth } = endpoint(cx, node, Purpose::Document, env)?;
    Some((object_of(vec![("endpoint".to_owned(), uri)]), auth))
}

/// `output` and `redirect`.
fn ending(cx: &mut Cx<'_>, fields: Fields<'_>, members: &mut Members) {
    members.may(fields, "output", |node| {
        one_of(cx, node, "output", &OUTPUTS)
    });
    members.may(fields, "redirect", |node| match node.kind() {
        Kind::Bool(_) => Some(Template::Literal(node.to_json())),
        _ => {
            wrong_type(&mut cx.sink, node, "`redirect`", "a boolean");
            None
        }
    });
}

fn method(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    let value = text(&mut cx.sink, node, "`method`")?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let fits = !value.is_empty() && value.chars().all(token);
    if !fits && matches!(embedding(value), Embedding::None) {
        let message = format!("{} is no HTTP method", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("write `get`, `post`, `put`, `patch`, `delete` or `head`"));
        return None;
    }
    template(cx, node, env)
}

/// `headers` and `query`: an object, or an expression that gives one. Its values are texts,
/// numbers and booleans; a list gives one several times.
fn pairs(cx: &mut Cx<'_>, node: Node<'_>, key: &str, env: Env<'_>) -> Option<Template> {
    if !node.is_object() {
        if !node.as_str().is_some_and(is_expression) {
            let what = format!("`{key}`");
            let expected = "an object, or an expression in `${ }`";
            wrong_type(&mut cx.sink, node, &what, expected);
            return None;
        }
        return template(cx, node, env);
    }
    let is_scalar = |node: Node<'_>| !matches!(node.kind(), Kind::Array | Kind::Object);
    let mut fits = true;
    for field in node.fields() {
        let value = field.value;
        let is_list = matches!(value.kind(), Kind::Array) && value.items().all(is_scalar);
        if !is_scalar(value) && !is_list {
            let what = format!("{} of `{key}`", shown(field.key));
            let expected = "text, a number, a boolean, or an array of those";
            wrong_type(&mut cx.sink, value, &what, expected);
            fits = false;
        }
    }
    template(cx, node, env).filter(|_| fits)
}

pub(super) fn is_expression(text: &str) -> bool {
    !matches!(embedding(text), Embedding::None)
}

/// A step of a plugin that comes with the host, with the grants of the workflow.
pub(super) fn standard(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    (plugin, step): (&str, &str),
    with: Option<Template>,
    hints: &Hints,
    auth: Auths<Auth>,
) -> Option<TaskKind> {
    let step = StepRef {
        plugin: plugin.to_owned(),
        step: Some(step.to_owned()),
        version: "1".to_owned(),
    };
    let step = cx.call_site(node, step);
    Some(TaskKind::Call(Call {
        step,
        with,
        limits: hints.limits.clone(),
        grants: GrantsOf::Workflow,
        auth,
    }))
}
