//! Objects with known keys.

use super::wrong_type;
use crate::diagnostic::{Code, Diagnostic, Sink, did_you_mean, shown};
use crate::yaml::{Field, Node};

/// The keys that an object may have.
pub(crate) struct Shape {
    /// What the object is, as a message says it: `` `document` ``, `a task of type `for``.
    pub(crate) what: &'static str,
    /// Keys that are read.
    pub(crate) keys: &'static [&'static str],
    /// Keys of the language that are not supported.
    pub(crate) unsupported: &'static [Feature],
}

/// A key of the language that is not supported: the key, the feature as a message says it,
/// and what to do instead.
pub(crate) type Feature = (&'static str, &'static str, &'static str);

/// An object whose keys were checked.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'t> {
    node: Node<'t>,
    what: &'static str,
}

impl<'t> Fields<'t> {
    /// Reads `node` as an object of this shape. There are no fields where it is no object;
    /// keys that do not belong there are findings, and the others can still be read.
    pub(crate) fn read(sink: &mut Sink, node: Node<'t>, shape: &Shape) -> Option<Fields<'t>> {
        if !node.is_object() {
            wrong_type(sink, node, shape.what, "an object");
            return None;
        }
        for field in node.fields() {
            if shape.keys.contains(&field.key) {
                continue;
            }
            match shape.unsupported.iter().find(|(key, ..)| *key == field.key) {
                Some(feature) => unsupported(sink, &field, feature),
                None => unknown_key(sink, &field, shape),
            }
        }
        let what = shape.what;
        Some(Fields { node, what })
    }

    pub(crate) fn node(self) -> Node<'t> {
        self.node
    }

    pub(crate) fn get(self, key: &str) -> Option<Node<'t>> {
        self.node.get(key)
    }

    /// A member that must be there.
    pub(crate) fn require(self, sink: &mut Sink, key: &str) -> Option<Node<'t>> {
        let found = self.node.get(key);
        if found.is_none() {
            let message = format!("{} needs the key `{key}`", self.what);
            sink.emit(Diagnostic::error(Code::MissingKey, self.node, message));
        }
        found
    }
}

/// Reports a key that stands for a feature that is not supported.
fn unsupported(sink: &mut Sink, field: &Field<'_>, feature: &Feature) {
    let (_, name, advice) = *feature;
    let message = format!("{name} is not supported");
    let found = Diagnostic::error(Code::Unsupported, field.value, message);
    sink.emit(found.at(field.key_span.clone()).help(advice));
}

fn unknown_key(sink: &mut Sink, field: &Field<'_>, shape: &Shape) {
    let message = format!("{} has no key {}", shape.what, shown(field.key));
    let found = Diagnostic::error(Code::UnknownKey, field.value, message);
    let found = found.at(field.key_span.clone());
    if sink.is_full() {
        return sink.emit(found);
    }
    let glued = field.key.split_once(':');
    if let Some((key, value)) = glued.filter(|(key, _)| shape.keys.contains(key)) {
        let mended = shown(&format!("{key}: {value}"));
        return sink.emit(found.help(format!("is a blank missing behind the colon? {mended}")));
    }
    let help = match did_you_mean(field.key, shape.keys.iter().copied()) {
        Some(key) => format!("did you mean `{key}`?"),
        None => match shape.keys {
            [] => "it has no keys at all".to_owned(),
            keys => format!("its keys are {}", list(keys)),
        },
    };
    sink.emit(found.help(help));
}

fn list(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}
