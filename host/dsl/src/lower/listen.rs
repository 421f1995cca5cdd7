//! `listen`: events from outside, and what is done for each.

use segue_model::ir::{Foreach, Listen, TaskKind};

use super::Cx;
use super::block::block;
use super::data::{export, output};
use super::events::{read, strategy};
use super::retry::optional;
use super::scope::{Env, Scope, Slot};
use crate::check::variable::Names;
use crate::syntax::{Fields, Shape};
use crate::yaml::Node;

const LISTEN: Shape = Shape {
    what: "`listen`",
    keys: &["to", "read"],
    unsupported: &[],
};
const FOREACH: Shape = Shape {
    what: "`foreach`",
    keys: &["item", "at", "do", "output", "export"],
    unsupported: &[],
};

pub(crate) fn listen(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
) -> Option<TaskKind> {
    let foreach = optional(task.get("foreach"), |node| foreach(cx, node, scope));
    let fields = Fields::read(&mut cx.sink, node, &LISTEN)?;
    let to = fields.require(&mut cx.sink, "to");
    let to = to.and_then(|node| strategy(cx, node, scope.env(Slot::Definition)));
    let read = read(cx, fields.get("read"));
    Some(TaskKind::Listen(Listen {
        to: to?,
        read: read?,
        foreach: foreach?,
    }))
}

fn foreach(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<Foreach> {
    let fields = Fields::read(&mut cx.sink, node, &FOREACH)?;
    let mut names = Names::new(scope.variables);
    let mark = node.key_span().unwrap_or_else(|| node.mark());
    let item = names.add(cx, fields.get("item"), "item", "item", &mark);
    let at = names.add(cx, fields.get("at"), "at", "index", &mark);
    let variables = names.finish();
    let body = optional(fields.get("do"), |node| {
        block(cx, node, "`foreach.do`", &variables)
    });
    let transformed = Env::within(Slot::Definition, &variables);
    let output = output(cx, fields.get("output"), transformed);
    let exported = Env::within(Slot::Export, &variables);
    let export = export(cx, fields.get("export"), exported);
    Some(Foreach {
        item: item?.to_owned(),
        at: at?.to_owned(),
        body: body?,
        output: output?,
        export: export?,
    })
}
