//! `cargo xtask bench sandbox`: our invocation path beside the bare engine, in one run.

use std::process::Command;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{plugins, process, say};

/// Runs the benchmark that is named.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [name] if name == "sandbox" => sandbox(workspace),
        _ => Err(Failure::new("name the benchmark").mend("`cargo xtask bench sandbox`")),
    }
}

/// The whole path of `Runtime::invoke` against bare wasmtime with the same component, settings
/// and limits. The figures of one run are comparable with each other, and with nothing else.
fn sandbox(workspace: &Workspace) -> Result<(), Failure> {
    plugins::run(workspace, &["--only".to_owned(), "counter".to_owned()])?;
    say::step("building the benchmark with optimisation");
    process::run(
        Command::new("cargo")
            .current_dir(workspace.root())
            .args([
                "run",
                "--quiet",
                "--release",
                "--package",
                "segue-runtime",
                "--example",
                "sandbox",
                "--",
            ])
            .arg(workspace.guest("counter")),
    )
}
