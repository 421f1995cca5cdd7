//! `call: map:1.0.0@default`: a workflow for each item of an array.

use segue_model::ir::{MAP_CONCURRENCY_MAX, MapCall, TaskKind, Template};

use super::Cx;
use super::retry::optional;
use super::run::reference;
use super::scope::{Env, Scope, Slot, Variable};
use super::standard::is_expression;
use super::template::template;
use crate::syntax::{Fields, Shape, integer, wrong_type};
use crate::yaml::{Kind, Node};

const WITH: Shape = Shape {
    what: "`with` of `map`",
    keys: &["workflow", "items", "input", "concurrency", "tolerate"],
    unsupported: &[],
};
const WORKFLOW: Shape = Shape {
    what: "`workflow`",
    keys: &["namespace", "name", "version"],
    unsupported: &[],
};

/// The variables of `input`.
const VARIABLES: [&str; 2] = ["item", "index"];

pub(crate) fn map(cx: &mut Cx<'_>, task: Fields<'_>, scope: Scope<'_>) -> Option<TaskKind> {
    let with = task.require(&mut cx.sink, "with")?;
    let fields = Fields::read(&mut cx.sink, with, &WITH)?;
    let env = scope.env(Slot::Definition);
    let workflow = fields.require(&mut cx.sink, "workflow");
    let workflow = workflow.and_then(|node| {
        let fields = Fields::read(&mut cx.sink, node, &WORKFLOW)?;
        reference(cx, fields)
    });
    let items = fields.require(&mut cx.sink, "items");
    let items = items.and_then(|node| items_of(cx, node, env));
    let input = optional(fields.get("input"), |node| input(cx, node, scope));
    let concurrency = optional(fields.get("concurrency"), |node| {
        count(
            cx,
            node,
            ("`concurrency`", 1, u64::from(MAP_CONCURRENCY_MAX)),
            env,
        )
    });
    let tolerate = optional(fields.get("tolerate"), |node| {
        count(cx, node, ("`tolerate`", 0, u64::from(u32::MAX)), env)
    });
    Some(TaskKind::Map(MapCall {
        workflow: workflow?,
        items: items?,
        input: input?,
        concurrency: concurrency?,
        tolerate: tolerate?,
    }))
}

fn items_of(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    let fits = match node.kind() {
        Kind::Array => true,
        Kind::Text(text) => is_expression(text),
        _ => false,
    };
    if !fits {
        let expected = "an array, or an expression in `${ }`";
        wrong_type(&mut cx.sink, node, "`items`", expected);
        return None;
    }
    template(cx, node, env)
}

/// The input of a child. Its `$item` and `$index` hide those of a loop around the task.
fn input(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>) -> Option<Template> {
    let around = scope.variables.iter();
    let around = around.filter(|variable| !VARIABLES.contains(&variable.name));
    let own = VARIABLES.iter().map(|name| Variable {
        name,
        span: node.mark(),
    });
    let variables: Vec<Variable<'_>> = around.cloned().chain(own).collect();
    template(cx, node, Env::within(Slot::Definition, &variables))
}

/// A whole number, or an expression that gives one.
fn count(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    (what, least, most): (&str, u64, u64),
    env: Env<'_>,
) -> Option<Template> {
    if node.as_str().is_some_and(is_expression) {
        return template(cx, node, env);
    }
    let count = integer(&mut cx.sink, node, what, least, most)?;
    Some(Template::Literal(count.into()))
}
