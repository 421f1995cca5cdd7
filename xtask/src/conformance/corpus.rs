//! The scenarios: read from `.feature` files, with backgrounds and outlines written out.

use std::path::{Path, PathBuf};

use gherkin::{Background, Examples, Feature, GherkinEnv};

use super::sentence::Sentence;
use crate::failure::{Doing, Failure};
use crate::files;

/// Where a scenario comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The conformance kit of the specification.
    Kit,
    /// Our own suite, or a folder that was named.
    Own,
}

/// A scenario, ready to be played.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) origin: Origin,
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) name: String,
    /// It needs a host that does nothing else meanwhile.
    pub(super) alone: bool,
    pub(super) steps: Vec<Step>,
}

/// One sentence.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) text: String,
    /// What it says, or why it says nothing.
    pub(super) sentence: Result<Sentence, String>,
}

/// Every scenario of the `.feature` files under a folder, in the order of their names.
pub(super) fn read(folder: &Path, origin: Origin) -> Result<Vec<Scenario>, Failure> {
    let mut scenarios = Vec::new();
    for path in files::entries(folder)? {
        if path.is_dir() {
            scenarios.extend(read(&path, origin)?);
        } else if path.extension().is_some_and(|e| e == "feature") {
            scenarios.extend(feature(&path, origin)?);
        }
    }
    Ok(scenarios)
}

fn feature(path: &Path, origin: Origin) -> Result<Vec<Scenario>, Failure> {
    let feature = Feature::parse_path(path, GherkinEnv::default())
        .doing(|| format!("read {}", path.display()))?;
    let nowhere = Vec::new();
    let mut scenarios = Vec::new();
    let mut take = |list: &[gherkin::Scenario], before: &[&Option<Background>], tags: &[String]| {
        for scenario in list {
            for row in rows(&scenario.examples) {
                scenarios.push(written_out(path, origin, scenario, before, tags, &row));
            }
        }
    };
    take(&feature.scenarios, &[&feature.background], &feature.tags);
    for rule in &feature.rules {
        let before = [&feature.background, &rule.background];
        take(&rule.scenarios, &before, &nowhere);
    }
    Ok(scenarios)
}

fn written_out(
    path: &Path,
    origin: Origin,
    scenario: &gherkin::Scenario,
    before: &[&Option<Background>],
    tags: &[String],
    row: &[(String, String)],
) -> Scenario {
    let background = before.iter().copied().flatten().flat_map(|b| &b.steps);
    let steps: Vec<Step> = background
        .chain(&scenario.steps)
        .map(|found| step(found, row))
        .collect();
    let kills = steps
        .iter()
        .any(|step| matches!(step.sentence, Ok(Sentence::KillHost)));
    let tagged = scenario.tags.iter().chain(tags).any(|tag| tag == "alone");
    Scenario {
        origin,
        file: path.to_owned(),
        line: scenario.position.line,
        name: filled(&scenario.name, row),
        alone: kills || tagged,
        steps,
    }
}

fn step(step: &gherkin::Step, row: &[(String, String)]) -> Step {
    let text = filled(step.value.trim(), row);
    let doc = step.docstring().map(|doc| filled(&plain(doc), row));
    Step {
        line: step.position.line,
        sentence: Sentence::read(&text, doc.as_deref()),
        text,
    }
}

/// The rows of an outline, as names and values; one empty row for a scenario that is none.
fn rows(examples: &[Examples]) -> Vec<Vec<(String, String)>> {
    let mut all = Vec::new();
    for table in examples.iter().filter_map(|e| e.table.as_ref()) {
        let Some((names, values)) = table.rows.split_first() else {
            continue;
        };
        let row =
            |values: &Vec<String>| names.iter().cloned().zip(values.iter().cloned()).collect();
        all.extend(values.iter().map(row));
    }
    if all.is_empty() {
        vec![Vec::new()]
    } else {
        all
    }
}

fn filled(text: &str, row: &[(String, String)]) -> String {
    row.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("<{name}>"), value)
    })
}

/// A doc string without the name of its format and without its common margin.
fn plain(doc: &str) -> String {
    let doc = doc.trim_start_matches('\n');
    let (first, rest) = doc.split_once('\n').unwrap_or((doc, ""));
    let body = match first.trim() {
        "" | "yaml" | "json" | "yml" => rest,
        _ => doc,
    };
    let margin = body
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let lines = body.lines().map(|line| line.get(margin..).unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doc_string_loses_its_format_and_its_margin() {
        assert_eq!(plain("yaml\n    a:\n      b: 1\n    "), "a:\n  b: 1\n");
        assert_eq!(plain("a: 1"), "a: 1");
    }

    #[test]
    fn outlines_are_written_out() {
        let folder = tempfile::tempdir().unwrap();
        let text = "Feature: F\n  Scenario Outline: Adding <a>\n    Given the workflow input is:\n    \"\"\"yaml\n    n: <a>\n    \"\"\"\n    Examples:\n      | a |\n      | 1 |\n      | 2 |\n";
        std::fs::write(folder.path().join("f.feature"), text).unwrap();
        let scenarios = read(folder.path(), Origin::Own).unwrap();
        let names: Vec<_> = scenarios.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["Adding 1", "Adding 2"]);
        let last = &scenarios.last().unwrap().steps.first().unwrap().sentence;
        assert!(
            matches!(last, Ok(Sentence::Input(value)) if value["n"] == 2),
            "{last:?}"
        );
    }
}
