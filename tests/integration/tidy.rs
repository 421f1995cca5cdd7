//! The rules of the house that no compiler checks: file shape, walls between crates, rooms
//! for banned calls, and documentation that stays true.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use segue_model::problem::Kind;

/// Lines of a file before its tests. A file that outgrows this has outgrown its name.
const FILE_LINES_MAX: usize = 500;
/// Lines of a file that is nothing but tests: tables of cases may run longer.
const TEST_LINES_MAX: usize = 800;

/// Which of our crates each crate may depend on (design: "who may depend on whom").
const WALLS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("expr", &["model"]),
    ("dsl", &["expr", "model"]),
    ("engine", &["expr", "model"]),
    ("store", &["model"]),
    ("store-sqlite", &["store", "model"]),
    ("runtime", &["model"]),
    ("vault", &["store", "model"]),
    ("bundle", &["model"]),
    ("executor", &["engine", "store", "dsl", "bundle", "model"]),
    (
        "api",
        &["executor", "bundle", "dsl", "engine", "store", "model"],
    ),
    (
        "cli",
        &[
            "model",
            "dsl",
            "bundle",
            "executor",
            "engine",
            "api",
            "store",
            "store-sqlite",
            "runtime",
            "vault",
        ],
    ),
];

/// Where a banned call may be allowed by an attribute, and why.
const ROOMS: &[(&str, &str)] = &[
    ("host/store/src/clock", "the system clock that stores read"),
    ("host/store-sqlite/src/", "SQLite itself opens paths"),
    ("host/executor/src/", "the task set and the sleeper"),
    (
        "host/runtime/src/",
        "the meter, the guests' real clocks, connections and the compiler child",
    ),
    ("host/api/src/", "one task per connection"),
    (
        "host/cli/src/",
        "files that the user names, and the terminal",
    ),
    ("host/cli/build.rs", "reads what another chore has built"),
    ("xtask/", "a developer's tool"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the checkout")
}

fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != ".git" && name != "node_modules" {
            walk(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

/// Every file of that extension, with its text, by its path from the root.
fn files(extension: &str) -> BTreeMap<String, String> {
    let root = root();
    let mut paths = Vec::new();
    walk(&root, extension, &mut paths);
    let relative = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
    paths
        .iter()
        .map(|p| (relative(p), std::fs::read_to_string(p).unwrap_or_default()))
        .collect()
}

fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap_or(text)
}

/// Tests and benchmarks own their machine.
fn is_test(path: &str) -> bool {
    let is = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    is("tests/") || is("examples/")
}

fn none(what: &str, offenders: &[String]) {
    assert!(
        offenders.is_empty(),
        "{what}:\n  {}",
        offenders.join("\n  ")
    );
}

#[test]
fn every_source_file_says_what_it_is_and_stays_small() {
    let (mut headless, mut long) = (Vec::new(), Vec::new());
    for (path, text) in files("rs") {
        if !text.starts_with("//!") {
            headless.push(path.clone());
        }
        let lines = without_tests(&text).lines().count();
        let most = if is_test(&path) {
            TEST_LINES_MAX
        } else {
            FILE_LINES_MAX
        };
        if lines > most {
            long.push(format!("{path}: {lines} lines"));
        }
    }
    none("files without a `//!` header", &headless);
    none("files that have outgrown their name", &long);
}

#[test]
fn nothing_is_left_open() {
    // Split, so that this file does not find itself.
    let marks = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("should_", "panic"),
        concat!("FIX", "ME"),
    ];
    let open: Vec<String> = files("rs")
        .iter()
        .flat_map(|(path, text)| {
            let marked = move |(_, line): &(usize, &str)| marks.iter().any(|m| line.contains(m));
            let lines = text.lines().enumerate().filter(marked);
            lines.map(move |(n, _)| format!("{path}:{}", n + 1))
        })
        .collect();
    none("unfinished or switched-off code", &open);
}

#[test]
fn crates_depend_only_on_the_rooms_below_them() {
    let mut breaches = Vec::new();
    for (name, allowed) in WALLS {
        let manifest = std::fs::read_to_string(root().join("host").join(name).join("Cargo.toml"))
            .unwrap_or_else(|_| panic!("host/{name} is missing"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or("");
        let dependencies = dependencies.split("\n[").next().unwrap_or("");
        for line in dependencies.lines() {
            let Some(crate_name) = line.strip_prefix("segue-") else {
                continue;
            };
            let other = crate_name.split(['.', ' ', '=']).next().unwrap_or("");
            if !allowed.contains(&other) {
                breaches.push(format!("{name} -> {other}"));
            }
        }
    }
    none("walls that were broken", &breaches);
    let folders = std::fs::read_dir(root().join("host"))
        .unwrap()
        .flatten()
        .count();
    assert_eq!(
        folders,
        WALLS.len(),
        "every folder of host/ has its line in WALLS"
    );
}

#[test]
fn banned_calls_are_allowed_only_in_their_rooms() {
    let mark = concat!("clippy::disallowed_", "methods");
    let outside: Vec<String> = files("rs")
        .into_iter()
        .filter(|(path, text)| {
            let in_room = ROOMS.iter().any(|(room, _)| path.starts_with(room));
            text.contains(mark) && !in_room && !is_test(path)
        })
        .map(|(path, _)| path)
        .collect();
    none("banned calls outside their rooms", &outside);
}

#[test]
fn unsafe_code_stands_only_where_components_are_mapped() {
    let mark = concat!("unsafe", " {");
    let found: Vec<String> = files("rs")
        .into_iter()
        .filter(|(p, t)| p.starts_with("host/") && t.contains(mark))
        .map(|(p, _)| p)
        .collect();
    assert!(found.len() <= 1, "unsafe code in {found:?}");
    assert!(
        found.iter().all(|path| path.starts_with("host/runtime/")),
        "{found:?}"
    );
}

#[test]
fn every_problem_has_its_page() {
    let missing: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("docs/errors/{}.md", kind.slug()))
        .filter(|page| !root().join(page).is_file())
        .collect();
    none("problem types without a page", &missing);
}

#[test]
fn documents_name_only_paths_that_exist() {
    let mut dead = Vec::new();
    for (path, text) in files("md") {
        let folder = root()
            .join(&path)
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links {
            let target = link.split('#').next().unwrap_or("");
            if !target.is_empty() && !target.contains("://") && !folder.join(target).exists() {
                dead.push(format!("{path} -> {link}"));
            }
        }
    }
    none("links that lead nowhere", &dead);
}

#[test]
fn the_readme_names_the_two_commands() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap_or_default();
    for command in ["cargo xtask demo", "cargo xtask test"] {
        assert!(
            readme.contains(command),
            "README.md does not name `{command}`"
        );
    }
}
