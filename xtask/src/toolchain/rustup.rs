//! The active toolchain: whether it has a WebAssembly target, and asking rustup for one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{UNKNOWN, WASIP2};
use crate::failure::{Doing, Failure};
use crate::{files, process, say};

/// Long enough for a slow line to fetch 25 MB, short where the server cannot be reached:
/// Debian's packages come next.
const PATIENCE: Duration = Duration::from_secs(90);
/// When nothing comes next.
const LONG_PATIENCE: Duration = Duration::from_secs(900);

/// The target for which the active toolchain has a standard library, if any.
pub(super) fn present_target() -> Option<&'static str> {
    [UNKNOWN, WASIP2].into_iter().find(|target| has_std(target))
}

/// Whether rustup added the target.
pub(super) fn add_target(is_last_resort: bool) -> bool {
    if !process::exists("rustup") {
        return false;
    }
    say::step(&format!(
        "adding {WASIP2} with rustup, because guests are WebAssembly components"
    ));
    let patience = if is_last_resort {
        LONG_PATIENCE
    } else {
        PATIENCE
    };
    let added = process::succeeds_within(
        Command::new("rustup").args(["target", "add", WASIP2]),
        patience,
    );
    added && has_std(WASIP2)
}

/// Where the active toolchain keeps its linkers.
pub(super) fn tools_folder() -> Result<PathBuf, Failure> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim())
        .join("lib")
        .join("rustlib")
        .join(host()?)
        .join("bin"))
}

/// The triple of this machine.
fn host() -> Result<String, Failure> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .ok_or("no line `host:`")
        .doing(|| "read the host from `rustc -vV`".into())
}

fn has_std(target: &str) -> bool {
    let printed = process::output(Command::new("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        target,
    ]));
    let Ok(folder) = printed else { return false };
    files::entries(Path::new(folder.trim())).is_ok_and(|entries| {
        entries
            .iter()
            .any(|path| files::name(path).starts_with("libstd-"))
    })
}
