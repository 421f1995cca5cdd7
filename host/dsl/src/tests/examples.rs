//! The examples of the specification: each is accepted, or refused for a feature by name.

use std::path::{Path, PathBuf};

use super::errors;
use crate::{Code, compile, compile_with};

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

/// The examples that are refused, and what for: nothing else is.
const REFUSED: [(&str, &str); 18] = [
    ("call-asyncapi-publish.yaml", "`call: asyncapi`"),
    (
        "call-asyncapi-subscribe-consume-amount.yaml",
        "`call: asyncapi`",
    ),
    (
        "call-asyncapi-subscribe-consume-forever-foreach.yaml",
        "`call: asyncapi`",
    ),
    (
        "call-asyncapi-subscribe-consume-until.yaml",
        "`call: asyncapi`",
    ),
    (
        "call-asyncapi-subscribe-consume-while.yaml",
        "`call: asyncapi`",
    ),
    ("call-grpc.yaml", "`call: grpc`"),
    ("call-mcp.yaml", "`call: mcp`"),
    ("run-container-cleanup-always.yaml", "`run: container`"),
    ("run-container-cleanup-eventually.yaml", "`run: container`"),
    ("run-container-stdin-and-arguments.yaml", "`run: container`"),
    ("run-container-with-name.yaml", "`run: container`"),
    ("run-container-with-pull-policy.yaml", "`run: container`"),
    ("run-container.yaml", "`run: container`"),
    ("run-return-all.yaml", "`run: container`"),
    ("run-return-code.yaml", "`run: container`"),
    ("run-return-none.yaml", "`run: container`"),
    ("run-return-stderr.yaml", "`run: container`"),
    ("run-shell-stdin-and-arguments.yaml", "`run: shell`"),
];

/// A host that has a copy of the specification's catalog.
fn catalog() -> super::Shelf {
    let function = "input: { schema: { document: { type: object, required: [ message ] } } }\n\
                    run: { script: { language: python, arguments: { message: '${ .message }' }, code: 'print(1)' } }\n";
    super::Shelf {
        catalogs: vec![(
            "official",
            "https://github.com/serverlessworkflow/catalog/tree/main",
        )],
        files: vec![(
            "official/functions/log/1.0.0/function.yaml",
            function.to_owned(),
        )],
    }
}

#[test]
fn every_example_is_accepted_or_refused_for_a_feature_by_name() {
    let examples = examples();
    if examples.is_empty() {
        return;
    }
    assert_eq!(examples.len(), 68);
    let mut accepted = 0;
    for (name, source) in &examples {
        let compiled = compile_with(source, &catalog());
        let found = errors(&compiled);
        let refused = REFUSED.iter().find(|(refused, _)| refused == name);
        let Some((_, feature)) = refused else {
            assert_eq!(found, [], "{name}");
            assert!(compiled.workflow.is_some(), "{name}");
            accepted += 1;
            continue;
        };
        let message = format!("{feature} is not supported");
        assert_eq!(found, [(Code::Unsupported, message.as_str())], "{name}");
    }
    assert_eq!(accepted, 50);
}

#[test]
fn without_its_catalog_the_catalogued_function_is_refused() {
    let examples = examples();
    let Some((_, source)) = examples
        .iter()
        .find(|(name, _)| name == "call-custom-function-cataloged.yaml")
    else {
        return;
    };
    let compiled = compile(source);
    let found = errors(&compiled);
    assert_eq!(found[0].0, Code::Unsupported);
    assert!(
        found[0].1.contains("lies in no catalog of this host"),
        "{found:?}"
    );
}

/// The documents in the scenarios of the conformance kit.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test reads the specification"
)]
fn scenarios_of_the_conformance_kit_are_accepted() {
    let Some(folder) = specification() else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("ctk")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for document in definitions(&text) {
            let compiled = compile(&document);
            assert_eq!(errors(&compiled), [], "{document}");
            count += 1;
        }
    }
    assert_eq!(count, 21);
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
