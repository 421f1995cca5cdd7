//! The binary `segue`: raw arguments -> configuration -> wiring.
//!
//! `args` holds what was typed, `config` what it means, `wiring` the concrete parts; a command
//! uses them, and `show` prints what it found. Exit codes: see `error::Exit`.

mod args;
mod builtin;
mod client;
mod commands;
mod config;
mod error;
mod files;
mod record;
mod show;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::args::Cli;
use crate::config::Settings;
use crate::error::{CliError, Exit};

/// Runs are many small allocations on one thread that end on another: measured, this one takes
/// a fifth less of the whole than the system's (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // First of all: a compile worker limits itself before it does anything else.
    if let Some(code) = wiring::worker() {
        return code;
    }
    let cli = Cli::parse();
    let settings = match Settings::new(&cli.global) {
        Ok(settings) => settings,
        Err(error) => return fail(&error, cli.global.output == args::Output::Json, false),
    };
    log(&settings);
    match commands::dispatch(cli, &settings) {
        Ok(exit) => code(exit),
        Err(error) => fail(&error, settings.json, settings.progress.color),
    }
}

/// Logs go to stderr: warnings and worse, unless `SEGUE_LOG` says otherwise.
fn log(settings: &Settings) {
    let filter = EnvFilter::try_from_env("SEGUE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // It fails only where something else has set a logger, and then that one logs.
    let _ = match settings.json {
        true => builder.json().try_init(),
        false => builder.try_init(),
    };
}

fn fail(error: &CliError, json: bool, color: bool) -> ExitCode {
    show::print_error(error, json, color);
    code(error.exit())
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
