//! Parser events into the tree.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use saphyr_parser::{Event, ScalarStyle, Span, Tag};

use super::node::{Data, Entry, Member, Style, Tree};
use super::position::Positions;
use super::scalar::{self, Plain};
use super::{DEPTH_MAX, KEY_BYTES_MAX, NODES_MAX, Refusal, TEXT_BYTES_MAX, refuse};
use crate::diagnostic::{Code, Diagnostic, Sink, shown};

/// The prefix of YAML's own tags: `!!str` is `tag:yaml.org,2002:str`.
const CORE_TAGS: &str = "tag:yaml.org,2002:";

pub(super) struct Builder<'s, 'p> {
    source: &'s str,
    positions: &'p Positions<'p>,
    tree: Tree<'s>,
    /// The containers that are open, outermost first.
    open: Vec<Frame>,
    /// Finished nodes that have an anchor.
    anchors: HashMap<usize, u32>,
    text_bytes: usize,
    /// Findings that do not end the parse.
    warnings: Vec<Surprise>,
}

struct Frame {
    id: u32,
    anchor: usize,
    keys: HashSet<String>,
    /// A key that waits for its value.
    key: Option<(String, Range<usize>)>,
}

/// A value that reads differently than it looks.
struct Surprise {
    id: u32,
    message: String,
    help: &'static str,
    /// Whether its key is to be pointed at.
    at_key: bool,
}

/// A scalar that was read.
struct Scalar {
    data: Data,
    surprise: Option<String>,
}

impl<'s, 'p> Builder<'s, 'p> {
    pub(super) fn new(source: &'s str, positions: &'p Positions<'p>) -> Self {
        Builder {
            source,
            positions,
            tree: Tree {
                source,
                entries: Vec::new(),
            },
            open: Vec::new(),
            anchors: HashMap::new(),
            text_bytes: 0,
            warnings: Vec::new(),
        }
    }

    pub(super) fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Refusal> {
        let span = self.span(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref();
                self.scalar(&text, style, anchor, tag, span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), "seq", &span)?;
                self.start(Data::Array(Vec::new()), anchor, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), "map", &span)?;
                self.start(Data::Object(Vec::new()), anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(span);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    pub(super) fn finish(self, sink: &mut Sink) -> Result<Tree<'s>, Refusal> {
        if self.tree.entries.is_empty() {
            let empty = refuse(Code::InvalidYaml, 0..0, "the document is empty");
            let help = "a workflow starts with `document:` and has its tasks in `do:`";
            return Err(Box::new(empty.help(help)));
        }
        for surprise in self.warnings {
            let node = self.tree.root().with_id(surprise.id);
            let found = Diagnostic::warning(Code::SurprisingScalar, node, surprise.message);
            let found = match node.key_span().filter(|_| surprise.at_key) {
                Some(key) => found.at(key),
                None => found,
            };
            sink.emit(found.help(surprise.help));
        }
        Ok(self.tree)
    }

    /// The bytes of the source, without the blank lines that the parser counts in.
    fn span(&self, span: Span) -> Range<usize> {
        let len = self.source.len();
        let start = self.positions.byte(span.start, len);
        let end = self.positions.byte(span.end, len).max(start);
        let text = self.source.get(start..end).unwrap_or_default();
        start..start + text.trim_end().len()
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Range<usize>,
    ) -> Result<(), Refusal> {
        if self.expects_key() {
            return self.key(text, style, tag, span);
        }
        self.count_text(text, &span)?;
        let scalar = read_scalar(text, style, tag, &span)?;
        let glued = self.glued_key(text, style);
        let id = self.push(scalar.data, span)?;
        let (message, help, at_key) = match (scalar.surprise, glued) {
            (Some(message), _) => (Some(message), "put quotes around it if it is text", false),
            (None, glued) => (glued, "write a blank behind the colon", true),
        };
        self.warnings.extend(message.map(|message| Surprise {
            id,
            message,
            help,
            at_key,
        }));
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        Ok(())
    }

