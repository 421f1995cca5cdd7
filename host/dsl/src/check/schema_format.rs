//! `format` of a schema: `json`, or `json:{version}` (OWS DSL 1.0.3, "Schema").

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Sink, did_you_mean, shown};
use crate::syntax::text;
use crate::yaml::Node;

/// The versions that can be named, and what `$schema` calls each.
const VERSIONS: [(&str, &str); 8] = [
    ("2020-12", "https://json-schema.org/draft/2020-12/schema"),
    ("2019-09", "https://json-schema.org/draft/2019-09/schema"),
    ("draft-07", "http://json-schema.org/draft-07/schema#"),
    ("draft-06", "http://json-schema.org/draft-06/schema#"),
    ("draft-04", "http://json-schema.org/draft-04/schema#"),
    ("7", "http://json-schema.org/draft-07/schema#"),
    ("6", "http://json-schema.org/draft-06/schema#"),
    ("4", "http://json-schema.org/draft-04/schema#"),
];

/// The version that a `format` names: what `$schema` calls it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Dialect(Option<&'static str>);

impl Dialect {
    /// Reads a `format`.
    pub(super) fn read(sink: &mut Sink, node: Node<'_>) -> Option<Self> {
        let format = text(sink, node, "`format`")?;
        let Some(version) = format.strip_prefix("json") else {
            let message = format!("schemas of the format {} are not supported", shown(format));
            let found = Diagnostic::error(Code::Unsupported, node, message);
            sink.emit(found.help("schemas are JSON Schema: `format: json`"));
            return None;
        };
        if version.is_empty() {
            return Some(Dialect(None));
        }
        let version = version.strip_prefix(':').unwrap_or_default();
        let known = VERSIONS.iter().find(|(name, _)| *name == version);
        if let Some((_, uri)) = known {
            return Some(Dialect(Some(uri)));
        }
        let message = format!("{} is no version of JSON Schema", shown(format));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        let names = VERSIONS.map(|(name, _)| name);
        sink.emit(found.help(match did_you_mean(version, names.iter().copied()) {
            Some(name) => format!("did you mean `json:{name}`?"),
            None => "write `json`, or one of `json:2020-12`, `json:2019-09`, `json:draft-07`, `json:draft-06` and `json:draft-04`".to_owned(),
        }));
        None
    }

    /// Refuses a document that calls itself another version.
    pub(super) fn agrees(self, sink: &mut Sink, document: Node<'_>) -> Option<()> {
        let (Some(uri), Some(own)) = (self.0, document.get("$schema")) else {
            return Some(());
        };
        let bare = |uri: &str| uri.trim_end_matches('#').to_owned();
        match own.as_str() {
            Some(text) if bare(text) != bare(uri) => {
                let message = format!("{} is not the version that `format` names", shown(text));
                let found = Diagnostic::error(Code::InvalidSchema, own, message);
                sink.emit(found.help("write `format: json`, and let `$schema` say the version"));
                None
            }
            _ => Some(()),
        }
    }

    /// Writes the version into a schema that does not say it.
    pub(super) fn mark(self, schema: &mut Value) {
        if let (Some(uri), Value::Object(members)) = (self.0, schema) {
            members
                .entry("$schema")
                .or_insert_with(|| Value::String(uri.to_owned()));
        }
    }
}
