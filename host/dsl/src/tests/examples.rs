//! The examples of the specification: each is accepted, or refused for a feature by name.

use std::path::{Path, PathBuf};

use crate::{Code, Severity, compile};

/// The specification's data: `SEGUE_OWS`, or `../shared/ows` beside the workspace.
pub(super) fn specification() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = match std::env::var_os("SEGUE_OWS") {
        Some(folder) => PathBuf::from(folder),
        None => workspace.join("../shared/ows"),
    };
    let there = folder.join("examples").is_dir();
    if !there {
        println!(
            "skipped: no specification at {} (set SEGUE_OWS)",
            folder.display()
        );
    }
    there.then_some(folder)
}

/// The examples: name and text.
#[expect(
    clippy::disallowed_methods,
    reason = "the test reads the specification"
)]
pub(super) fn examples() -> Vec<(String, String)> {
    let Some(folder) = specification() else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder.join("examples")).unwrap();
    let mut examples: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    examples.sort();
    examples
}

#[test]
fn every_example_is_accepted_or_refused_for_a_feature_by_name() {
    let examples = examples();
    if examples.is_empty() {
        return;
    }
    assert_eq!(examples.len(), 68);
    let mut accepted = Vec::new();
    for (name, source) in &examples {
        let compiled = compile(source);
        let errors = compiled
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error);
        let errors: Vec<_> = errors.collect();
        if compiled.workflow.is_some() {
            assert!(errors.is_empty(), "{name}");
            accepted.push(name.as_str());
            continue;
        }
        assert!(!errors.is_empty(), "{name}");
        for error in errors {
            assert_eq!(error.code, Code::Unsupported, "{name}: {error:?}");
            let names_a_feature = error.message.contains('`') || error.message.contains("URL");
            assert!(
                names_a_feature && error.message.contains("not supported"),
                "{name}: {error:?}"
            );
            assert!(!error.span.is_empty(), "{name}: {error:?}");
        }
    }
    println!("accepted: {accepted:?}");
    for expected in [
        "for-inline-array.yaml",
        "raise-inline.yaml",
        "raise-reusable.yaml",
        "switch-then-string.yaml",
        "wait-duration-inline.yaml",
        "wait-duration-iso8601.yaml",
    ] {
        assert!(accepted.contains(&expected), "{expected}");
    }
}

/// The documents in the scenarios of the conformance kit.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test reads the specification"
)]
fn scenarios_of_the_conformance_kit_fail_for_features_alone() {
    let Some(folder) = specification() else {
        return;
    };
    let (mut accepted, mut refused) = (0, 0);
    for entry in std::fs::read_dir(folder.join("ctk")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for document in definitions(&text) {
            let compiled = compile(&document);
            let errors = compiled
                .diagnostics
                .iter()
                .filter(|d| d.severity == Severity::Error);
            errors.for_each(|e| assert_eq!(e.code, Code::Unsupported, "{document}\n{e:?}"));
            match compiled.workflow {
                Some(_) => accepted += 1,
                None => refused += 1,
            }
        }
    }
    println!("conformance kit: {accepted} accepted, {refused} refused for a feature");
    assert_eq!((accepted, refused), (10, 11));
}

/// The YAML below each `Given a workflow with definition:`, without its indentation.
fn definitions(feature: &str) -> Vec<String> {
    let blocks = feature.split("a workflow with definition:").skip(1);
    blocks
        .map(|block| {
            let body = block.split("\"\"\"").nth(1).unwrap();
            let lines = body.trim_start_matches("yaml").lines();
            let lines = lines.filter(|line| !line.trim().is_empty());
            lines
                .map(|line| format!("{}\n", line.get(4..).unwrap_or("")))
                .collect()
        })
        .collect()
}
