//! Diagnostics: what is wrong with a document, where, and how to mend it.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use crate::yaml::Node;

/// One finding about a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding; stable, for tools.
    pub code: Code,
    /// Whether the document can be used all the same.
    pub severity: Severity,
    /// One sentence for people.
    pub message: String,
    /// Bytes of the source that it is about.
    pub span: Range<usize>,
    /// Other places of the source that explain it.
    pub labels: Vec<(Range<usize>, String)>,
    /// How to mend it.
    pub help: Option<String>,
    /// The same place as a JSON pointer (RFC 6901) into the document; empty for the whole.
    pub pointer: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document is taken, but probably does not do what its author thinks.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)*) => {
        /// The kinds of findings. Their texts are stable; new ones may come.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])+ $name,)* }

        impl Code {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable text, such as `unknown-key`.
            pub fn as_str(self) -> &'static str { match self { $(Code::$name => $text,)* } }
        }
    };
}

codes! {
    // The text itself.
    /// Not YAML (nor JSON, which is YAML).
    InvalidYaml = "invalid-yaml";
    /// A character that a document must not contain.
    ControlCharacter = "control-character";
    /// Larger, deeper or with more nodes than a document may be.
    DocumentLimit = "document-limit";
    /// A mapping has a key twice.
    DuplicateKey = "duplicate-key";
    /// A key that is no string.
    KeyType = "key-type";
    /// A YAML tag that means nothing here.
    UnsupportedTag = "unsupported-tag";
    /// A number that JSON cannot express.
    NotJson = "not-json";
    /// A plain scalar that reads differently than it looks.
    SurprisingScalar = "surprising-scalar";

    // The shape of the document.
    /// A key that means nothing there.
    UnknownKey = "unknown-key";
    /// A key that must be there.
    MissingKey = "missing-key";
    /// A value of the wrong type.
    WrongType = "wrong-type";
    /// A value of the right type that cannot be used.
    InvalidValue = "invalid-value";
    /// A feature of the language that this host does not support.
    Unsupported = "unsupported";
    /// A task without a task type.
    NoTaskType = "no-task-type";
    /// A task with more than one task type.
    ManyTaskTypes = "many-task-types";
    /// A duration that is none.
    InvalidDuration = "invalid-duration";
    /// A `call` that names nothing callable.
    InvalidCall = "invalid-call";
    /// An argument that the schema of its step refuses.
    InvalidInput = "invalid-input";
    /// A JSON Schema that is none, or cannot be checked safely.
    InvalidSchema = "invalid-schema";

    // Names and flow.
    /// A task name twice in one scope.
    DuplicateTask = "duplicate-task";
    /// A task named like a flow directive.
    ReservedName = "reserved-name";
    /// A `then` that names no task of its scope.
    UnknownTarget = "unknown-target";
    /// A name that `use` does not define.
    UnknownReference = "unknown-reference";
    /// A switch with two cases without `when`.
    ManyDefaults = "many-defaults";
    /// A name of a variable that cannot be one.
    InvalidVariable = "invalid-variable";
    /// A task that no flow reaches.
    Unreachable = "unreachable";
    /// A `catch` that does nothing about what it catches.
    SwallowedError = "swallowed-error";
    /// Retries without a limit and without a wait.
    EndlessRetry = "endless-retry";
    /// A member is taken of something that is an array.
    ArrayOutput = "array-output";
    /// Something that has no effect.
    NoEffect = "no-effect";

    // Expressions.
    /// An expression that is no jq, or a form of it that is refused.
    InvalidExpression = "invalid-expression";
    /// A variable that does not exist in its slot.
    UnknownVariable = "unknown-variable";
    /// `${ }` inside of longer text.
    EmbeddedExpression = "embedded-expression";
    /// `${ }` where only text may stand.
    MisplacedExpression = "misplaced-expression";
    /// Text where an expression was probably meant.
    MissingBraces = "missing-braces";

    // Secrets, functions, catalogs.
    /// `$secrets` or `$authorization` where the host could not put a secret in.
    MisplacedSecret = "misplaced-secret";
    /// A secret that is written into the document.
    PlainSecret = "plain-secret";
    /// A function that calls itself, or calls that nest too deep.
    Recursion = "recursion";
    /// A function, script or schema of a catalog that cannot be used.
    InvalidCatalogEntry = "invalid-catalog-entry";

    // What only a host knows.
    /// A request goes where the workflow's grants do not let it.
    NotGranted = "not-granted";
    /// A secret that the host does not have.
    UnknownSecret = "unknown-secret";
    /// A workflow that is not deployed.
    UnknownWorkflow = "unknown-workflow";

    /// There are more findings than are listed.
    TooMany = "too-many-diagnostics";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Diagnostic {
    pub(crate) fn error(code: Code, node: Node<'_>, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: node.mark(),
            labels: Vec::new(),
            help: None,
            pointer: node.pointer(),
        }
    }

    pub(crate) fn warning(code: Code, node: Node<'_>, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, node, message)
        }
    }

    /// A finding about the text, before there is a document.
    pub(crate) fn text(code: Code, span: Range<usize>, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            labels: Vec::new(),
            help: None,
            pointer: String::new(),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn label(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    pub(crate) fn at(mut self, span: Range<usize>) -> Self {
        self.span = span;
        self
    }
}

/// Findings listed for one document; a reader mends these first, and hostile documents cannot
/// make the list grow without end.
pub const DIAGNOSTICS_MAX: usize = 100;

/// Collects findings: each once, at most [`DIAGNOSTICS_MAX`], in the order of the source.
#[derive(Default)]
pub(crate) struct Sink {
    found: Vec<Diagnostic>,
    seen: HashSet<(Code, usize, usize, String)>,
    left_out: usize,
    errors: usize,
}

impl Sink {
    pub(crate) fn emit(&mut self, diagnostic: Diagnostic) {
        let Range { start, end } = diagnostic.span;
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if self.is_full() {
            self.left_out += 1;
        } else if self
            .seen
            .insert((diagnostic.code, start, end, diagnostic.message.clone()))
        {
            self.found.push(diagnostic);
        }
    }

    /// Whether another finding would only be counted: then what makes it helpful (looking for
    /// names that are alike) would be work for nothing, and a hostile document has much of it.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= DIAGNOSTICS_MAX
    }

    /// Whether there was an error.
    pub(crate) fn failed(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there were, repeated ones counted.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// The findings in the order of the source. `failed` adds the last word where findings
    /// were left out: it is an error exactly where the document is refused.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|d| (d.span.start, d.span.end));
        if self.left_out > 0 {
            let message = format!(
                "{} more findings are not listed; mend these first",
                self.left_out
            );
            let mut last = Diagnostic::text(Code::TooMany, 0..0, message);
            if !self.failed() {
                last.severity = Severity::Warning;
            }
            self.found.push(last);
        }
        self.found
    }
}

