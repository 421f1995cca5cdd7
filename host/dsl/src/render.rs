//! Findings for people, as a compiler prints them.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Severity};

/// Bytes of a line behind a place that are looked at: enough for any screen.
const LINE_BYTES_SHOWN: usize = 400;

/// Renders findings with the lines of `source` that they are about, the way rustc does.
///
/// `file` is the name to print. Spans need not fit the source: they are held inside of it.
pub fn render(diagnostics: &[Diagnostic], source: &str, file: &str, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let group = group(diagnostic, source, file);
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, source: &'a str, file: &'a str) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let window = window(diagnostic, source);
    let shown = source.get(window.clone()).unwrap_or_default();
    let mut annotations = vec![annotation(
        AnnotationKind::Primary,
        &diagnostic.span,
        &window,
        source,
    )];
    for (span, text) in &diagnostic.labels {
        let label = annotation(AnnotationKind::Context, span, &window, source);
        annotations.push(label.label(text.as_str()));
    }
    let snippet = Snippet::source(shown)
        .path(file)
        .line_start(line_of(source, window.start))
        .annotations(annotations);
    let title = level.primary_title(diagnostic.message.as_str());
    let group = title.id(diagnostic.code.as_str()).element(snippet);
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

fn annotation<'a>(
    kind: AnnotationKind,
    span: &Range<usize>,
    window: &Range<usize>,
    source: &str,
) -> Annotation<'a> {
    let span = held(span, source);
    let start = span.start.clamp(window.start, window.end) - window.start;
    let end = span.end.clamp(window.start, window.end) - window.start;
    kind.span(start..end)
}

/// The part of the source that holds every place of a finding. It starts with a line, so that
/// columns are right; of a very long line, the renderer shows what is around the place.
fn window(diagnostic: &Diagnostic, source: &str) -> Range<usize> {
    let spans = std::iter::once(&diagnostic.span).chain(diagnostic.labels.iter().map(|(s, _)| s));
    let (mut start, mut end) = (source.len(), 0);
    for span in spans {
        let span = held(span, source);
        start = start.min(span.start);
        end = end.max(span.end);
    }
    let start = start.min(end);
    let before = source.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let after = source.get(end..).unwrap_or_default();
    let line_end = after.find('\n').map_or(source.len(), |i| end + i);
    let last = line_end.min(end.saturating_add(LINE_BYTES_SHOWN));
    line_start..ceil(source, last)
}

/// The span, inside of the source and on character boundaries.
pub(crate) fn held(span: &Range<usize>, source: &str) -> Range<usize> {
    let start = floor(source, span.start);
    start..ceil(source, span.end.max(start))
}

fn floor(source: &str, at: usize) -> usize {
    let at = at.min(source.len());
    (0..=at)
        .rev()
        .find(|i| source.is_char_boundary(*i))
        .unwrap_or(0)
}

fn ceil(source: &str, at: usize) -> usize {
    let at = at.min(source.len());
    (at..=source.len())
        .find(|i| source.is_char_boundary(*i))
        .unwrap_or(source.len())
}

/// The line that a byte stands on, from 1.
fn line_of(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or_default();
    1 + before.bytes().filter(|b| *b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    fn at(span: Range<usize>) -> Diagnostic {
        Diagnostic::text(Code::UnknownKey, span, "the key `dog` means nothing here")
    }

    #[test]
    fn a_finding_shows_its_line_and_its_help() {
        let source = "a: 1\ndög: 2\nc: 3\n";
        let finding = at(5..9).help("write `cat`").label(0..1, "beside this");
        let text = render(&[finding], source, "w.yaml", false);
        assert!(text.contains("error[unknown-key]: the key `dog`"), "{text}");
        assert!(text.contains("--> w.yaml:2:1"), "{text}");
        assert!(text.contains("2 | dög: 2"), "{text}");
        assert!(text.contains("= help: write `cat`"), "{text}");
        assert!(text.contains("beside this"), "{text}");
    }

    #[test]
    fn a_very_long_line_is_cut() {
        let source = "x".repeat(1 << 20);
        let text = render(&[at(500_000..500_003)], &source, "w.yaml", false);
        assert!(
            text.contains("w.yaml:1:500001") && text.len() < 4000,
            "{text}"
        );
    }
}
