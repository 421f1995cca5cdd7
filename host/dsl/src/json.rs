//! Findings for editors and programs, as JSON. The form is documented in `docs/check.md`, and
//! only ever gets more members.

use std::ops::Range;

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::render::held;

/// Findings as JSON: an array of objects with `code`, `severity`, `message`, `help`, `file`,
/// `pointer`, `place` and `labels`.
///
/// A place is `{ line, column, endLine, endColumn, start, end, range }`. Lines and columns count
/// from 1, columns in Unicode characters; `start` and `end` are bytes; `range` is what the
/// Language Server Protocol calls one: from 0, columns in UTF-16 code units.
pub fn to_json(diagnostics: &[Diagnostic], source: &str, file: &str) -> Value {
    let lines = Lines::new(source);
    let one = |d: &Diagnostic| {
        let labels: Vec<Value> = d
            .labels
            .iter()
            .map(|(span, text)| json!({ "message": text, "place": lines.place(span) }))
            .collect();
        json!({
            "code": d.code.as_str(),
            "severity": d.severity.as_str(),
            "message": d.message,
            "help": d.help,
            "file": file,
            "pointer": d.pointer,
            "place": lines.place(&d.span),
            "labels": labels,
        })
    };
    diagnostics.iter().map(one).collect()
}

struct Lines<'s> {
    source: &'s str,
    /// The byte at which each line starts.
    starts: Vec<usize>,
}

/// A place in the source, from 0.
struct Spot {
    line: usize,
    chars: usize,
    utf16: usize,
}

impl<'s> Lines<'s> {
    fn new(source: &'s str) -> Self {
        let breaks = source.match_indices('\n').map(|(i, _)| i + 1);
        Lines {
            source,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    fn place(&self, span: &Range<usize>) -> Value {
        let span = held(span, self.source);
        let (from, to) = (self.spot(span.start), self.spot(span.end));
        json!({
            "line": from.line + 1, "column": from.chars + 1,
            "endLine": to.line + 1, "endColumn": to.chars + 1,
            "start": span.start, "end": span.end,
            "range": {
                "start": { "line": from.line, "character": from.utf16 },
                "end": { "line": to.line, "character": to.utf16 },
            },
        })
    }

    fn spot(&self, at: usize) -> Spot {
        let line = self.starts.partition_point(|start| *start <= at).max(1) - 1;
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.source.get(start..at).unwrap_or_default();
        Spot {
            line,
            chars: before.chars().count(),
            utf16: before.encode_utf16().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn places_count_characters_and_ranges_code_units() {
        let source = "a: 1\n😀ög: 2\n";
        let at = source.find('g').unwrap();
        let finding = Diagnostic::text(Code::UnknownKey, at..at + 1, "x").label(0..1, "y");
        let json = to_json(&[finding], source, "w.yaml");
        assert_eq!(json[0]["code"], "unknown-key");
        let place = &json[0]["place"];
        assert_eq!((&place["line"], &place["column"]), (&json!(2), &json!(3)));
        assert_eq!(
            (&place["endLine"], &place["endColumn"]),
            (&json!(2), &json!(4))
        );
        assert_eq!(
            place["range"]["start"],
            json!({ "line": 1, "character": 3 })
        );
        assert_eq!(place["range"]["end"], json!({ "line": 1, "character": 4 }));
        let label = &json[0]["labels"][0];
        assert_eq!(label["message"], "y");
        assert_eq!(
            label["place"]["range"]["start"],
            json!({ "line": 0, "character": 0 })
        );
    }
}
