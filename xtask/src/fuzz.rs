//! `cargo xtask fuzz [TARGET] [--seconds N]`: what strangers send, mutated for as
//! long as there is time. Every target starts from documents of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo_tool::cargo_tool;
use crate::failure::{Doing, Failure};
use crate::workspace::Workspace;
use crate::{files, process, say};

/// The release of cargo-fuzz that builds the targets.
const CARGO_FUZZ: &str = "0.13.2";
/// The targets, as `tests/fuzz/Cargo.toml` has them.
const TARGETS: [&str; 3] = ["document", "expression", "event"];
/// A minute each: enough to meet again what was found before.
const SECONDS: u64 = 60;
/// The stack of a target: what a thread of the executor has, so that a recursion which would
/// end a host ends the target too.
const STACK_KIB: u64 = 2_048;
/// One input may take so long: far more than any takes that meets its limits.
const INPUT_SECONDS: u64 = 20;
/// Memory of a target. The limits of one input are below 100 MiB.
const MEMORY_MIB: u64 = 2_048;

/// What the command line asks for.
struct Wish {
    targets: Vec<&'static str>,
    seconds: u64,
}

/// Builds the targets, fills their corpora, and runs them one after the other.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let wish = wish(arguments)?;
    let build = workspace.root().join("target").join("fuzz");
    say::step("building the fuzz targets");
    process::run(
        Command::new(cargo_tool(
            workspace,
            "cargo-fuzz",
            CARGO_FUZZ,
            "builds the fuzz targets",
        )?)
        .current_dir(workspace.root().join("tests").join("fuzz"))
        // The passes of the fuzzer are not stable options of the compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", "build", "--fuzz-dir", ".", "--sanitizer", "none"])
        .arg("--target-dir")
        .arg(&build),
    )?;
    for target in wish.targets {
        let corpus = build.join("corpus").join(target);
        files::make_folder(&corpus)?;
        let seeds = seeds(workspace, target)?;
        for (name, seed) in &seeds {
            let path = corpus.join(name);
            fs::write(&path, seed).doing(|| format!("write {}", path.display()))?;
        }
        say::step(&format!(
            "fuzzing `{target}` for {} s, from {} seeds and what earlier runs found",
            wish.seconds,
            seeds.len()
        ));
        fuzz(workspace, &build, target, wish.seconds)?;
    }
    Ok(())
}

fn wish(arguments: &[String]) -> Result<Wish, Failure> {
    let mut wish = Wish {
        targets: Vec::new(),
        seconds: SECONDS,
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let seconds = rest.next().and_then(|text| text.parse().ok());
            wish.seconds = seconds.filter(|seconds| *seconds > 0).ok_or_else(|| {
                Failure::new("`--seconds` needs a number").mend("`--seconds 3600` is an hour")
            })?;
            continue;
        }
        let target = TARGETS.iter().find(|target| *target == argument);
        wish.targets.push(target.ok_or_else(|| {
            Failure::new(format!("there is no fuzz target `{argument}`"))
                .mend(format!("the targets are {}", TARGETS.join(", ")))
        })?);
    }
    if wish.targets.is_empty() {
        wish.targets.extend(TARGETS);
    }
    Ok(wish)
}

fn fuzz(workspace: &Workspace, build: &Path, target: &str, seconds: u64) -> Result<(), Failure> {
    let artifacts = build.join("artifacts").join(target);
    files::make_folder(&artifacts)?;
    let folder = workspace.root().join("tests").join("fuzz");
    let dictionary = folder.join("dictionaries").join(format!("{target}.dict"));
    let program = build
        .join(format!("{}-unknown-linux-gnu", std::env::consts::ARCH))
        .join("release")
        .join(target);
    // The stack of a program's first thread is set from outside.
    let limited = format!("ulimit -s {STACK_KIB} && exec \"$0\" \"$@\"");
    let outcome = process::run(
        Command::new("sh")
            .args(["-c", &limited])
            .arg(program)
            .arg(build.join("corpus").join(target))
            .arg(format!("-dict={}", dictionary.display()))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={INPUT_SECONDS}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
            .args(["-print_final_stats=1", "-verbosity=0"]),
    );
    outcome.map_err(|failure| {
        failure.mend(format!(
            "the input lies in {}; run the target with it as its only argument",
            artifacts.display()
        ))
    })
}

/// Where a target starts: its own seeds, and for documents everything in the repository that
/// looks like one.
fn seeds(workspace: &Workspace, target: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let root = workspace.root();
    let mut seeds = Vec::new();
    let own = root.join("tests").join("fuzz").join("seeds").join(target);
    if own.is_dir() {
        for path in files::entries(&own)? {
            seeds.push((format!("seed-{}", files::name(&path)), read(&path)?));
        }
    }
    if target != "document" {
        return Ok(seeds);
    }
    for folder in [
        "host/dsl/testdata",
        "host/dsl/testdata/graph",
        "host/dsl/testdata/profile",
        "examples/order",
    ] {
        for path in with_extension(&root.join(folder), &["yaml", "json"])? {
            seeds.push((files::name(&path), read(&path)?));
        }
    }
    for path in with_extension(&root.join("tests").join("conformance"), &["feature"])? {
        let text = String::from_utf8_lossy(&read(&path)?).into_owned();
        for (at, document) in documents(&text).into_iter().enumerate() {
            seeds.push((
                format!("{}-{at}", files::name(&path)),
                document.into_bytes(),
            ));
        }
    }
    Ok(seeds)
}

fn with_extension(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = files::entries(folder)?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|e| extensions.iter().any(|x| e == *x))
    });
    Ok(paths)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).doing(|| format!("read {}", path.display()))
}

/// The workflows of a feature: texts between `"""yaml` and `"""` that have a `document`.
fn documents(feature: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in feature.lines() {
        let is_mark = line.trim_start().starts_with("\"\"\"");
        match (&mut open, is_mark) {
            (None, true) => open = Some(String::new()),
            (Some(text), false) => {
                text.push_str(line.strip_prefix("    ").unwrap_or(line));
                text.push('\n');
            }
            (Some(_), true) => found.extend(open.take()),
            (None, false) => {}
        }
    }
    found.retain(|text| text.contains("document:"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflows_are_found_in_features() {
        let feature = "Scenario: a\n    \"\"\"yaml\n    document: {}\n    do: []\n    \"\"\"\n    \"\"\"yaml\n    x: 1\n    \"\"\"\n";
        assert_eq!(documents(feature), ["document: {}\ndo: []\n"]);
    }

    #[test]
    fn an_unknown_target_and_a_missing_number_are_told() {
        let ask = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            wish(&words)
        };
        assert!(ask(&["documents"]).is_err());
        assert!(ask(&["--seconds"]).is_err() && ask(&["--seconds", "0"]).is_err());
        let wish = ask(&["event", "--seconds", "5"]).unwrap();
        assert_eq!((wish.targets, wish.seconds), (vec!["event"], 5));
        assert_eq!(ask(&[]).unwrap().targets, TARGETS);
    }
}
