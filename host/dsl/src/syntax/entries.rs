//! Lists of entries with one name each: `- name: { … }`, as task lists and switch cases are.

use std::ops::Range;

use super::wrong_type;
use crate::diagnostic::{Code, Diagnostic, Sink, shown};
use crate::yaml::Node;

/// One entry of such a list.
#[derive(Clone)]
pub(crate) struct Entry<'t> {
    pub(crate) name: &'t str,
    pub(crate) name_span: Range<usize>,
    pub(crate) body: Node<'t>,
}

/// The entries of a list; those that are no `- name: { … }` are findings and left out.
pub(crate) fn entries<'t>(
    sink: &mut Sink,
    node: Node<'t>,
    what: &str,
    of: &str,
) -> Option<Vec<Entry<'t>>> {
    if !matches!(node.kind(), crate::yaml::Kind::Array) {
        let found = node.type_name();
        let message = format!("{what} must be an array, and this is {found}");
        let plural = if of == "branch" { "es" } else { "s" };
        let help = format!("write a list of {of}{plural}, each with a name: `- name: …`");
        sink.emit(Diagnostic::error(Code::WrongType, node, message).help(help));
        return None;
    }
    Some(
        node.items()
            .filter_map(|item| entry(sink, item, of))
            .collect(),
    )
}

fn entry<'t>(sink: &mut Sink, item: Node<'t>, of: &str) -> Option<Entry<'t>> {
    let mut fields = item.fields();
    let Some(field) = fields.next() else {
        let expected = "an object with its name as the only key (`- name: …`)";
        match item.is_object() {
            true => {
                let message = format!("a {of} needs a name");
                sink.emit(Diagnostic::error(Code::InvalidValue, item, message));
            }
            false => wrong_type(sink, item, &format!("a {of}"), expected),
        }
        return None;
    };
    if let Some(second) = fields.next() {
        let message = format!(
            "a {of} has one name, and here is a second key {}",
            shown(second.key)
        );
        let found = Diagnostic::error(Code::InvalidValue, item, message);
        let help = format!(
            "indent what belongs to {}, or start a new entry with `- `",
            shown(field.key)
        );
        sink.emit(
            found
                .at(second.key_span)
                .label(field.key_span.clone(), format!("the {of} starts here"))
                .help(help),
        );
        return None;
    }
    if field.key.is_empty() {
        let message = format!("a {of} needs a name");
        sink.emit(Diagnostic::error(Code::InvalidValue, field.value, message).at(field.key_span));
        return None;
    }
    Some(Entry {
        name: field.key,
        name_span: field.key_span,
        body: field.value,
    })
}