    /// `{ n:1 }` is a key without a value, which nobody means. The parser puts a plain scalar
    /// without text where a value is missing.
    fn glued_key(&self, text: &str, style: ScalarStyle) -> Option<String> {
        let (key, place) = self.open.last()?.key.as_ref()?;
        let missing = text.is_empty() && style == ScalarStyle::Plain;
        let plain = self.source.get(place.clone()) == Some(key.as_str());
        let glued = key
            .split_once(':')
            .is_some_and(|(name, value)| !name.is_empty() && !value.is_empty());
        (missing && plain && glued).then(|| format!("{} is a key without a value", shown(key)))
    }

    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|frame| {
            frame.key.is_none() && matches!(self.tree.entry(frame.id).data, Data::Object(_))
        })
    }

    fn key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Range<usize>,
    ) -> Result<(), Refusal> {
        self.count_text(text, &span)?;
        if text.len() > KEY_BYTES_MAX {
            let message = format!("a key has at most {KEY_BYTES_MAX} bytes");
            return Err(Box::new(refuse(Code::DocumentLimit, span, message)));
        }
        if style == ScalarStyle::Plain && text == "<<" {
            let message = "merge keys (`<<`) are no part of YAML 1.2";
            let found = refuse(Code::KeyType, span, message);
            return Err(Box::new(
                found.help("write the members out, or use an alias for a whole value"),
            ));
        }
        let scalar = read_scalar(text, style, tag, &span)?;
        let Data::Text { text: key, .. } = scalar.data else {
            if text.is_empty() {
                let message = "there is no key in front of `:`";
                return Err(Box::new(refuse(Code::KeyType, span, message)));
            }
            let message = format!("a key must be a string, and {} is none", shown(text));
            let help = format!("put quotes around it: `\"{}\"`", text.escape_default());
            return Err(Box::new(refuse(Code::KeyType, span, message).help(help)));
        };
        let Some(frame) = self.open.last_mut() else {
            return Ok(());
        };
        if !frame.keys.insert(key.clone()) {
            return Err(self.duplicate(&key, span));
        }
        frame.key = Some((key, span));
        Ok(())
    }

    fn duplicate(&self, key: &str, span: Range<usize>) -> Refusal {
        let message = format!("the key {} stands twice in one mapping", shown(key));
        let mut found = refuse(Code::DuplicateKey, span, message);
        let first = self.open.last().and_then(|frame| {
            let Data::Object(members) = &self.tree.entry(frame.id).data else {
                return None;
            };
            members.iter().find(|member| member.key == key)
        });
        if let Some(first) = first {
            found = found.label(first.span.clone(), "first here");
        }
        Box::new(found.help("keep one of them"))
    }

    fn start(&mut self, data: Data, anchor: usize, span: Range<usize>) -> Result<(), Refusal> {
        if self.expects_key() {
            let message = "a key must be a string, not an array or an object";
            return Err(Box::new(refuse(Code::KeyType, span, message)));
        }
        self.check_depth(self.open.len() + 1, &span)?;
        let id = self.push(data, span)?;
        self.open.push(Frame {
            id,
            anchor,
            keys: HashSet::new(),
            key: None,
        });
        Ok(())
    }

    /// Closes the innermost container. A block container ends where its last child does: the
    /// parser only notices its end at the next token.
    fn end(&mut self, span: Range<usize>) {
        let Some(frame) = self.open.pop() else {
            return;
        };
        let last = match &self.tree.entry(frame.id).data {
            Data::Array(items) => items.last().copied(),
            Data::Object(members) => members.last().map(|member| member.value),
            _ => None,
        };
        let child_end = last.map_or(0, |id| self.tree.entry(id).span.end);
        let start = self.tree.entry(frame.id).span.start;
        let is_flow = self
            .source
            .get(start..)
            .is_some_and(|text| text.starts_with(['[', '{']));
        let end = if is_flow { span.end } else { child_end };
        if let Some(entry) = self.tree.entries.get_mut(frame.id as usize) {
            entry.span.end = end.max(start);
        }
        if frame.anchor > 0 {
            self.anchors.insert(frame.anchor, frame.id);
        }
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), Refusal> {
        if self.expects_key() {
            let message = "an alias cannot be a key";
            return Err(Box::new(refuse(Code::KeyType, span, message)));
        }
        let Some(&target) = self.anchors.get(&anchor) else {
            let message = "an alias cannot stand inside of what it refers to";
            return Err(Box::new(refuse(Code::InvalidYaml, span, message)));
        };
        let id = self.copy(target, self.open.len(), &span)?;
        self.attach(id);
        Ok(())
    }

    /// Copies a finished node. Recurses as deep as the document may be.
    fn copy(&mut self, from: u32, depth: usize, at: &Range<usize>) -> Result<u32, Refusal> {
        let source = self.tree.entry(from);
        let span = source.span.clone();
        let (data, children) = match &source.data {
            Data::Null => (Data::Null, Vec::new()),
            Data::Bool(b) => (Data::Bool(*b), Vec::new()),
            Data::Number(n) => (Data::Number(n.clone()), Vec::new()),
            Data::Text { text, style } => {
                let (text, style) = (text.clone(), *style);
                (Data::Text { text, style }, Vec::new())
            }
            Data::Array(items) => (Data::Array(Vec::new()), items.clone()),
            Data::Object(members) => {
                let children = members.iter().map(|member| member.value).collect();
                (Data::Object(members.clone()), children)
            }
        };
        self.count_copy(&data, at)?;
        if matches!(data, Data::Array(_) | Data::Object(_)) {
            self.check_depth(depth + 1, at)?;
        }
        let id = self.add(data, span, at)?;
        for (place, child) in children.into_iter().enumerate() {
            let copy = self.copy(child, depth + 1, at)?;
            self.adopt(id, copy, place);
        }
        Ok(id)
    }

    fn count_copy(&mut self, data: &Data, at: &Range<usize>) -> Result<(), Refusal> {
        match data {
            Data::Text { text, .. } => self.count_bytes(text.len(), at),
            Data::Object(members) => {
                let bytes = members.iter().map(|member| member.key.len()).sum();
                self.count_bytes(bytes, at)
            }
            _ => Ok(()),
        }
    }

    /// Makes `child` the child of `parent` at `place`.
    fn adopt(&mut self, parent: u32, child: u32, place: usize) {
        if let Some(entry) = self.tree.entries.get_mut(child as usize) {
            entry.parent = Some(parent);
            entry.place = place;
        }
        match self
            .tree
            .entries
            .get_mut(parent as usize)
            .map(|e| &mut e.data)
        {
            Some(Data::Array(items)) if items.len() == place => items.push(child),
            Some(Data::Object(members)) => {
                if let Some(member) = members.get_mut(place) {
                    member.value = child;
                }
            }
            _ => {}
        }
    }

    /// Adds a node to the innermost open container.
    fn push(&mut self, data: Data, span: Range<usize>) -> Result<u32, Refusal> {
        let at = span.clone();
        let id = self.add(data, span, &at)?;
        self.attach(id);
        Ok(id)
    }

    fn attach(&mut self, id: u32) {
        let Some(frame) = self.open.last_mut() else {
            return;
        };
        let key = frame.key.take();
        let parent = frame.id;
        let place = match self
            .tree
            .entries
            .get_mut(parent as usize)
            .map(|e| &mut e.data)
        {
            Some(Data::Array(items)) => items.len(),
            Some(Data::Object(members)) => {
                let (key, span) = key.unwrap_or_default();
                members.push(Member {
                    key,
                    span,
                    value: id,
                });
                members.len() - 1
            }
            _ => return,
        };
        self.adopt(parent, id, place);
    }

    fn add(&mut self, data: Data, span: Range<usize>, at: &Range<usize>) -> Result<u32, Refusal> {
        if self.tree.entries.len() >= NODES_MAX {
            let message =
                format!("the document has more than {NODES_MAX} values, copies by aliases counted");
            return Err(Box::new(refuse(Code::DocumentLimit, at.clone(), message)));
        }
        let id = u32::try_from(self.tree.entries.len()).unwrap_or(u32::MAX);
        self.tree.entries.push(Entry {
            parent: None,
            place: 0,
            span,
            data,
        });
        Ok(id)
    }

    fn check_depth(&self, depth: usize, span: &Range<usize>) -> Result<(), Refusal> {
        if depth <= DEPTH_MAX {
            return Ok(());
        }
        let message = format!("the document nests deeper than {DEPTH_MAX} levels");
        Err(Box::new(refuse(Code::DocumentLimit, span.clone(), message)))
    }

    fn count_text(&mut self, text: &str, span: &Range<usize>) -> Result<(), Refusal> {
        self.count_bytes(text.len(), span)
    }

    fn count_bytes(&mut self, bytes: usize, span: &Range<usize>) -> Result<(), Refusal> {
        self.text_bytes = self.text_bytes.saturating_add(bytes);
        if self.text_bytes <= TEXT_BYTES_MAX {
            return Ok(());
        }
        let message = format!(
            "the document holds more than {TEXT_BYTES_MAX} bytes of text, copies by aliases counted"
        );
        Err(Box::new(refuse(Code::DocumentLimit, span.clone(), message)))
    }

    fn check_collection_tag(
        &self,
        tag: Option<&Tag>,
        expected: &str,
        span: &Range<usize>,
    ) -> Result<(), Refusal> {
        match tag {
            Some(tag) if tag.handle != CORE_TAGS || tag.suffix != expected => {
                Err(bad_tag(tag, span))
            }
            _ => Ok(()),
        }
    }
}

