//! `${ }` inside of longer text: what it should be, written out.

use segue_expr::{interpolated, unwrapped};

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{Node, Style, place_in_source};

/// Characters of a mended text that a message shows: a reader copies the whole of it or nothing.
const MENDED_CHARS_MAX: usize = 300;

/// In a string that would be text: it becomes an expression that builds the text. `brief`
/// leaves out what takes time.
pub(crate) fn in_data(root: Node<'_>, node: Node<'_>, brief: bool) -> Diagnostic {
    let found = finding(node);
    let text = node.as_str().unwrap_or_default();
    if brief || found.help.is_some() {
        return found;
    }
    let is_json = root.source().trim_start().starts_with('{');
    let mended = interpolated(text).map(|inner| format!("${{ {inner} }}"));
    match mended.map(|mended| written(&mended, is_json)).filter(|mended| fits(mended)) {
        Some(mended) => found.help(format!("write {mended}")),
        None => found.help(
            r#"build the text inside of the expression: `${ "Hello " + .name }` or `${ "Hello \(.name)" }`"#,
        ),
    }
}

/// In a string that is an expression already: the inner braces go.
pub(crate) fn in_expression(node: Node<'_>, brief: bool) -> Diagnostic {
    let found = finding(node);
    let text = node.as_str().unwrap_or_default();
    if brief || found.help.is_some() {
        return found;
    }
    match unwrapped(text).filter(|mended| fits(mended)) {
        Some(mended) => found.help(format!(
            "all of it is one expression: write `{}`",
            mended.trim()
        )),
        None => {
            found.help("all of it is one expression: write `.a == .b`, not `${ .a } == ${ .b }`")
        }
    }
}

fn finding(node: Node<'_>) -> Diagnostic {
    let text = node.as_str().unwrap_or_default();
    let trimmed = text.trim();
    if trimmed.starts_with("${") && !trimmed.contains('}') {
        let message = "the expression has no closing `}`";
        let found = Diagnostic::error(Code::EmbeddedExpression, node, message);
        let help = "in YAML, ` #` starts a comment: put quotes around an expression that holds one";
        return found.help(help);
    }
    let message = "`${ }` must be the whole string, and here it stands inside of longer text";
    let found = Diagnostic::error(Code::EmbeddedExpression, node, message);
    // Of a string over several lines, only its key would be shown.
    let is_long = node.source().contains('\n') || node.style() == Some(Style::Block);
    let place = text.find("${").filter(|_| is_long);
    match place.and_then(|at| place_in_source(node, at..at + 2)) {
        Some(place) => found.label(place, "here"),
        None => found,
    }
}

/// The string as the document should have it, with quotes.
fn written(text: &str, is_json: bool) -> String {
    match is_json {
        true => serde_json::Value::from(text).to_string(),
        // In single quotes, nothing but the quote itself means anything.
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

fn fits(mended: &str) -> bool {
    mended.chars().count() <= MENDED_CHARS_MAX
}
