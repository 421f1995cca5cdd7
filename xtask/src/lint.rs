//! `cargo xtask lint`: formatting, clippy and cargo-deny, as `.ci/run` asks for them.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{process, say};

/// The release of cargo-deny that reads this `deny.toml`.
const CARGO_DENY: &str = "0.20.2";

/// The workspaces of this repository, by folder.
const WORKSPACES: &[&str] = &[
    ".",
    "plugin-sdk/rust",
    "plugins",
    "tests/fixtures/guests",
    "tests/fuzz",
];

/// Runs all three.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<(), Failure> {
    for folder in WORKSPACES {
        say::step(&format!("formatting of {folder}"));
        process::run(
            Command::new("cargo")
                .current_dir(workspace.root().join(folder))
                .args(["fmt", "--all", "--check"]),
        )?;
    }
    say::step("clippy");
    process::run(Command::new("cargo").current_dir(workspace.root()).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    say::step("cargo-deny: bans, licences, sources");
    let deny = cargo_deny(workspace)?;
    process::run(
        Command::new(deny)
            .current_dir(workspace.root())
            .args(["check", "bans", "licenses", "sources"]),
    )
}

/// The cargo-deny of this release in the shared cache, installed where it is missing.
fn cargo_deny(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace
        .cache()
        .join("tools")
        .join(format!("cargo-deny-{CARGO_DENY}"));
    let program = folder.join("bin").join("cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    say::step(&format!(
        "installing cargo-deny {CARGO_DENY}, because it checks licences and walls"
    ));
    process::run(
        Command::new("cargo")
            .env_remove("CARGO_TARGET_DIR")
            .args([
                "install",
                "cargo-deny",
                "--version",
                CARGO_DENY,
                "--locked",
                "--quiet",
            ])
            // Optimising it would take longer than every run of it together.
            .args(["--profile", "dev", "--root"])
            .arg(&folder),
    )?;
    Ok(program)
}
