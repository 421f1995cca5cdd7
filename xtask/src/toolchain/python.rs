//! componentize-py in a virtual environment below the cache folder: it makes components of
//! Python modules.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt;
use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{files, process, say};

/// The version that the guests are built with; part of their fingerprint.
pub(crate) const COMPONENTIZE_PY: &str = "0.25.1";

/// An installed componentize-py.
pub(crate) struct Python {
    interpreter: PathBuf,
}

/// Finds the virtual environment, or makes it.
pub(crate) fn python(workspace: &Workspace) -> Result<Python, Failure> {
    let folder = workspace
        .cache()
        .join("toolchain")
        .join(format!("componentize-py-{COMPONENTIZE_PY}"));
    let folder = files::folder_once(&folder, fill)?;
    Ok(Python {
        interpreter: interpreter(&folder),
    })
}

impl Python {
    /// The interpreter of that environment.
    pub(crate) fn interpreter(&self) -> &Path {
        &self.interpreter
    }

    /// `componentize-py`, to be completed with its arguments.
    pub(crate) fn componentize(&self) -> Command {
        let mut command = Command::new(&self.interpreter);
        // Not the script of that name: it holds the path at which the environment was made.
        command.args([
            "-c",
            "import sys, componentize_py; sys.exit(componentize_py.script())",
        ]);
        // Otherwise the packages of that environment are taken into the component.
        command
            .env_remove("VIRTUAL_ENV")
            .env_remove("PYTHONPATH")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

fn fill(folder: &Path) -> Result<(), Failure> {
    say::step(&format!(
        "installing componentize-py {COMPONENTIZE_PY} under the cache folder, because one guest is Python"
    ));
    if !process::exists("python3") {
        apt::install("python3", "componentize-py is a Python program")?;
    }
    let environment = || {
        process::run_quietly(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(folder),
        )
    };
    if environment().is_err() {
        apt::install(
            "python3-venv",
            "componentize-py goes into a virtual environment",
        )?;
        environment()?;
    }
    let mut pip = Command::new(interpreter(folder));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    process::run_quietly(pip.arg(format!("componentize-py=={COMPONENTIZE_PY}")))
}

fn interpreter(folder: &Path) -> PathBuf {
    folder.join("bin").join("python3")
}
