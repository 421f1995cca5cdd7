//! The compile worker: the main function of the child process.

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use segue_model::limits::COMPONENT_BYTES_MAX;

use crate::engine::{Layout, compiling_engine};

/// The first word of what the host sends, before the layout's name and the component.
pub(crate) const HEADER: &str = "segue-compile-1";
/// The longest first line.
const HEADER_BYTES_MAX: u64 = 64;
/// The exit code for a component that does not compile.
pub(crate) const EXIT_INVALID: u8 = 3;
/// The exit code for anything else.
const EXIT_FAILED: u8 = 4;

/// Address space of the worker: Python needs about 1 GiB to compile.
pub(crate) const MEMORY_BYTES: u64 = 4 << 30;
/// Processor time of the worker over all its threads: Python needs about 20 s.
pub(crate) const CPU_SECONDS: u64 = 180;

/// Reads a component from stdin, compiles it and writes the machine code to stdout, within
/// limits of memory and processor time that it sets itself first. The host's hidden
/// subcommand calls this and nothing else.
pub fn compile_worker() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, why)) => {
            // Nobody is left to tell if this fails.
            let _ = io::stderr().write_all(why.as_bytes());
            ExitCode::from(code)
        }
    }
}

type Failure = (u8, String);

fn work() -> Result<(), Failure> {
    let failed =
        |what: &str, error: &dyn std::fmt::Display| (EXIT_FAILED, format!("{what}: {error}"));
    limit_self().map_err(|e| failed("cannot limit myself", &e))?;
    let (layout, component) = read_request()?;
    let engine = compiling_engine(layout).map_err(|e| failed("no engine", &e))?;
    let artifact = engine
        .precompile_component(&component)
        .map_err(|e| (EXIT_INVALID, format!("{e:#}")))?;
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(&artifact)
        .and_then(|()| stdout.flush())
        .map_err(|e| failed("cannot answer", &e))
}

fn limit_self() -> rustix::io::Result<()> {
    lower(Resource::As, MEMORY_BYTES)?;
    lower(Resource::Cpu, CPU_SECONDS)?;
    // It only talks to its pipes: no files, no core dumps of what tenants sent.
    lower(Resource::Fsize, 0)?;
    lower(Resource::Core, 0)
}

/// Sets a limit, unless a lower one is set already.
fn lower(resource: Resource, limit: u64) -> rustix::io::Result<()> {
    let limit = getrlimit(resource).maximum.unwrap_or(limit).min(limit);
    let hard = Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    setrlimit(resource, hard)
}

fn read_request() -> Result<(Layout, Vec<u8>), Failure> {
    let malformed = || {
        (
            EXIT_FAILED,
            format!("expected `{HEADER} <layout>` and a component on stdin"),
        )
    };
    let mut stdin = io::stdin().lock();
    let mut header = String::new();
    (&mut stdin)
        .take(HEADER_BYTES_MAX)
        .read_line(&mut header)
        .map_err(|_| malformed())?;
    let layout = header
        .strip_prefix(HEADER)
        .and_then(|rest| Layout::parse(rest.trim()))
        .ok_or_else(malformed)?;
    let mut component = Vec::new();
    stdin
        .take(COMPONENT_BYTES_MAX as u64)
        .read_to_end(&mut component)
        .map_err(|_| malformed())?;
    Ok((layout, component))
}
