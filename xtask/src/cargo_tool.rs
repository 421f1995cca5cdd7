//! Programs of the cargo registry that chores need, each release in a folder of its own.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{process, say};

/// The program `name` of release `version` in the shared cache, installed where it is missing;
/// `because` says what for.
pub(crate) fn cargo_tool(
    workspace: &Workspace,
    name: &str,
    version: &str,
    because: &str,
) -> Result<PathBuf, Failure> {
    let folder = workspace
        .cache()
        .join("tools")
        .join(format!("{name}-{version}"));
    let program = folder.join("bin").join(name);
    if program.is_file() {
        return Ok(program);
    }
    say::step(&format!(
        "installing {name} {version}, because it {because}"
    ));
    process::run(
        Command::new("cargo")
            .env_remove("CARGO_TARGET_DIR")
            .args(["install", name, "--version", version, "--locked", "--quiet"])
            // Optimising it would take longer than every run of it together.
            .args(["--profile", "dev", "--root"])
            .arg(&folder),
    )?;
    Ok(program)
}
