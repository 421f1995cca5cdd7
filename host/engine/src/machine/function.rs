//! `call` of a function: a block that sees no variable of its caller and has a `$context` of
//! its own. Its errors are the call's.

use segue_model::ir::FunctionCall;
use segue_model::{Payload, Problem};

use super::scope::Child;
use super::{Machine, Work};
use crate::state::{Doing, ScopeId};

/// The member of a problem that says where in a function it came up.
const FUNCTION_INSTANCE: &str = "functionInstance";

impl Machine<'_> {
    pub(super) fn function(&mut self, scope: ScopeId, call: &FunctionCall, input: Payload) {
        let with = match &call.with {
            Some(template) => self.evaluate(scope, template, &input).map(Payload::new),
            None => Ok(input),
        };
        let Some(input) = self.or_fail(scope, with) else {
            return;
        };
        let child = Child {
            context: Some(Payload::null()),
            function: true,
            ..Child::new(call.body, input)
        };
        let child = self.open_child(scope, child);
        self.set_doing(scope, Doing::Block);
        self.push(Work::Enter { scope: child });
    }

    /// An error leaves a function: its place is the call's, and where it came up inside (of
    /// the innermost function) stands beside that.
    pub(super) fn out_of_function(&self, owner: ScopeId, mut problem: Problem) -> Problem {
        let inner = problem.instance.replace(self.pointer_of(owner));
        if let Some(inner) = inner
            && !problem.extensions.contains_key(FUNCTION_INSTANCE)
        {
            problem = problem.with(FUNCTION_INSTANCE, inner);
        }
        problem
    }
}
