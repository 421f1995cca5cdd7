//! The documents of the conformance suite: what it wants accepted is accepted, and what it wants
//! refused for its text is refused with the words that it wants. The suite itself plays them on
//! a host; here a mistake shows in a second.

use std::path::{Path, PathBuf};

use super::errors;
use crate::{Catalog, CatalogFault, Catalogs, Compiled, compile_with};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance")
}

/// The suite's catalog, under the addresses that its documents use.
struct Mirror;

const ADDRESSES: [(&str, &str); 3] = [
    ("suite", "https://catalog.test"),
    ("github", "https://github.com/suite/catalog"),
    (
        "official",
        "https://raw.githubusercontent.com/serverlessworkflow/catalog/main",
    ),
];

impl Catalogs for Mirror {
    fn all(&self) -> Vec<Catalog> {
        let catalogs = ADDRESSES.iter().map(|(name, endpoint)| Catalog {
            name: (*name).to_owned(),
            endpoint: (*endpoint).to_owned(),
        });
        catalogs.collect()
    }

    #[expect(clippy::disallowed_methods, reason = "the test reads the suite")]
    fn read(&self, _catalog: &str, path: &str) -> Result<String, CatalogFault> {
        let path = folder().join("catalog").join(path);
        std::fs::read_to_string(path).map_err(|_| CatalogFault::Missing)
    }
}

/// One scenario: its name, its documents, and its sentences.
struct Scenario {
    name: String,
    documents: Vec<String>,
    sentences: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "the test reads the suite")]
fn features(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(features(&path));
        } else if path.extension().is_some_and(|end| end == "feature") {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

fn scenarios(feature: &str) -> Vec<Scenario> {
    let mut found = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    for line in feature.lines().chain(["  Scenario: end"]) {
        let begins = line.trim_start().starts_with("Scenario");
        if begins && block.first().is_some_and(|first| first.trim_start().starts_with("Scenario")) {
            found.extend(played(&block));
        }
        if begins {
            block.clear();
        }
        block.push(line);
    }
    found
}

/// A scenario, or one for each row of its examples.
fn played(block: &[&str]) -> Vec<Scenario> {
    let split = block.iter().position(|line| line.trim().starts_with("Examples:"));
    let (body, examples) = block.split_at(split.unwrap_or(block.len()));
    let rows: Vec<Vec<String>> = examples.iter().skip(1).filter_map(|line| row(line)).collect();
    let body = body.join("\n");
    let Some((head, rows)) = rows.split_first() else {
        return vec![scenario(&body)];
    };
    let filled = rows.iter().map(|row| {
        let pairs = head.iter().zip(row);
        pairs.fold(body.clone(), |text, (key, value)| {
            text.replace(&format!("<{key}>"), value)
        })
    });
    filled.map(|text| scenario(&text)).collect()
}

fn row(line: &str) -> Option<Vec<String>> {
    let cells = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells = cells.replace("\\|", "\u{0}");
    let cells = cells.split('|').map(|cell| {
        let cell = cell.trim().replace('\u{0}', "|");
        cell.replace("\\\\", "\\").replace("\\n", "\n")
    });
    Some(cells.collect())
}

fn scenario(text: &str) -> Scenario {
    let mut documents = Vec::new();
    let mut sentences = Vec::new();
    let mut lines = text.lines();
    let name = lines.next().unwrap_or_default().trim().to_owned();
    let mut before = String::new();
    while let Some(line) = lines.next() {
        if !line.trim_start().starts_with("\"\"\"") {
            before = line.trim().to_owned();
            sentences.push(before.clone());
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let inside = lines
            .by_ref()
            .take_while(|line| !line.trim_start().starts_with("\"\"\""));
        let text: String = inside
            .map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()))
            .collect();
        if before.ends_with("workflow with definition:") {
            documents.push(text);
        }
    }
    Scenario {
        name,
        documents,
        sentences,
    }
}

/// What only a host can find: whether steps, grants and secrets are there.
fn is_for_the_host(sentence: &str) -> bool {
    ["not granted", "is not deployed", "no plugin"]
        .iter()
        .any(|words| sentence.contains(words))
}

fn all_of(compiled: &Compiled) -> String {
    let all = compiled.diagnostics.iter().map(|found| {
        let help = found.help.clone().unwrap_or_default();
        format!("{} {} {help}\n", found.code, found.message)
    });
    all.collect::<String>().to_lowercase()
}

/// The words between quotes behind `mention` in a sentence about a finding.
fn wanted(scenario: &Scenario) -> impl Iterator<Item = String> {
    let sentences = scenario.sentences.iter();
    let sentences = sentences.filter(|sentence| sentence.contains("the diagnostic should mention"));
    sentences.filter_map(|sentence| {
        let (_, words) = sentence.split_once("mention ")?;
        Some(words.trim_matches(['\'', '"']).to_lowercase())
    })
}

#[test]
fn the_suite_is_accepted_and_refused_as_it_says() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for scenario in features(&folder()).iter().flat_map(|text| scenarios(text)) {
        let refused = scenario
            .sentences
            .iter()
            .any(|sentence| sentence.contains("should be refused"));
        let compiled: Vec<_> = scenario
            .documents
            .iter()
            .map(|document| compile_with(document, &Mirror))
            .collect();
        count += compiled.len();
        let failed: Vec<_> = compiled.iter().filter(|one| one.workflow.is_none()).collect();
        match (refused, failed.as_slice()) {
            (false, []) => {}
            (false, [first, ..]) => wrong.push(format!("{}: {:?}", scenario.name, errors(first))),
            (true, []) => {
                if !scenario.sentences.iter().any(|sentence| is_for_the_host(sentence)) {
                    println!("left to the host: {}", scenario.name);
                }
            }
            (true, [first, ..]) => {
                let found = all_of(first);
                wrong.extend(
                    wanted(&scenario)
                        .filter(|words| !found.contains(words.as_str()))
                        .map(|words| format!("{}: `{words}` is not in {found}", scenario.name)),
                );
            }
        }
    }
    assert!(count > 300, "{count} documents");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
