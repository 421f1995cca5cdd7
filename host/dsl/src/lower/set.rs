//! `set`: an object with expressions in it, or one expression.

use segue_expr::{Embedding, embedding};
use segue_model::ir::TaskKind;

use super::Cx;
use super::scope::{Scope, Slot};
use super::template::template;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::wrong_type;
use crate::yaml::{Kind, Node};

pub(crate) fn set(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<TaskKind> {
    match node.kind() {
        Kind::Object if node.len() == 0 => {
            let found = Diagnostic::error(Code::InvalidValue, node, "`set` sets nothing");
            cx.emit(found.help("to set an empty object, write `set: ${ {} }` in quotes"));
            None
        }
        Kind::Text(text) if matches!(embedding(text), Embedding::None) => {
            let message = format!(
                "`set` must be an object or an expression in `${{ }}`, and {} is text",
                shown(text)
            );
            let found = Diagnostic::error(Code::MissingBraces, node, message);
            let help = format!("write `set: ${{ {} }}` to compute it", text.trim());
            cx.emit(found.help(help));
            None
        }
        Kind::Object | Kind::Text(_) => {
            let value = template(cx, node, scope.env(Slot::Definition))?;
            Some(TaskKind::Set { value })
        }
        _ => {
            wrong_type(
                &mut cx.sink,
                node,
                "`set`",
                "an object or an expression in `${ }`",
            );
            None
        }
    }
}
