//! JSON Schemas of a document: inline, without anything remote, and safe to evaluate.
//!
//! A schema is checked as the host will use it: with the linear regular expression engine, so
//! that no pattern can make a validation take exponential time (look-around and back-references
//! are refused), and with every reference resolved inside of the schema.

use jsonschema::{PatternOptions, ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use super::schema_format::Dialect;
use super::schema_shape;
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, shown};
use crate::syntax::{Fields, Shape, wrong_type};
use crate::yaml::{self, Kind, Node};

const SCHEMA: Shape = Shape {
    what: "`schema`",
    keys: &["format", "document", "resource"],
    unsupported: &[],
};

/// Bytes of one compiled pattern; the default of 10 MiB would let a document of patterns fill
/// the host's memory.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// How the host validates: offline, and with regular expressions in linear time. Whoever
/// evaluates a schema of a workflow must build its validator with these options.
pub fn schema_options() -> jsonschema::ValidationOptions<'static> {
    let patterns = PatternOptions::regex()
        .size_limit(PATTERN_BYTES_MAX)
        .dfa_size_limit(PATTERN_BYTES_MAX);
    jsonschema::options()
        .offline()
        .with_pattern_options(patterns)
}

/// Why a schema that does not come from a document (a plugin brings it) must not be evaluated:
/// too deep a recursion, too much work, something remote, or no JSON Schema at all. `None`
/// where it is as safe as one that a document may hold; then build it with [`schema_options`].
pub fn schema_fault(schema: &Value) -> Option<String> {
    let text = schema.to_string();
    let mut sink = Sink::default();
    // JSON is YAML: the schema is read as if it stood in a document.
    let tree = yaml::parse(&text, &mut sink);
    let safe = tree.is_some_and(|tree| check(&mut sink, tree.root(), Dialect::default()).is_some());
    let first = sink
        .finish()
        .into_iter()
        .find(|d| d.severity == Severity::Error);
    match first {
        Some(finding) => Some(finding.message),
        None => (!safe).then(|| "it is not a usable JSON Schema".to_owned()),
    }
}

/// Where a schema stands.
pub(crate) enum Source<'t> {
    /// In the document: it was checked.
    Inline(Value),
    /// In a resource that has this address, in the version that `format` names.
    Resource(Node<'t>, Dialect),
}

/// Reads `{ format, document }` and checks the document as a JSON Schema, or finds the
/// `resource` that holds it.
pub(crate) fn read<'t>(sink: &mut Sink, node: Node<'t>) -> Option<Source<'t>> {
    let fields = Fields::read(sink, node, &SCHEMA)?;
    let format = match fields.get("format") {
        Some(node) => Dialect::read(sink, node),
        None => Some(Dialect::default()),
    };
    if let Some(resource) = fields.get("resource") {
        let dialect = format?;
        if let Some(document) = fields.get("document") {
            let message = "a schema has either a `document` or a `resource`";
            sink.emit(Diagnostic::error(Code::InvalidValue, document, message));
            return None;
        }
        return Some(Source::Resource(resource, dialect));
    }
    let document = fields.require(sink, "document")?;
    check(sink, document, format?).map(Source::Inline)
}

/// Checks a JSON Schema, which is of that version unless it says its own.
pub(crate) fn check(sink: &mut Sink, document: Node<'_>, dialect: Dialect) -> Option<Value> {
    if !matches!(document.kind(), Kind::Object | Kind::Bool(_)) {
        wrong_type(sink, document, "a JSON Schema", "an object or a boolean");
        return None;
    }
    schema_shape::check(sink, document)?;
    dialect.agrees(sink, document)?;
    let mut schema = document.to_json();
    dialect.mark(&mut schema);
    match schema_options().build(&schema) {
        Ok(_) => Some(schema),
        Err(error) => {
            sink.emit(finding(document, &error));
            None
        }
    }
}

fn finding(document: Node<'_>, error: &ValidationError<'_>) -> Diagnostic {
    let at = document.find(error.instance_path().as_str());
    let at = at.unwrap_or(document);
    if let ValidationErrorKind::Referencing(_) = error.kind() {
        return dangling(document);
    }
    let pattern = at
        .as_str()
        .filter(|_| matches!(error.kind(), ValidationErrorKind::Format { .. }));
    if let Some(pattern) = pattern {
        return bad_pattern(at, pattern);
    }
    let detail: String = error.to_string().chars().take(300).collect();
    let detail = shown_whole(&detail);
    Diagnostic::error(
        Code::InvalidSchema,
        at,
        format!("not a valid JSON Schema: {detail}"),
    )
}

/// A schema with a reference, or a `$schema`, that cannot be resolved.
fn dangling(document: Node<'_>) -> Diagnostic {
    if let Some(node) = schema_shape::dangling(document) {
        let reference = node.as_str().unwrap_or_default();
        let message = format!("the reference {} leads nowhere", shown(reference));
        let found = Diagnostic::error(Code::InvalidSchema, node, message);
        return found.help("define it in this schema, under `$defs`");
    }
    let dialect = document.get("$schema").unwrap_or(document);
    let message = match dialect.as_str() {
        Some(uri) => format!("the version of JSON Schema {} is not known", shown(uri)),
        None => "a reference of this schema leads nowhere".to_owned(),
    };
    let found = Diagnostic::error(Code::InvalidSchema, dialect, message);
    found.help(
        "leave `$schema` out for JSON Schema 2020-12; drafts 4, 6, 7 and 2019-09 are known too",
    )
}

fn bad_pattern(node: Node<'_>, pattern: &str) -> Diagnostic {
    let around = ["(?=", "(?!", "(?<=", "(?<!"]
        .iter()
        .any(|form| pattern.contains(form));
    let back = pattern
        .split('\\')
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| ('1'..='9').contains(&c)));
    if around || back {
        let message = format!(
            "the pattern {} cannot be matched in linear time",
            shown(pattern)
        );
        let found = Diagnostic::error(Code::InvalidSchema, node, message);
        let help = "look-around (`(?=`, `(?!`, `(?<=`, `(?<!`) and back-references (`\\1`) are \
                    refused, because they can take exponential time";
        return found.help(help);
    }
    let message = format!(
        "{} is not a valid regular expression, or is too large",
        shown(pattern)
    );
    Diagnostic::error(Code::InvalidSchema, node, message)
}

/// A text of another library, without control characters.
fn shown_whole(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(visible).collect()
}
