//! `cargo xtask test`: every test of the repository, with all that they need installed first.

use std::process::Command;
use std::time::Instant;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{conformance, plugins, process, say, toolchain};

/// One suite: its name, and what runs it.
struct Suite {
    name: &'static str,
    run: fn(&Workspace) -> Result<(), Failure>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "guests",
        run: guests,
    },
    Suite {
        name: "host",
        run: host,
    },
    Suite {
        name: "conformance",
        run: conformance,
    },
    Suite {
        name: "sdk",
        run: sdk,
    },
    Suite {
        name: "plugins",
        run: native_plugins,
    },
    Suite {
        name: "python",
        run: python,
    },
    Suite {
        name: "javascript",
        run: javascript,
    },
];

/// Runs all suites, or those that are named. The first failing suite ends it.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = arguments
        .iter()
        .find(|a| !SUITES.iter().any(|s| s.name == **a))
    {
        let names: Vec<_> = SUITES.iter().map(|s| s.name).collect();
        let mend = format!("the suites are {}", names.join(", "));
        return Err(Failure::new(format!("there is no suite `{unknown}`")).mend(mend));
    }
    let mut times = Vec::new();
    for suite in SUITES {
        if !arguments.is_empty() && !arguments.iter().any(|a| a == suite.name) {
            continue;
        }
        say::step(&format!("suite {}", suite.name));
        let start = Instant::now();
        (suite.run)(workspace)?;
        times.push((suite.name, start.elapsed()));
    }
    for (name, time) in times {
        say::detail(&format!("{name:11} {:4} s", time.as_secs()));
    }
    Ok(())
}

fn guests(workspace: &Workspace) -> Result<(), Failure> {
    plugins::run(workspace, &[])
}

fn host(workspace: &Workspace) -> Result<(), Failure> {
    // The binary contains some of the guests, and the tests load all of them.
    plugins::run(workspace, &[])?;
    process::run(cargo(workspace).args(["test", "--workspace"]))
}

/// The specification's kit and our scenarios, on the real binary.
fn conformance(workspace: &Workspace) -> Result<(), Failure> {
    conformance::run(workspace, &[])
}

/// The SDK and the first-party plugins are tested natively too: their logic is plain Rust.
fn sdk(workspace: &Workspace) -> Result<(), Failure> {
    native(workspace, "plugin-sdk/rust")
}

fn native_plugins(workspace: &Workspace) -> Result<(), Failure> {
    native(workspace, "plugins")
}

fn native(workspace: &Workspace, folder: &str) -> Result<(), Failure> {
    process::run(
        workspace
            .native_cargo(folder)
            .args(["test", "--workspace", "--all-features"]),
    )
}

fn python(workspace: &Workspace) -> Result<(), Failure> {
    let python = toolchain::python(workspace)?;
    for folder in ["plugins/pricing", "plugins/python", "examples/order"] {
        process::run(
            Command::new(python.interpreter())
                .current_dir(workspace.root().join(folder))
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .args(["-m", "unittest", "discover", "--pattern", "test_*.py"]),
        )?;
    }
    Ok(())
}

fn javascript(workspace: &Workspace) -> Result<(), Failure> {
    let folder = workspace.root().join("plugins").join("javascript");
    let node = toolchain::node(workspace, &folder)?;
    process::run(&mut node.test()?)
}

fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(workspace.root());
    command
}
