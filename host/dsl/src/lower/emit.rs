//! `emit`: an event, as the attributes that the author gives.

use segue_expr::{Embedding, embedding};
use segue_model::ir::{Emit, TaskKind, Template};

use super::Cx;
use super::endpoint::uri;
use super::events::{is_attribute, not_an_attribute};
use super::scope::{Env, Scope, Slot};
use super::template::{object_of, template};
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, text, wrong_type};
use crate::yaml::{Field, Kind, Node};

const EMIT: Shape = Shape {
    what: "`emit`",
    keys: &["event"],
    unsupported: &[],
};
const EVENT: Shape = Shape {
    what: "`event`",
    keys: &["with"],
    unsupported: &[],
};

pub(crate) fn emit(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<TaskKind> {
    let fields = Fields::read(&mut cx.sink, node, &EMIT)?;
    let event = fields.require(&mut cx.sink, "event")?;
    let fields = Fields::read(&mut cx.sink, event, &EVENT)?;
    let with = fields.require(&mut cx.sink, "with")?;
    if !with.is_object() {
        wrong_type(
            &mut cx.sink,
            with,
            "`event.with`",
            "an object of attributes",
        );
        return None;
    }
    if with.get("type").is_none() {
        let message = "an event needs a `type`";
        let found = Diagnostic::error(Code::MissingKey, with, message);
        cx.emit(found.help("for example `type: com.example.order.placed.v1`"));
    }
    let env = scope.env(Slot::Definition);
    let members = with.fields().map(|field| {
        let value = attribute(cx, &field, env)?;
        Some((field.key.to_owned(), value))
    });
    let members: Vec<_> = members.collect();
    let event = object_of(members.into_iter().collect::<Option<_>>()?);
    with.get("type")?;
    Some(TaskKind::Emit(Emit { event }))
}

fn attribute(cx: &mut Cx<'_>, field: &Field<'_>, env: Env<'_>) -> Option<Template> {
    let node = field.value;
    let what = format!("`{}`", field.key);
    match field.key {
        "data" => return template(cx, node, env),
        "source" | "dataschema" => return uri(cx, node, &what, env),
        "specversion" if node.as_str() != Some("1.0") => {
            let message = "`specversion` is always '1.0', and may be left out";
            cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
            return None;
        }
        key if !is_attribute(key) => {
            let found = not_an_attribute(field);
            cx.emit(found);
            return None;
        }
        _ => {}
    }
    let is_extension = !matches!(
        field.key,
        "id" | "type" | "time" | "subject" | "datacontenttype" | "specversion"
    );
    if is_extension && matches!(node.kind(), Kind::Bool(_) | Kind::Number(_)) {
        return Some(Template::Literal(node.to_json()));
    }
    let value = text(&mut cx.sink, node, &what)?;
    let is_text = matches!(embedding(value), Embedding::None);
    if is_text && field.key == "time" && !is_time(value) {
        let message = format!("{} is no time", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("write it as RFC 3339 has it: `2026-01-31T12:00:00Z`; without `time`, the event has the time of the run"));
        return None;
    }
    if is_text && value.is_empty() {
        let message = format!("{what} of an event must not be empty");
        cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
        return None;
    }
    template(cx, node, env)
}

/// A time of RFC 3339: date, `T`, time, and an offset.
fn is_time(text: &str) -> bool {
    text.contains(['T', 't']) && text.parse::<jiff::Timestamp>().is_ok()
}
