//! The conformance kit of the Open Workflow Specification, and our own scenarios in its words,
//! over the real front end and the real engine. Time is virtual; steps are not called.

mod scenario;
mod world;

use std::path::{Path, PathBuf};

use scenario::{Verdict, play};

/// Scenarios of the kit that need what this host refuses so far; each is refused with a
/// diagnostic, and none is skipped. The list is exact: one that begins to pass fails here.
const REFUSED: &[&str] = &[
    "Fork Task With Competing Concurrent Sub Tasks",
    "Call HTTP With Content Output",
    "Call HTTP With Response Output",
    "Call HTTP Using Basic Authentication",
    "Call OpenAPI With Content Output",
    "Call OpenAPI With Response Output",
    "Output Filtering",
    "Use Non-object Output",
    "Emit Task",
    "Try Handle Caught Error",
    "Try Raise Uncaught Error",
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn features(folder: &Path) -> Vec<gherkin::Feature> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "feature"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            gherkin::Feature::parse_path(path, gherkin::GherkinEnv::default())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
        .collect()
}

/// Plays every scenario; gives the names of those that were refused at deploy, and the failures.
fn play_all(folder: &Path) -> (usize, Vec<String>, Vec<String>) {
    let (mut played, mut refused, mut failed) = (0, Vec::new(), Vec::new());
    for feature in features(folder) {
        for scenario in &feature.scenarios {
            played += 1;
            match play(scenario) {
                Verdict::Passed => {}
                Verdict::Refused => refused.push(scenario.name.clone()),
                Verdict::Failed(why) => failed.push(format!("{}: {why}", scenario.name)),
            }
        }
    }
    (played, refused, failed)
}

#[test]
fn the_kit_passes_as_far_as_the_language_goes() {
    let named = std::env::var_os("SEGUE_OWS").map(PathBuf::from);
    let folder = named
        .unwrap_or_else(|| workspace().join("../shared/ows"))
        .join("ctk");
    if !folder.is_dir() {
        println!("no conformance kit at {}: set SEGUE_OWS", folder.display());
        return;
    }
    let (played, refused, failed) = play_all(&folder);
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(refused, REFUSED, "scenarios refused at deploy");
    assert_eq!(played, 21, "scenarios in the kit");
}

#[test]
fn our_own_scenarios_pass() {
    let (played, refused, failed) = play_all(&workspace().join("tests/conformance"));
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(
        refused.is_empty(),
        "refused without saying so: {refused:#?}"
    );
    assert!(played >= 40, "only {played} scenarios found");
}
