//! `wait`.

use segue_model::ir::TaskKind;

use super::Cx;
use super::duration::duration;
use super::scope::{Scope, Slot};
use crate::yaml::Node;

pub(crate) fn wait(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<TaskKind> {
    let duration = duration(cx, node, "`wait`", scope.env(Slot::Definition))?;
    Some(TaskKind::Wait { duration })
}
