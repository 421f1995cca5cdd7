//! The chores of this repository, run as `cargo xtask <chore>`. Each chore is one module
//! with one public `run`; this file only finds it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a developer's tool: it talks on the terminal, works on the checkout's own files and measures its own steps"
)]

mod bench;
mod build;
mod cargo_tool;
mod chaos;
mod conformance;
mod demo;
mod exchange;
mod failure;
mod files;
mod fingerprint;
mod fuzz;
mod host;
mod http;
mod lint;
mod plugins;
mod process;
mod say;
mod test;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use failure::Failure;
use workspace::Workspace;

/// One chore: its name on the command line, a line of help, and what does it.
struct Chore {
    name: &'static str,
    help: &'static str,
    run: fn(&Workspace, &[String]) -> Result<(), Failure>,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "bench",
        help: "measure, as ratios within one run: `bench sandbox | durable`",
        run: bench::run,
    },
    Chore {
        name: "chaos",
        help: "kill a loaded host again and again, and check that nothing was lost or repeated: `chaos --kills N [--seed S] [--sabotage]`",
        run: chaos::run,
    },
    Chore {
        name: "conformance",
        help: "play the specification's kit and our scenarios on a real host (--extra DIR adds more)",
        run: conformance::run,
    },
    Chore {
        name: "build",
        help: "build the binary `segue` with the standard plugins in it (--release for one to keep)",
        run: build::run,
    },
    Chore {
        name: "demo",
        help: "run the order example in a host that is killed in the middle, and check what it did",
        run: demo::run,
    },
    Chore {
        name: "fuzz",
        help: "fuzz documents, expressions and events, a minute each: `fuzz [TARGET] [--seconds N]`",
        run: fuzz::run,
    },
    Chore {
        name: "test",
        help: "run every test: guests, host, conformance, sdk, plugins, python (or only those that are named)",
        run: test::run,
    },
    Chore {
        name: "lint",
        help: "check formatting, clippy, and licences and walls with cargo-deny",
        run: lint::run,
    },
    Chore {
        name: "plugins",
        help: "build every guest: plugins and test fixtures (--list shows them, --only NAME builds one)",
        run: plugins::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        usage();
        return ExitCode::from(2);
    };
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        eprintln!("xtask: there is no chore `{name}`");
        usage();
        return ExitCode::from(2);
    };
    match Workspace::of_this_checkout().and_then(|workspace| (chore.run)(&workspace, rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::failure(&failure);
            ExitCode::FAILURE
        }
    }
}

fn usage() {
    eprintln!("usage: cargo xtask <chore> [options]\n\nchores:");
    for chore in CHORES {
        eprintln!("  {:12} {}", chore.name, chore.help);
    }
}
