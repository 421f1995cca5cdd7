//! Documents and what is found in them: `testdata/*.yaml` beside `*.txt`.
//!
//! `UPDATE_EXPECT=1 cargo test -p segue-dsl` writes the expected files anew.

use std::path::{Path, PathBuf};

use crate::{Severity, compile, render};

#[test]
fn documents_are_explained_as_recorded() {
    let bless = std::env::var_os("UPDATE_EXPECT").is_some();
    let documents = documents();
    assert!(documents.len() > 50, "{} documents", documents.len());
    let mut wrong = Vec::new();
    for path in documents {
        let found = explain(&path);
        let expected_at = path.with_extension("txt");
        if bless {
            write(&expected_at, &found);
        } else if read(&expected_at).as_deref() != Some(found.as_str()) {
            wrong.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn explain(path: &Path) -> String {
    let source = read(path).unwrap();
    let file = path.file_name().unwrap().to_string_lossy();
    let compiled = compile(&source);
    let failed = compiled
        .diagnostics
        .iter()
        .any(|d| d.severity == Severity::Error);
    assert_eq!(compiled.workflow.is_none(), failed, "{file}");
    let verdict = if failed { "refused" } else { "accepted" };
    format!(
        "{}{verdict}\n",
        render(&compiled.diagnostics, &source, &file, false)
    )
}

#[expect(clippy::disallowed_methods, reason = "the test reads its own data")]
fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "yaml" || e == "json"));
    paths.sort();
    paths
}

#[expect(clippy::disallowed_methods, reason = "the test reads its own data")]
fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[expect(clippy::disallowed_methods, reason = "only when asked to record anew")]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
