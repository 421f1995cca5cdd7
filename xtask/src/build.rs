//! `cargo xtask build`: the binary `segue` with the standard plugins in it.

use std::process::Command;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{plugins, process, say};

/// Builds the plugins first: the binary takes those that it finds.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let profile = match arguments {
        [] => "debug",
        [release] if release == "--release" => "release",
        _ => return Err(Failure::new("`build` takes --release, or nothing")),
    };
    plugins::build_standard(workspace)?;
    say::step("building the host");
    // As much of the workspace as its tests are built with: then both have the same features
    // of their dependencies, and nothing is built twice.
    let mut command = Command::new("cargo");
    command
        .current_dir(workspace.root())
        .args(["build", "--workspace", "--bins", "--examples"])
        .args(arguments);
    process::run(&mut command)?;
    say::detail(&format!("target/{profile}/segue"));
    Ok(())
}
