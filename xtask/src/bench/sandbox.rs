//! `cargo xtask bench sandbox`: our invocation path beside the bare engine, in one run.

use std::process::Command;

use crate::failure::{Doing, Failure};
use crate::workspace::Workspace;
use crate::{build, plugins, process};

/// The whole path of `Runtime::invoke` against bare wasmtime with the same component, settings
/// and limits.
pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = arguments.first() {
        return Err(Failure::new(format!(
            "`bench sandbox` knows no `{unknown}`"
        )));
    }
    plugins::run(workspace, &[])?;
    build::run(workspace, &["--release".to_owned()])?;
    process::run(&mut command(workspace))
}

fn command(workspace: &Workspace) -> Command {
    let mut command = Command::new(workspace.release("examples/sandbox"));
    command.arg(workspace.guest("counter"));
    command
}

/// What a bare sandbox and call cost in this run, as the benchmark prints it.
pub(super) fn bare(workspace: &Workspace) -> Result<String, Failure> {
    let output = command(workspace)
        .output()
        .doing(|| "run the benchmark of the sandbox".to_owned())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.starts_with("bare"));
    line.map(str::to_owned)
        .ok_or_else(|| Failure::new("the benchmark of the sandbox printed no figure"))
}
