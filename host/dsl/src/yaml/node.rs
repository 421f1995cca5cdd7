//! The spanned value tree: JSON values that know where they stand in the source.
//!
//! Nodes live in one arena and know their parent, so that a JSON pointer is only built where
//! a finding needs one, and nothing recurses over a hostile document but what bounds itself.

use std::ops::Range;

use serde_json::{Map, Number, Value};

/// A parsed document. Its first node is the root.
#[derive(Default)]
pub(crate) struct Tree<'s> {
    pub(super) source: &'s str,
    pub(super) entries: Vec<Entry>,
}

pub(super) struct Entry {
    pub(super) parent: Option<u32>,
    /// The position among the members or items of the parent.
    pub(super) place: usize,
    /// Bytes of the source; inside of it and on character boundaries.
    pub(super) span: Range<usize>,
    pub(super) data: Data,
}

#[derive(Debug)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Number(Number),
    Text { text: String, style: Style },
    Array(Vec<u32>),
    Object(Vec<Member>),
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) span: Range<usize>,
    pub(super) value: u32,
}

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|` or `>`.
    Block,
}

/// A value in its document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree<'t>,
    id: u32,
}

/// A member of an object.
#[derive(Clone)]
pub(crate) struct Field<'t> {
    pub(crate) key: &'t str,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node<'t>,
}

/// A value by its type.
pub(crate) enum Kind<'t> {
    Null,
    Bool(bool),
    Number(&'t Number),
    Text(&'t str),
    Array,
    Object,
}

/// Stands in where an id names nothing, which the builder does not let happen.
static NOTHING: Entry = Entry {
    parent: None,
    place: 0,
    span: 0..0,
    data: Data::Null,
};

impl<'s> Tree<'s> {
    pub(crate) fn root(&self) -> Node<'_> {
        Node { tree: self, id: 0 }
    }

    pub(super) fn entry(&self, id: u32) -> &Entry {
        self.entries.get(id as usize).unwrap_or(&NOTHING)
    }
}

impl<'t> Node<'t> {
    fn entry(self) -> &'t Entry {
        self.tree.entry(self.id)
    }

    pub(crate) fn kind(self) -> Kind<'t> {
        match &self.entry().data {
            Data::Null => Kind::Null,
            Data::Bool(b) => Kind::Bool(*b),
            Data::Number(n) => Kind::Number(n),
            Data::Text { text, .. } => Kind::Text(text),
            Data::Array(_) => Kind::Array,
            Data::Object(_) => Kind::Object,
        }
    }

    /// The text of a string.
    pub(crate) fn as_str(self) -> Option<&'t str> {
        match &self.entry().data {
            Data::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(crate) fn style(self) -> Option<Style> {
        match &self.entry().data {
            Data::Text { style, .. } => Some(*style),
            _ => None,
        }
    }

    pub(crate) fn is_object(self) -> bool {
        matches!(self.entry().data, Data::Object(_))
    }

    /// What it is, as a message says it: `a number`.
    pub(crate) fn type_name(self) -> &'static str {
        match self.kind() {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }

    /// The items of an array; none where it is no array.
    pub(crate) fn items(self) -> impl Iterator<Item = Node<'t>> {
        let ids: &'t [u32] = match &self.entry().data {
            Data::Array(ids) => ids,
            _ => &[],
        };
        ids.iter().map(move |id| self.at(*id))
    }

    /// The members of an object in document order; none where it is no object.
    pub(crate) fn fields(self) -> impl Iterator<Item = Field<'t>> {
        self.members().iter().map(move |member| Field {
            key: &member.key,
            key_span: member.span.clone(),
            value: self.at(member.value),
        })
    }

    /// How many items or members there are.
    pub(crate) fn len(self) -> usize {
        match &self.entry().data {
            Data::Array(ids) => ids.len(),
            Data::Object(members) => members.len(),
            _ => 0,
        }
    }

    pub(crate) fn get(self, key: &str) -> Option<Node<'t>> {
        self.members()
            .iter()
            .find(|member| member.key == key)
            .map(|member| self.at(member.value))
    }

    fn members(self) -> &'t [Member] {
        match &self.entry().data {
            Data::Object(members) => members,
            _ => &[],
        }
    }

    fn at(self, id: u32) -> Node<'t> {
        Node { id, ..self }
    }

    /// What tells nodes of one tree apart.
    pub(crate) fn id(self) -> u32 {
        self.id
    }

    /// Another node of the same tree.
    pub(super) fn with_id(self, id: u32) -> Node<'t> {
        self.at(id)
    }

    /// All bytes of the value.
    pub(crate) fn span(self) -> Range<usize> {
        self.entry().span.clone()
    }

    pub(crate) fn source(self) -> &'t str {
        self.tree.source.get(self.span()).unwrap_or_default()
    }

    /// The bytes to point at: the value where it stands on one line, else its key, else its
    /// first line.
    pub(crate) fn mark(self) -> Range<usize> {
        let span = self.span();
        let text = self.source();
        let Some(end) = text.find(['\n', '\r']) else {
            return span;
        };
        self.key_span().unwrap_or(span.start..span.start + end)
    }

    /// The key of the member that the value is.
    pub(crate) fn key_span(self) -> Option<Range<usize>> {
        self.member().map(|member| member.span.clone())
    }

    fn member(self) -> Option<&'t Member> {
        let entry = self.entry();
        match &self.tree.entry(entry.parent?).data {
            Data::Object(members) => members.get(entry.place),
            _ => None,
        }
    }

    /// Where the value stands, as a JSON pointer (RFC 6901).
    pub(crate) fn pointer(self) -> String {
        let mut segments = Vec::new();
        let mut node = self;
        while let Some(parent) = node.entry().parent {
            segments.push(match node.member() {
                Some(member) => member.key.replace('~', "~0").replace('/', "~1"),
                None => node.entry().place.to_string(),
            });
            node = self.at(parent);
        }
        let mut pointer = String::new();
        for segment in segments.iter().rev() {
            pointer.push('/');
            pointer.push_str(segment);
        }
        pointer
    }

    /// The node that a JSON pointer names, seen from here.
    pub(crate) fn find(self, pointer: &str) -> Option<Node<'t>> {
        // Anything else is a place in another document: of a function of a catalog.
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return None;
        }
        let mut node = self;
        for segment in pointer.split('/').skip(1) {
            let key = segment.replace("~1", "/").replace("~0", "~");
            node = match node.kind() {
                Kind::Array => node.items().nth(key.parse().ok()?)?,
                _ => node.get(&key)?,
            };
        }
        Some(node)
    }

    /// The value as plain JSON. Recurses as deep as the document, which is bounded.
    pub(crate) fn to_json(self) -> Value {
        match &self.entry().data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Number(n) => Value::Number(n.clone()),
            Data::Text { text, .. } => Value::String(text.clone()),
            Data::Array(_) => self.items().map(Node::to_json).collect(),
            Data::Object(_) => self
                .fields()
                .map(|field| (field.key.to_owned(), field.value.to_json()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}
