//! `raise`: an error that is written out, or one of `use.errors`.

use segue_model::ir::TaskKind;

use super::reuse::Library;
use super::scope::{Scope, Slot};
use super::{Cx, error};
use crate::diagnostic::{Code, Diagnostic};
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
    let definition = match node.as_str() {
        Some(name) => {
            let help = "name one of `use.errors`, or write the error out with `type` and `status`";
            if refuse_expression(cx, node, "the name of an error", help) {
                return None;
            }
            cx.resolve(Library::Errors, node, name)?
        }
        None if node.is_object() => node,
        None => {
            let message = format!(
                "`error` must be an object or a name, and this is {}",
                node.type_name()
            );
            cx.emit(Diagnostic::error(Code::WrongType, node, message));
            return None;
        }
    };
    let error = error::definition(cx, definition, scope.env(Slot::Definition))?;
    Some(TaskKind::Raise { error })
}
