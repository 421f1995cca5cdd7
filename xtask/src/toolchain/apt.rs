//! Debian's packages: asked about, downloaded, unpacked, and (as root only) installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Doing, Failure};
use crate::{files, process, say};

/// The version of a package that apt would take; the lists are fetched if it knows none.
pub(super) fn candidate(package: &str) -> Result<String, Failure> {
    if !process::exists("apt-cache") {
        return Err(Failure::new(
            "this machine has no apt, and the active Rust has no WebAssembly target",
        )
        .mend("run `rustup target add wasm32-wasip2`"));
    }
    if let Some(version) = known_candidate(package)? {
        return Ok(version);
    }
    update()?;
    known_candidate(package)?.ok_or_else(|| {
        Failure::new(format!("apt knows no package {package}"))
            .mend("run `rustup target add wasm32-wasip2`, or use Debian 12 or newer with its security archive")
    })
}

/// The direct dependencies of a package, by name.
pub(super) fn dependencies(package: &str) -> Result<Vec<String>, Failure> {
    let listed = process::output(Command::new("apt-cache").args(["depends", package]))?;
    Ok(dependency_names(&listed))
}

/// Every package below `package` that it cannot run without.
pub(super) fn closure(package: &str) -> Result<Vec<String>, Failure> {
    let mut command = Command::new("apt-cache");
    command.args([
        "depends",
        "--recurse",
        "--no-recommends",
        "--no-suggests",
        "--no-conflicts",
    ]);
    command.args(["--no-breaks", "--no-replaces", "--no-enhances", package]);
    let listed = process::output(&mut command)?;
    let mut names: Vec<String> = listed
        .lines()
        .filter(|line| !line.starts_with([' ', '<', '|']) && !line.is_empty())
        .map(str::to_owned)
        .collect();
    names.dedup();
    Ok(names)
}

/// Downloads packages (`name` or `name=version`) into a folder and returns the files.
pub(super) fn download(packages: &[String], into: &Path) -> Result<Vec<PathBuf>, Failure> {
    files::make_folder(into)?;
    let fetch = || {
        process::run_quietly(
            Command::new("apt-get")
                .arg("download")
                .args(packages)
                .current_dir(into),
        )
    };
    if fetch().is_err() {
        // The archive drops superseded versions: old lists name files that are gone.
        update()?;
        fetch()?;
    }
    files::entries(into)
}

/// Unpacks a package below `prefix`, without installing it.
pub(super) fn unpack(package: &Path, prefix: &Path) -> Result<(), Failure> {
    process::run_quietly(Command::new("dpkg").arg("-x").arg(package).arg(prefix))
}

/// Unpacks only what matches the patterns of `tar --wildcards`.
pub(super) fn unpack_some(package: &Path, prefix: &Path, patterns: &[&str]) -> Result<(), Failure> {
    let unpacking = || format!("unpack {}", package.display());
    let mut reader = Command::new("dpkg")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()
        .doing(unpacking)?;
    let stream = reader
        .stdout
        .take()
        .ok_or("no output to read from")
        .doing(unpacking)?;
    let status = Command::new("tar")
        .args(["-x", "--wildcards", "-C"])
        .arg(prefix)
        .args(patterns)
        .stdin(stream)
        .status()
        .doing(unpacking)?;
    let read = reader.wait().doing(unpacking)?;
    if status.success() && read.success() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "could not {}: tar {status}, dpkg {read}",
            unpacking()
        )))
    }
}

/// Makes sure that a program's package is installed: installs it as root, else says how to.
pub(super) fn install(package: &str, because: &str) -> Result<(), Failure> {
    let by_hand = format!("run `sudo apt-get install -y {package}`, because {because}");
    if !process::exists("apt-get") || !is_root() {
        return Err(Failure::new(format!("{package} is not installed")).mend(by_hand));
    }
    say::step(&format!(
        "installing {package} with apt-get, because {because}"
    ));
    let install = || {
        let mut command = Command::new("apt-get");
        command.args(["install", "-y", "--no-install-recommends", package]);
        process::run_quietly(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    install()
        .or_else(|_| update().and_then(|()| install()))
        .map_err(|failure| failure.mend(by_hand))
}

fn update() -> Result<(), Failure> {
    if !is_root() {
        return Err(Failure::new("apt's package lists are missing or too old")
            .mend("run `sudo apt-get update`"));
    }
    say::step("fetching apt's package lists, because the ones here are missing or too old");
    process::run_quietly(Command::new("apt-get").arg("update"))
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn known_candidate(package: &str) -> Result<Option<String>, Failure> {
    let listed = process::output(
        Command::new("apt-cache")
            .args(["policy", package])
            .env("LC_ALL", "C"),
    )?;
    let version = listed
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "));
    Ok(version
        .filter(|version| *version != "(none)")
        .map(str::to_owned))
}

fn dependency_names(listed: &str) -> Vec<String> {
    let names = listed.lines().filter_map(|line| {
        line.trim()
            .trim_start_matches('|')
            .strip_prefix("Depends: ")
    });
    names
        .filter(|name| !name.starts_with('<'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read_from_what_apt_cache_prints() {
        let listed = "libstd\n  Depends: libc6\n |Depends: libllvm22\n  Depends: <virtual>\n  Conflicts: <x>\n    y\n";
        assert_eq!(dependency_names(listed), ["libc6", "libllvm22"]);
    }
}