/// The longest piece of a document that a message repeats, in characters.
const SHOWN_CHARS_MAX: usize = 60;

/// Text of a document, as a message shows it: quoted, short, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::from("`");
    for c in text.chars().take(SHOWN_CHARS_MAX) {
        match c {
            '\n' => out.push(' '),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        out.push('…');
    }
    out.push('`');
    out
}

/// Names that are looked at for a likely misspelling.
const CANDIDATES_MAX: usize = 1000;

/// The one of `known` that `name` is probably a misspelling of.
pub(crate) fn did_you_mean<'k>(
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    // Distances of long texts are dear and never close to a key.
    if name.len() > 64 {
        return None;
    }
    let wanted = name.to_lowercase();
    known
        .into_iter()
        .take(CANDIDATES_MAX)
        .filter(|k| k.len() <= 64)
        .map(|k| (strsim::damerau_levenshtein(&wanted, &k.to_lowercase()), k))
        .filter(|(distance, k)| *distance <= 1 + k.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_by_their_text() {
        let texts: HashSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
    }

    #[test]
    fn misspellings_find_their_key_and_others_find_none() {
        let known = ["namespace", "name", "version"];
        assert_eq!(did_you_mean("nmae", known), Some("name"));
        assert_eq!(did_you_mean("NameSpace", known), Some("namespace"));
        assert_eq!(did_you_mean("author", known), None);
    }

    #[test]
    fn findings_are_listed_once_in_source_order_and_bounded() {
        let mut sink = Sink::default();
        let at = |i: usize| Diagnostic::text(Code::InvalidYaml, i..i, "x");
        for i in (0..2 * DIAGNOSTICS_MAX).rev() {
            sink.emit(at(i));
            sink.emit(at(i));
        }
        let found = sink.finish();
        assert_eq!(found.len(), DIAGNOSTICS_MAX + 1);
        assert!(found[..DIAGNOSTICS_MAX].is_sorted_by_key(|d| d.span.start));
        assert_eq!(found[DIAGNOSTICS_MAX].code, Code::TooMany);
    }

    #[test]
    fn messages_show_no_control_characters() {
        assert_eq!(shown("a\u{1b}[31m"), "`a\\u{1b}[31m`");
        assert!(shown(&"é".repeat(500)).chars().count() < 70);
    }
}
