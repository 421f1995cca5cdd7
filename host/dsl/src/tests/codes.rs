//! Every kind of finding is documented, and some document of the tests has it.

use std::path::Path;

use crate::Code;

/// Found when a workflow is deployed, or only in documents that are too large to keep.
const ELSEWHERE: [&str; 6] = [
    "invalid-input",
    "too-many-diagnostics",
    "invalid-catalog-entry",
    "not-granted",
    "unknown-secret",
    "unknown-workflow",
];

#[expect(clippy::disallowed_methods, reason = "the test reads the repository")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_code_has_its_row_in_the_documentation() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/check.md");
    let page = read(&page);
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    for code in Code::ALL {
        let count = rows.iter().filter(|row| **row == code.as_str()).count();
        assert_eq!(count, 1, "rows of `{code}` in docs/check.md");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads its own data")]
fn every_code_is_found_in_some_document() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "txt") {
            all += &read(&path);
        }
    }
    for code in Code::ALL
        .iter()
        .filter(|code| !ELSEWHERE.contains(&code.as_str()))
    {
        assert!(
            all.contains(&format!("[{code}]: ")),
            "no document of testdata has `{code}`"
        );
    }
}
