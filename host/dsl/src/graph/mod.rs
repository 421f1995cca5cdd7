//! A workflow as a picture: a flowchart in Mermaid, made from the IR, so that it shows what runs
//! and not what was written.
//!
//! Blocks of tasks are subgraphs, the flow between them arrows. The same workflow always gives
//! the same text. Whatever names and expressions hold, they cannot leave their label.

mod draw;
mod kind;
mod label;
#[cfg(test)]
mod tests;

use segue_model::ir::Workflow;

/// Tasks drawn. A function is drawn where it is called, so that functions which call each other
/// would draw for ages; beyond this, what is inside of a task is left out.
pub const GRAPH_TASKS_MAX: usize = 5_000;
/// Subgraphs inside of each other: more than a document can nest, and functions with it.
pub const GRAPH_DEPTH_MAX: usize = 100;

/// The flowchart of a workflow, ending with a line break.
pub fn mermaid(workflow: &Workflow) -> String {
    draw::draw(workflow)
}
