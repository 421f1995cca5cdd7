//! Errors: definitions to raise, and filters to catch.

use segue_model::ir::{ErrorFilter, RaisedError, Template};

use super::Cx;
use super::expression::refuse_expression;
use super::scope::Env;
use super::template::template;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::{Fields, Shape, integer, text};
use crate::yaml::{Kind, Node};

const ERROR: Shape = Shape {
    what: "an error",
    keys: &["type", "status", "instance", "title", "detail"],
    unsupported: &[],
};
const FILTER: Shape = Shape {
    what: "`errors.with`",
    // `details` is how the schema of the DSL spells the error's `detail` here.
    keys: &["type", "status", "instance", "title", "detail", "details"],
    unsupported: &[],
};

/// The range of HTTP status codes (RFC 9110, chapter 15).
const STATUS_MIN: u64 = 100;
/// See [`STATUS_MIN`].
const STATUS_MAX: u64 = 599;

/// An error that is written out. `status` may be an expression too, so that a caught error can
/// be raised again; the schema of the DSL knows only integers there.
pub(crate) fn definition(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<RaisedError> {
    let fields = Fields::read(&mut cx.sink, node, &ERROR)?;
    let kind = fields.require(&mut cx.sink, "type");
    let status = fields.require(&mut cx.sink, "status");
    if let Some(instance) = fields.get("instance") {
        let message = "`instance` has no effect: it always says which task raised the error";
        cx.emit(Diagnostic::warning(Code::NoEffect, instance, message));
    }
    let kind = kind.and_then(|kind| type_template(cx, kind, env));
    let status = status.and_then(|status| status_template(cx, status, env));
    let title = member(cx, fields.get("title"), "`title`", env);
    let detail = member(cx, fields.get("detail"), "`detail`", env);
    Some(RaisedError {
        kind: kind?,
        status: status?,
        title: title?,
        detail: detail?,
    })
}

/// `catch.errors.with`: fixed values that an error must have.
pub(crate) fn filter(cx: &mut Cx<'_>, node: Node<'_>) -> Option<ErrorFilter> {
    let fields = Fields::read(&mut cx.sink, node, &FILTER)?;
    if node.len() == 0 {
        let message = "`errors.with` is empty";
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("leave `errors` out to catch every error"));
        return None;
    }
    let status = match fields.get("status") {
        Some(node) => Some(status(cx, node)?),
        None => None,
    };
    Some(ErrorFilter {
        kind: fixed(cx, fields, "type")?,
        status,
        instance: fixed(cx, fields, "instance")?,
        title: fixed(cx, fields, "title")?,
        detail: detail(cx, fields)?,
    })
}

/// `detail`, or `details`: one of them.
fn detail(cx: &mut Cx<'_>, fields: Fields<'_>) -> Option<Option<String>> {
    if let (Some(_), Some(second)) = (fields.get("detail"), fields.get("details")) {
        let message = "`detail` and `details` are the same here, and both are given";
        let found = Diagnostic::error(Code::InvalidValue, second, message);
        cx.emit(found.help("leave one of them out"));
        return None;
    }
    match fixed(cx, fields, "details")? {
        Some(detail) => Some(Some(detail)),
        None => fixed(cx, fields, "detail"),
    }
}

fn fixed(cx: &mut Cx<'_>, fields: Fields<'_>, key: &str) -> Option<Option<String>> {
    let Some(node) = fields.get(key) else {
        return Some(None);
    };
    let what = format!("`errors.with.{key}`");
    let value = text(&mut cx.sink, node, &what)?;
    let help = "compare with an expression in `catch.when`: `$error` is the error";
    match refuse_expression(cx, node, &what, help) {
        true => None,
        false => Some(Some(value.to_owned())),
    }
}

fn status(cx: &mut Cx<'_>, node: Node<'_>) -> Option<u16> {
    let status = integer(&mut cx.sink, node, "`status`", STATUS_MIN, STATUS_MAX)?;
    u16::try_from(status).ok()
}

fn status_template(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    match node.kind() {
        Kind::Text(text) if text.trim_start().starts_with("${") => template(cx, node, env),
        _ => status(cx, node).map(|status| Template::Literal(status.into())),
    }
}

fn type_template(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    let value = text(&mut cx.sink, node, "`type`")?;
    let lowered = template(cx, node, env)?;
    let is_literal = matches!(lowered, Template::Literal(_));
    if is_literal && (value.is_empty() || value.contains(char::is_whitespace)) {
        let message = "`type` must be a URI, which has no blanks";
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("for example `https://example.com/errors/out-of-stock`"));
        return None;
    }
    Some(lowered)
}

fn member(
    cx: &mut Cx<'_>,
    node: Option<Node<'_>>,
    what: &str,
    env: Env<'_>,
) -> Option<Option<Template>> {
    let Some(node) = node else {
        return Some(None);
    };
    text(&mut cx.sink, node, what)?;
    template(cx, node, env).map(Some)
}
