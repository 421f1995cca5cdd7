//! Data with expressions in it: `set`, `with`, and the object forms of `from` and `as`.

use segue_expr::{Embedding, embedding};
use segue_model::ir::Template;
use serde_json::Value;

use super::Cx;
use super::expression::{self, refuse_embedded};
use super::scope::Env;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::yaml::{Kind, Node, Style, is_old_boolean};

/// Levels of data around an expression. Each takes three levels of the stored IR, which must
/// stay below the 128 that serde_json reads.
pub(super) const TEMPLATE_DEPTH_MAX: usize = 32;

/// Lowers data. Parts without an expression stay literal.
pub(crate) fn template(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    at_depth(cx, node, env, 1)
}

fn at_depth(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>, depth: usize) -> Option<Template> {
    let lowered = match node.kind() {
        Kind::Text(text) => string(cx, node, text, env),
        Kind::Array => {
            let items: Vec<_> = node
                .items()
                .map(|item| at_depth(cx, item, env, depth + 1))
                .collect();
            let items: Vec<Template> = items.into_iter().collect::<Option<_>>()?;
            Some(match items.iter().all(is_literal) {
                true => Template::Literal(node.to_json()),
                false => Template::Array(items),
            })
        }
        Kind::Object => object(cx, node, env, depth),
        _ => Some(Template::Literal(node.to_json())),
    }?;
    if depth > TEMPLATE_DEPTH_MAX && !is_literal(&lowered) {
        let message =
            format!("an expression stands deeper than {TEMPLATE_DEPTH_MAX} levels in its data");
        let found = Diagnostic::error(Code::DocumentLimit, node, message);
        cx.emit(found.help("build the inner part in a `set` of its own"));
        return None;
    }
    Some(lowered)
}

/// An object of members that were lowered one by one.
pub(crate) fn object_of(members: Vec<(String, Template)>) -> Template {
    if !members.iter().all(|(_, value)| is_literal(value)) {
        return Template::Object(members);
    }
    let literal = members.into_iter().filter_map(|(key, value)| match value {
        Template::Literal(value) => Some((key, value)),
        _ => None,
    });
    Template::Literal(Value::Object(literal.collect()))
}

fn is_literal(template: &Template) -> bool {
    matches!(template, Template::Literal(_))
}

fn object(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>, depth: usize) -> Option<Template> {
    let mut members = Vec::new();
    let mut failed = false;
    for field in node.fields() {
        if !matches!(embedding(field.key), Embedding::None) {
            let message = format!(
                "a key cannot be an expression, and {} looks like one",
                shown(field.key)
            );
            let found = Diagnostic::error(Code::MisplacedExpression, field.value, message);
            let help = "build the object in an expression: `${ { (.name): .value } }`";
            cx.emit(found.at(field.key_span).help(help));
            failed = true;
            continue;
        }
        match at_depth(cx, field.value, env, depth + 1) {
            Some(value) => members.push((field.key.to_owned(), value)),
            None => failed = true,
        }
    }
    if failed {
        return None;
    }
    Some(object_of(members))
}

fn string(cx: &mut Cx<'_>, node: Node<'_>, text: &str, env: Env<'_>) -> Option<Template> {
    match embedding(text) {
        Embedding::Whole { inner, offset } => {
            expression::compile(cx, node, inner, offset, env).map(Template::Expr)
        }
        Embedding::Embedded => {
            refuse_embedded(cx, node);
            None
        }
        Embedding::None => {
            warn_about(cx, node, text, env);
            Some(Template::Literal(node.to_json()))
        }
    }
}

/// Text that its author may have meant otherwise.
fn warn_about(cx: &mut Cx<'_>, node: Node<'_>, text: &str, env: Env<'_>) {
    let names_variable =
        text.starts_with('$') && env.names().any(|name| starts_with_variable(text, name));
    let is_path = node.style() == Some(Style::Plain) && is_path(text);
    if names_variable || is_path {
        let message = format!("{} is text here, not an expression", shown(text));
        let mut help = format!("write `${{ {} }}` to compute it", text.trim());
        if is_path {
            help.push_str(", or put quotes around it if it is text");
        }
        cx.emit(Diagnostic::warning(Code::MissingBraces, node, message).help(help));
    } else if node.style() == Some(Style::Plain) && is_old_boolean(text) {
        let message = format!("`{text}` is text in YAML 1.2, not a boolean");
        let help = "write `true` or `false`, or put quotes around it if it is text";
        cx.emit(Diagnostic::warning(Code::SurprisingScalar, node, message).help(help));
    }
}

/// Whether the text is a plain jq path such as `.order.id`.
fn is_path(text: &str) -> bool {
    let mut rest = text.chars();
    let begins = rest.next() == Some('.') && rest.next().is_some_and(|c| c.is_ascii_alphabetic());
    begins && rest.all(|c| c.is_ascii_alphanumeric() || "._[]".contains(c))
}

fn starts_with_variable(text: &str, name: &str) -> bool {
    text.strip_prefix('$')
        .and_then(|rest| rest.strip_prefix(name))
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn plain_paths_are_told_from_other_text() {
        for path in [".title", ".order.id", ".lines[0].sku"] {
            assert!(is_path(path), "{path}");
        }
        for text in ["title", "...", ".5", ". a", ".a-b", ""] {
            assert!(!is_path(text), "{text}");
        }
    }
}
