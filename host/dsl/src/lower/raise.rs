//! `raise`: an error that is written out, or one of `use.errors`.

use segue_model::ir::TaskKind;

use super::reuse::Library;
use super::scope::{Scope, Slot};
use super::{Cx, error};
use crate::lower::expression::refuse_expression;
use crate::syntax::{Fields, Shape};
use crate::yaml::Node;

const RAISE: Shape = Shape {
    what: "`raise`",
    keys: &["error"],
    unsupported: &[],
};

pub(crate) fn raise(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<TaskKind> {
    let fields = Fields::read(&mut cx.sink, node, &RAISE)?;
    let node = fields.require(&mut cx.sink, "error")?;
    let env = scope.env(Slot::Definition);
    let error = match node.as_str() {
        Some(name) => {
            let help = "name one of `use.errors`, or write the error out with `type` and `status`";
            if refuse_expression(cx, node, "the name of an error", help) {
                return None;
            }
            cx.named(Library::Errors, node, name, |cx, node| {
                error::definition(cx, node, env)
            })
        }
        None => error::definition(cx, node, env),
    }?;
    Some(TaskKind::Raise { error })
}
