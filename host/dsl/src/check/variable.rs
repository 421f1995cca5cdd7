//! Names of variables: `for.each`, `for.at`, `catch.as`.

use std::ops::Range;

use segue_expr::Program;

use crate::diagnostic::{Code, Diagnostic, shown};
use crate::lower::{ARGUMENTS, Cx, Variable};
use crate::syntax::text;
use crate::yaml::Node;

/// Collects the variables of a task, behind those around it.
pub(crate) struct Names<'a> {
    names: Vec<Variable<'a>>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(around: &[Variable<'a>]) -> Self {
        Names {
            names: around.to_vec(),
        }
    }

    /// All variables, from the outside in.
    pub(crate) fn finish(self) -> Vec<Variable<'a>> {
        self.names
    }

    /// Adds the variable that `node`, the value of `key`, names; without one it is `default`,
    /// which stands at `mark`. A name that cannot be used is a finding, and known all the same,
    /// so that expressions with it are not findings too.
    pub(crate) fn add(
        &mut self,
        cx: &mut Cx<'_>,
        node: Option<Node<'a>>,
        key: &str,
        default: &'static str,
        mark: &Range<usize>,
    ) -> Option<&'a str> {
        let (name, span) = match node {
            Some(node) => (text(&mut cx.sink, node, &format!("`{key}`"))?, node.span()),
            None => (default, mark.clone()),
        };
        let fault = self.fault(name);
        let fits = fault.is_none();
        if let Some((message, first, help)) = fault {
            let found = Diagnostic::error(Code::InvalidVariable, node.unwrap_or(cx.root), message);
            let found = found.at(span.clone()).help(help.replace("KEY", key));
            cx.emit(match first {
                Some(first) => found.label(first, "it is named here already"),
                None => found,
            });
        }
        let known = self.names.iter().any(|variable| variable.name == name);
        if !known && is_identifier(name) && !ARGUMENTS.contains(&name) {
            self.names.push(Variable { name, span });
        }
        fits.then_some(name)
    }

    /// Why a name cannot be used: a message, another place that matters, and the fix.
    fn fault(&self, name: &str) -> Option<(String, Option<Range<usize>>, String)> {
        let give = "give it another name with `KEY: …`".to_owned();
        if let Some(bare) = name.strip_prefix('$') {
            let message = format!(
                "the name of a variable has no `$`, and this is {}",
                shown(name)
            );
            return Some((message, None, format!("write `KEY: {bare}`")));
        }
        if !is_identifier(name) {
            let message = format!("{} cannot be the name of a variable", shown(name));
            let help =
                "it has letters, digits and underscores, and starts with no digit".to_owned();
            return Some((message, None, help));
        }
        if ARGUMENTS.contains(&name) {
            let message = format!(
                "`{name}` cannot be the name of a variable: `${name}` is an argument of every expression"
            );
            return Some((message, None, give));
        }
        let first = self.names.iter().find(|variable| variable.name == name)?;
        let message = format!("the variable `{name}` exists here already");
        Some((message, Some(first.span.clone()), give))
    }
}

/// Whether jq takes `$name` as an ordinary variable.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let rest = chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    let own = name.starts_with("__") || name == "ENV";
    first && rest && !own && Program::compile(&format!("${name}"), &[name]).is_ok()
}
