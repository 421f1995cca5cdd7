//! `call: await-callback:1.0.0@default`: a person or another system answers.

use segue_model::ir::{AwaitCallback, TaskKind};

use super::Cx;
use super::duration::duration;
use super::retry::optional;
use super::scope::{Scope, Slot};
use super::template::template;
use crate::check::schema;
use crate::check::schema_format::Dialect;
use crate::syntax::{Fields, Shape, text};

const WITH: Shape = Shape {
    what: "`with` of `await-callback`",
    keys: &["title", "description", "data", "form", "deadline"],
    unsupported: &[],
};

pub(crate) fn await_callback(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    scope: Scope<'_>,
) -> Option<TaskKind> {
    let Some(with) = task.get("with") else {
        return Some(TaskKind::AwaitCallback(AwaitCallback {
            title: None,
            description: None,
            data: None,
            form: None,
            deadline: None,
        }));
    };
    let fields = Fields::read(&mut cx.sink, with, &WITH)?;
    let env = scope.env(Slot::Definition);
    let mut words = |key: &str| {
        optional(fields.get(key), |node| {
            text(&mut cx.sink, node, &format!("`{key}`"))?;
            template(cx, node, env)
        })
    };
    let title = words("title");
    let description = words("description");
    let data = optional(fields.get("data"), |node| template(cx, node, env));
    let form = optional(fields.get("form"), |node| {
        let schema = schema::check(&mut cx.sink, node, Dialect::default())?;
        Some(cx.arenas.schema(schema))
    });
    let deadline = optional(fields.get("deadline"), |node| {
        duration(cx, node, "`deadline`", env)
    });
    Some(TaskKind::AwaitCallback(AwaitCallback {
        title: title?,
        description: description?,
        data: data?,
        form: form?,
        deadline: deadline?,
    }))
}