fn bad_tag(tag: &Tag, span: &Range<usize>) -> Refusal {
    let name = match tag.handle.as_str() {
        CORE_TAGS => format!("!!{}", tag.suffix),
        _ => tag.to_string(),
    };
    let message = format!("the tag {} means nothing here", shown(&name));
    let found = refuse(Code::UnsupportedTag, span.clone(), message);
    Box::new(
        found.help("leave it out; values are strings, numbers, booleans, null, arrays and objects"),
    )
}

fn read_scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: &Range<usize>,
) -> Result<Scalar, Refusal> {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    let as_text = || Data::Text {
        text: text.to_owned(),
        style,
    };
    let plain = match (tag, style) {
        (None, Style::Plain) => scalar::resolve(text),
        (None, _) => Plain::Text,
        (Some(tag), _) => tagged(text, tag, span)?,
    };
    let surprise = match tag {
        None => scalar::surprise(text, &plain),
        Some(_) => None,
    };
    let data = match plain {
        Plain::Null => Data::Null,
        Plain::Bool(b) => Data::Bool(b),
        Plain::Number(n) => Data::Number(n),
        Plain::Text => as_text(),
        Plain::NotJson => {
            let message = format!("{} is a number that JSON cannot express", shown(text));
            let found = refuse(Code::NotJson, span.clone(), message);
            return Err(Box::new(found.help("put quotes around it if it is text")));
        }
    };
    Ok(Scalar { data, surprise })
}

/// A scalar with a tag: `!!str` makes text of anything, the other core tags must fit.
fn tagged(text: &str, tag: &Tag, span: &Range<usize>) -> Result<Plain, Refusal> {
    if tag.handle != CORE_TAGS {
        return Err(bad_tag(tag, span));
    }
    let plain = scalar::resolve(text);
    match (tag.suffix.as_str(), &plain) {
        ("str", _) => Ok(Plain::Text),
        ("null", Plain::Null)
        | ("bool", Plain::Bool(_))
        | ("float", Plain::Number(_) | Plain::NotJson) => Ok(plain),
        ("int", Plain::Number(n)) if !n.is_f64() => Ok(plain),
        _ => Err(bad_tag(tag, span)),
    }
}
