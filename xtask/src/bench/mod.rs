//! `cargo xtask bench …`: figures that can be compared with a reference of the same run, and
//! with nothing else.

mod durable;
mod report;
mod sandbox;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// Runs the benchmark that is named.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let (name, rest) = arguments
        .split_first()
        .ok_or_else(|| Failure::new("name the benchmark").mend(BENCHES))?;
    match name.as_str() {
        "sandbox" => sandbox::run(workspace, rest),
        "durable" => durable::run(workspace, rest),
        _ => Err(Failure::new(format!("there is no benchmark `{name}`")).mend(BENCHES)),
    }
}

const BENCHES: &str = "`cargo xtask bench sandbox`, or `bench durable [--json] [--quick]`";
