//! `cargo xtask lint`: formatting, clippy and cargo-deny, as `.ci/run` asks for them.

use std::process::Command;

use crate::cargo_tool::cargo_tool;
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

const CLIPPY: [&str; 6] = [
    "clippy",
    "--workspace",
    "--all-targets",
    "--",
    "-D",
    "warnings",
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
    process::run(
        Command::new("cargo")
            .current_dir(workspace.root())
            .args(CLIPPY),
    )?;
    for folder in ["plugin-sdk/rust", "plugins"] {
        say::step(&format!("clippy of {folder}"));
        process::run(workspace.native_cargo(folder).args(CLIPPY))?;
    }
    say::step("cargo-deny: bans, licences, sources");
    let deny = cargo_tool(
        workspace,
        "cargo-deny",
        CARGO_DENY,
        "checks licences and walls",
    )?;
    process::run(
        Command::new(deny)
            .current_dir(workspace.root())
            .args(["check", "bans", "licenses", "sources"]),
    )
}
