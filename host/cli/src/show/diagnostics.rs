//! Findings about documents: rendered as a compiler does, also where the host found them.

use std::ops::Range;

use segue_dsl::{Code, Diagnostic, Severity};
use serde_json::{Value, json};

/// The findings about one document.
pub(crate) struct Found {
    /// The document, as it was named.
    pub(crate) file: String,
    /// Its text.
    pub(crate) source: String,
    /// What was found.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Found {
    /// How many errors and warnings there are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let errors = self
            .diagnostics
            .iter()
            .filter(|one| one.severity == Severity::Error);
        let errors = errors.count();
        (errors, self.diagnostics.len() - errors)
    }

    /// As a compiler prints them; nothing where there is nothing to say.
    pub(crate) fn text(&self, color: bool) -> String {
        segue_dsl::render(&self.diagnostics, &self.source, &self.file, color)
    }

    /// `{ file, valid, diagnostics }`.
    pub(crate) fn json(&self) -> Value {
        json!({
            "file": self.file,
            "valid": self.counts().0 == 0,
            "diagnostics": segue_dsl::to_json(&self.diagnostics, &self.source, &self.file),
        })
    }
}

/// Findings that a host sent as JSON. A code that this program does not know (the host is
/// newer) makes way for its message.
pub(crate) fn from_host(listed: &Value) -> Vec<Diagnostic> {
    listed
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice)
        .iter()
        .filter_map(one)
        .collect()
}

fn one(value: &Value) -> Option<Diagnostic> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let code = text("code")?;
    let known = Code::ALL
        .iter()
        .copied()
        .find(|known| known.as_str() == code);
    let labels = value.get("labels").and_then(Value::as_array);
    let label = |label: &Value| {
        let message = label.get("message")?.as_str()?.to_owned();
        Some((span(label)?, message))
    };
    Some(Diagnostic {
        code: known.unwrap_or(Code::Unsupported),
        severity: match text("severity") {
            Some("warning") => Severity::Warning,
            _ => Severity::Error,
        },
        message: text("message")?.to_owned(),
        span: span(value)?,
        labels: labels.into_iter().flatten().filter_map(label).collect(),
        help: text("help").map(str::to_owned),
        pointer: text("pointer").unwrap_or_default().to_owned(),
    })
}

fn span(value: &Value) -> Option<Range<usize>> {
    let place = value.get("place")?;
    let at = |name: &str| {
        place
            .get(name)?
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
    };
    Some(at("start")?..at("end")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_sends_reads_back_as_it_was_found() {
        let source = "document:\n  dsl: 1.0.3\n";
        let found = segue_dsl::compile(source).diagnostics;
        assert!(!found.is_empty());
        let sent = segue_dsl::to_json(&found, source, "workflow");
        assert_eq!(from_host(&sent), found);
    }

    #[test]
    fn what_is_no_finding_is_left_out() {
        assert!(from_host(&json!(null)).is_empty());
        assert!(from_host(&json!([{ "code": "x" }, 7])).is_empty());
    }
}
