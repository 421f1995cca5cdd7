//! The table of rulings (docs/language/semantics.md) stays true: every row has scenarios, every
//! scenario exists, and no row of the source is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Fewer scenarios than this are a loss.
const SCENARIOS_MIN: usize = 250;

/// A row of the table.
struct Row {
    point: String,
    ruling: String,
    scenarios: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all scenarios; an outline counts once.
fn scenarios(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            names.extend(scenarios(&path));
        } else if path.extension().is_some_and(|e| e == "feature") {
            let text = read(&path);
            let named = text.lines().filter_map(|line| {
                let line = line.trim_start();
                let name = line.strip_prefix("Scenario:");
                name.or_else(|| line.strip_prefix("Scenario Outline:"))
            });
            names.extend(named.map(|name| name.trim().to_owned()));
        }
    }
    names
}

/// The rows of the tables between two headings.
fn rows(text: &str, from: &str, to: Option<&str>) -> Vec<Vec<String>> {
    let part = text.split(from).nth(1).unwrap_or_default();
    let part = to.map_or(part, |to| part.split(to).next().unwrap_or_default());
    let cells = |line: &str| {
        let inner = line.trim().trim_start_matches("| ").trim_end_matches(" |");
        inner
            .split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let lines = part.lines().filter(|line| line.starts_with("| "));
    lines.skip(1).map(cells).collect()
}

fn table(from: &str, to: Option<&str>) -> Vec<Row> {
    let text = read(&root().join("docs/language/semantics.md"));
    let row = |cells: Vec<String>| {
        let [point, ruling, scenarios] = cells.as_slice() else {
            panic!("a row has three cells: {cells:?}");
        };
        let names = scenarios
            .split(" · ")
            .map(|name| name.trim_matches('`').to_owned());
        Row {
            point: point.clone(),
            ruling: ruling.clone(),
            scenarios: names.filter(|name| !name.is_empty()).collect(),
        }
    };
    rows(&text, from, to).into_iter().map(row).collect()
}

fn parts() -> [Vec<Row>; 2] {
    let part = "\n## Part 4\n";
    [table("\n## Part 3\n", Some(part)), table(part, None)]
}

#[test]
fn every_ruling_has_scenarios_and_every_scenario_exists() {
    let known: BTreeSet<String> = scenarios(&root().join("tests/conformance"))
        .into_iter()
        .collect();
    let mut wrong = Vec::new();
    for row in parts().into_iter().flatten() {
        if row.ruling.is_empty() || row.scenarios.is_empty() {
            wrong.push(format!("`{}` has no ruling or no scenario", row.point));
        }
        let missing = row.scenarios.iter().filter(|name| !known.contains(*name));
        wrong.extend(missing.map(|name| format!("`{}`: there is no `{name}`", row.point)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_point_of_the_source_has_its_row() {
    let named = std::env::var_os("SEGUE_OWS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root().join("../shared/ows"));
    let source = folder.join("semantics.md");
    if !source.is_file() {
        println!(
            "no source of rulings at {}: set SEGUE_OWS",
            source.display()
        );
        return;
    }
    let text = read(&source);
    let part = |from: &str, to: Option<&str>| -> Vec<String> {
        let rows = rows(&text, from, to).into_iter();
        rows.map(|cells| plain(&cells[0])).collect()
    };
    let expected = [
        part("\n## Part 3.", Some("\n## Part 4.")),
        part("\n## Part 4.", None),
    ];
    let found = parts().map(|rows| rows.iter().map(|row| plain(&row.point)).collect::<Vec<_>>());
    assert_eq!(found, expected);
    assert!(expected.iter().all(|rows| rows.len() > 20), "{expected:?}");
}

/// A point without its marks and spaces.
fn plain(point: &str) -> String {
    let kept = point
        .chars()
        .filter(|c| c.is_alphanumeric() || "$.{}=:@".contains(*c));
    kept.collect::<String>().to_lowercase()
}

#[test]
fn there_are_many_scenarios_and_each_has_a_name_of_its_own() {
    let mut names = scenarios(&root().join("tests/conformance"));
    let count = names.len();
    assert!(count >= SCENARIOS_MIN, "only {count} scenarios");
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
