//! Whatever the text, the front end answers: no panic, and every place lies in the source.

use proptest::prelude::*;

use super::examples::examples;
use crate::{Compiled, Diagnostic, compile, render, to_json};

/// Documents to mutate where the specification's examples are not at hand, and beside them.
const SEEDS: [&str; 5] = [
    include_str!("../../testdata/accepted-everything.yaml"),
    include_str!("../../testdata/accepted-json.json"),
    include_str!("../../testdata/unsupported-tasks.yaml"),
    include_str!("../../testdata/accepted-calls.yaml"),
    include_str!("../../testdata/schema-faults.yaml"),
];

/// Pieces that steer mutations into the corners of YAML and of the language.
const PIECES: [&str; 36] = [
    "\n",
    "\t",
    " ",
    "- ",
    ": ",
    "${ ",
    " }",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "|",
    ">",
    "&a ",
    "*a",
    "!!str ",
    "#",
    "---\n",
    "\u{feff}",
    "é",
    "😀",
    "\\ud83d\\ude00",
    "\r",
    "\0",
    "do:",
    "if: ",
    "then: ",
    "$item",
    "catch:",
    "as: ",
    "1e999",
    "~",
    "? ",
    "\\",
];

fn check(source: &str) {
    let Compiled {
        workflow,
        diagnostics,
        calls,
        endpoints,
        children,
        secrets,
    } = compile(source);
    let inside = |span: &std::ops::Range<usize>| {
        span.start <= span.end
            && source.is_char_boundary(span.start)
            && source.is_char_boundary(span.end)
    };
    let failed = diagnostics
        .iter()
        .any(|d| d.severity == crate::Severity::Error);
    assert_eq!(workflow.is_none(), failed);
    for found in &diagnostics {
        assert!(inside(&found.span), "{found:?}");
        assert!(
            found.labels.iter().all(|(span, _)| inside(span)),
            "{found:?}"
        );
        assert!(
            !found.message.contains(|c: char| c.is_control()),
            "{found:?}"
        );
    }
    let spans = calls.iter().map(|site| &site.span);
    let spans = spans.chain(endpoints.iter().map(|site| &site.span));
    let spans = spans.chain(children.iter().map(|site| &site.span));
    let mut spans = spans.chain(secrets.iter().map(|site| &site.span));
    assert!(spans.all(inside));
    let text = render(&diagnostics, source, "w.yaml", false);
    assert_eq!(text.is_empty(), diagnostics.is_empty());
    assert_eq!(
        to_json(&diagnostics, source, "w.yaml")
            .as_array()
            .map(Vec::len),
        Some(diagnostics.len())
    );
    if let Some(workflow) = workflow {
        let stored = serde_json::to_string(&workflow).unwrap();
        let loaded: segue_model::ir::Workflow = serde_json::from_str(&stored).unwrap();
        assert_eq!(loaded, workflow);
    }
}

/// A place in a document, and what happens there.
fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, prop::sample::Index)> {
    (
        any::<prop::sample::Index>(),
        0..4usize,
        any::<prop::sample::Index>(),
    )
}

fn mutate(document: &str, at: usize, kind: usize, piece: &str) -> String {
    let chars: Vec<char> = document.chars().collect();
    let at = at.min(chars.len());
    let lines: Vec<&str> = document.lines().collect();
    let line = at.checked_rem(lines.len()).unwrap_or(0);
    match kind {
        // Insert a piece, drop a few characters, drop a line, repeat a line.
        0 => chars[..at]
            .iter()
            .copied()
            .chain(piece.chars())
            .chain(chars[at..].iter().copied())
            .collect(),
        1 => chars[..at]
            .iter()
            .chain(chars.iter().skip(at + piece.len()))
            .collect(),
        2 => lines
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != line)
            .map(|(_, l)| format!("{l}\n"))
            .collect(),
        _ => lines
            .iter()
            .enumerate()
            .flat_map(|(i, l)| vec![format!("{l}\n"); 1 + usize::from(i == line)])
            .collect(),
    }
}

/// `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: if asked { default.cases } else { 1000 },
        failure_persistence: None,
        ..default
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_text_never_panics(source in ".{0,200}") {
        check(&source);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn pieces_of_yaml_never_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        check(&pieces.concat());
    }

    #[test]
    fn mutated_documents_never_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let mut all: Vec<String> = SEEDS.iter().map(|seed| (*seed).to_owned()).collect();
        all.extend(examples().into_iter().map(|(_, text)| text));
        let mut document = all[which.index(all.len())].clone();
        for (at, kind, piece) in edits {
            let at = at.index(document.chars().count() + 1);
            document = mutate(&document, at, kind, PIECES[piece.index(PIECES.len())]);
        }
        check(&document);
    }

    #[test]
    fn rendering_never_panics_on_any_span(
        source in "[ -~\\n\\r\\té😀\\u{200d}\\u{0}\\u{1b}]{0,120}",
        start in 0..200usize,
        end in 0..200usize,
        labels in prop::collection::vec((0..200usize, 0..200usize), 0..4),
    ) {
        let mut found = Diagnostic::text(crate::Code::InvalidYaml, start..end, "m\u{1b}[31m\nx");
        found.help = Some("h\nh".to_owned());
        found.labels = labels.into_iter().map(|(a, b)| (a..b, "label".to_owned())).collect();
        prop_assert!(!render(&[found.clone()], &source, "f\n.yaml", true).is_empty());
        prop_assert!(to_json(&[found], &source, "f").is_array());
    }
}
