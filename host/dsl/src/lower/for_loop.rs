//! `for`.

use segue_model::ir::{ForLoop, TaskKind, Template};

use super::Cx;
use super::block::block;
use super::expression::{bare, condition};
use super::retry::optional;
use super::scope::{Env, Scope, Slot};
use super::template::template;
use crate::check::variable::Names;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::{Fields, Shape, wrong_type};
use crate::yaml::{Kind, Node};

const FOR: Shape = Shape {
    what: "`for`",
    keys: &["each", "in", "at"],
    unsupported: &[],
};

pub(crate) fn for_loop(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
) -> Option<TaskKind> {
    let body = task.require(&mut cx.sink, "do");
    let fields = Fields::read(&mut cx.sink, node, &FOR);
    let items = fields.and_then(|fields| fields.require(&mut cx.sink, "in"));
    let items = items.and_then(|node| collection(cx, node, scope));
    let mut names = Names::new(scope.variables);
    let mark = node.key_span().unwrap_or_else(|| node.mark());
    let each = names.add(
        cx,
        fields.and_then(|f| f.get("each")),
        "each",
        "item",
        &mark,
    );
    let at = names.add(cx, fields.and_then(|f| f.get("at")), "at", "index", &mark);
    let variables = names.finish();
    let env = Env::within(Slot::Definition, &variables);
    let condition = optional(task.get("while"), |node| {
        condition(cx, node, "`while`", env)
    });
    let body = body.and_then(|node| block(cx, node, "`do`", &variables));
    fields?;
    Some(TaskKind::For(ForLoop {
        each: each?.to_owned(),
        at: at?.to_owned(),
        items: items?,
        condition: condition?,
        body: body?,
    }))
}

/// `for.in`: an expression, or an array of objects that is written out.
fn collection(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<Template> {
    let env = scope.env(Slot::Definition);
    match node.kind() {
        Kind::Text(_) => bare(cx, node, "`for.in`", env).map(Template::Expr),
        Kind::Array => {
            if let Some(item) = node.items().find(|item| !item.is_object()) {
                let message = format!(
                    "an array that is written out in `for.in` holds objects, and this is {}",
                    item.type_name()
                );
                let found = Diagnostic::error(Code::WrongType, item, message);
                cx.emit(found.help("write the array as an expression: `in: '${ [1, 2, 3] }'`"));
                return None;
            }
            template(cx, node, env)
        }
        _ => {
            wrong_type(
                &mut cx.sink,
                node,
                "`for.in`",
                "an expression or an array of objects",
            );
            None
        }
    }
}
