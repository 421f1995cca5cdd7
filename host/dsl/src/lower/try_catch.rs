//! `try` and `catch`.

use segue_model::ir::{Catch, ErrorFilter, TaskKind};

use super::Cx;
use super::block::block;
use super::error;
use super::expression::condition;
use super::hints::Hints;
use super::retry::{optional, retry};
use super::scope::{Env, Scope, Slot};
use crate::check::flow;
use crate::check::variable::Names;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::{Fields, Shape};
use crate::yaml::Node;

const CATCH: Shape = Shape {
    what: "`catch`",
    keys: &["errors", "as", "when", "exceptWhen", "retry", "do", "then"],
    unsupported: &[],
};
const ERRORS: Shape = Shape {
    what: "`catch.errors`",
    keys: &["with"],
    unsupported: &[],
};

pub(crate) fn try_catch(
    cx: &mut Cx<'_>,
    task: Fields<'_>,
    node: Node<'_>,
    scope: Scope<'_>,
    hints: &Hints,
) -> Option<TaskKind> {
    let body = block(cx, node, "`try`", scope.variables);
    let catch = task.require(&mut cx.sink, "catch")?;
    let catch = catch_clause(cx, catch, scope, hints);
    Some(TaskKind::Try {
        body: body?,
        catch: catch?,
    })
}

fn catch_clause(cx: &mut Cx<'_>, node: Node<'_>, scope: Scope<'_>, hints: &Hints) -> Option<Catch> {
    let fields = Fields::read(&mut cx.sink, node, &CATCH)?;
    let errors = fields.get("errors");
    let errors = optional(errors, |node| filter(cx, node)).map(Option::flatten);
    let mut names = Names::new(scope.variables);
    let mark = node.key_span().unwrap_or_else(|| node.mark());
    let variable = names.add(cx, fields.get("as"), "as", "error", &mark);
    let variables = names.finish();
    let env = Env::within(Slot::Definition, &variables);
    let when = optional(fields.get("when"), |node| {
        condition(cx, node, "`catch.when`", env)
    });
    let except_when = optional(fields.get("exceptWhen"), |node| {
        condition(cx, node, "`catch.exceptWhen`", env)
    });
    let retry = optional(fields.get("retry"), |node| {
        retry(cx, node, env, &hints.growth)
    });
    let body = optional(fields.get("do"), |node| {
        block(cx, node, "`catch.do`", &variables)
    });
    let then = optional(fields.get("then"), |node| flow::target(cx, node, scope));
    warn_if_swallowed(cx, fields);
    Some(Catch {
        errors: errors?,
        variable: variable?.to_owned(),
        when: when?,
        except_when: except_when?,
        retry: retry?,
        body: body?,
        then: then?,
    })
}

/// `errors`: the outer `Option` is whether it could be lowered.
fn filter(cx: &mut Cx<'_>, node: Node<'_>) -> Option<Option<ErrorFilter>> {
    let fields = Fields::read(&mut cx.sink, node, &ERRORS)?;
    optional(fields.get("with"), |node| error::filter(cx, node))
}

fn warn_if_swallowed(cx: &mut Cx<'_>, fields: Fields<'_>) {
    let does_something = ["do", "then", "retry"]
        .iter()
        .any(|key| fields.get(key).is_some());
    if does_something {
        return;
    }
    let node = fields.node();
    let message =
        "this `catch` swallows the error: the workflow goes on as if nothing had happened";
    let found = Diagnostic::warning(Code::SwallowedError, node, message);
    let span = node.key_span().unwrap_or_else(|| node.mark());
    let help = "handle it with `do`, go elsewhere with `then`, or try again with `retry`";
    cx.emit(found.at(span).help(help));
}
