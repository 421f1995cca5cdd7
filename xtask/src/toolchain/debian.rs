//! A Rust for WebAssembly from Debian's packages: `rustc-web` and its sources are unpacked
//! (not installed) below the cache folder, and std is built once from the sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{UNKNOWN, apt, clean_cargo};
use crate::failure::{Doing, Failure};
use crate::workspace::Workspace;
use crate::{files, process, say};

/// Counts up when this file makes something else of the same packages.
const RECIPE: u32 = 2;

/// The start-up script of the compiler: it finds its libraries in the prefix, wherever that is.
const RUSTC_SCRIPT: &str = r#"#!/bin/sh
prefix=$(cd "$(dirname "$0")/.." && pwd)
for folder in "$prefix"/usr/lib/*-linux-gnu; do
    LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$prefix/usr/bin/rustc" "$@"
"#;

/// A crate that is only there to make cargo build std.
const STD_MANIFEST: &str = r#"[package]
name = "stdbuild"
version = "0.0.0"
edition = "2021"
[lib]
[workspace]
[profile.release]
panic = "abort"
"#;

/// The folder of the whole toolchain; `bin/rustc` in it is the compiler.
pub(super) fn prefix(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.cache().join("toolchain");
    let family = format!("debian-{RECIPE}-rust-");
    files::make_folder(&folder)?;
    let present = files::entries(&folder)?;
    if let Some(newest) = present
        .into_iter()
        .rfind(|path| files::name(path).starts_with(&family))
    {
        return Ok(newest);
    }
    let version = apt::candidate("rustc-web")?;
    files::folder_once(&folder.join(format!("{family}{version}")), |partial| {
        fill(partial, &version)
    })
}

fn fill(prefix: &Path, version: &str) -> Result<(), Failure> {
    say::step(&format!(
        "installing Debian's rustc-web {version} under the cache folder (about 140 MB to download), \
         because the active Rust has no WebAssembly target"
    ));
    unpack(prefix, version)?;
    let bin = prefix.join("bin");
    files::make_folder(&bin)?;
    write_script(&bin.join("rustc"))?;
    add_missing_libraries(prefix)?;
    say::step(&format!(
        "building Rust's standard library for {UNKNOWN}, once (about a minute)"
    ));
    build_std(prefix)?;
    files::remove_folder(&prefix.join("usr").join("src"))
}

/// `1.96.0+dfsg1-1` belongs to the packages named `…-1.96`.
fn unpack(prefix: &Path, version: &str) -> Result<(), Failure> {
    let short: Vec<&str> = version.splitn(3, '.').take(2).collect();
    let library = format!("libstd-rust-web-{}", short.join("."));
    let llvm = llvm_of(&library)?;
    let own = ["rustc-web", "rust-web-src", &library, "libstd-rust-web-dev"];
    let mut wanted: Vec<String> = own.iter().map(|name| format!("{name}={version}")).collect();
    wanted.push(llvm);

    let downloads = prefix.join("downloads");
    for package in apt::download(&wanted, &downloads)? {
        if files::name(&package).starts_with("rust-web-src") {
            let sources = ["./usr/src/rustc-*/library", "./usr/lib/rustlib/src"];
            apt::unpack_some(&package, prefix, &sources)?;
        } else {
            apt::unpack(&package, prefix)?;
        }
    }
    files::remove_folder(&downloads)
}

fn llvm_of(library: &str) -> Result<String, Failure> {
    apt::dependencies(library)?
        .into_iter()
        .find(|name| name.starts_with("libllvm"))
        .ok_or_else(|| {
            Failure::new(format!(
                "{library} depends on no libllvm, which rustc needs"
            ))
        })
}

fn write_script(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let writing = || format!("write {}", path.display());
    fs::write(path, RUSTC_SCRIPT).doing(writing)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).doing(writing)
}

/// A slim machine lacks libraries that LLVM links; they are unpacked beside it.
fn add_missing_libraries(prefix: &Path) -> Result<(), Failure> {
    let works = || process::run_quietly(Command::new(prefix.join("bin").join("rustc")).arg("-vV"));
    if works().is_ok() {
        return Ok(());
    }
    let llvm = fs::read_dir(prefix.join("usr").join("share").join("doc"))
        .doing(|| "list the unpacked packages".into())?
        .filter_map(Result::ok)
        .map(|entry| files::name(&entry.path()))
        .find(|name| name.starts_with("libllvm"))
        .ok_or_else(|| Failure::new("the unpacked packages hold no libllvm"))?;
    say::step("adding the libraries that LLVM links, because this machine lacks some");
    // The C library is the machine's own: another one beside it would not match its loader.
    let own = |name: &String| {
        !["libc6", "libgcc-s1", "gcc-12-base"].contains(&name.as_str()) && *name != llvm
    };
    let wanted: Vec<String> = apt::closure(&llvm)?.into_iter().filter(own).collect();
    let downloads = prefix.join("downloads");
    for package in apt::download(&wanted, &downloads)? {
        apt::unpack(&package, prefix)?;
    }
    files::remove_folder(&downloads)?;
    merge_lib(prefix)?;
    works()
}

/// Older packages put libraries in `/lib`, which on a real machine is the same as `/usr/lib`.
fn merge_lib(prefix: &Path) -> Result<(), Failure> {
    let lib = prefix.join("lib");
    if !lib.is_dir() {
        return Ok(());
    }
    process::run_quietly(
        Command::new("cp")
            .arg("-a")
            .arg(lib.join("."))
            .arg(prefix.join("usr").join("lib")),
    )
}

fn build_std(prefix: &Path) -> Result<(), Failure> {
    let crate_folder = prefix.join("std");
    let writing = || format!("write a crate in {}", crate_folder.display());
    files::make_folder(&crate_folder.join("src"))?;
    fs::write(crate_folder.join("Cargo.toml"), STD_MANIFEST).doing(writing)?;
    fs::write(crate_folder.join("src").join("lib.rs"), "").doing(writing)?;
    let target_folder = crate_folder.join("target");

    let mut cargo = clean_cargo();
    cargo
        .current_dir(&crate_folder)
        .args(["build", "--release", "--quiet", "--target", UNKNOWN]);
    cargo
        .args(["-Zbuild-std=std,panic_abort", "--target-dir"])
        .arg(&target_folder);
    cargo
        .env("RUSTC", prefix.join("bin").join("rustc"))
        .env("RUSTC_BOOTSTRAP", "1");
    // Without the bitcode a guest cannot be linked with `lto`. The paths of this machine do not
    // belong in a guest's messages.
    let flags = format!(
        "-Cembed-bitcode=yes\u{1f}--remap-path-prefix={}=rust",
        prefix.display()
    );
    process::run_quietly(cargo.env("CARGO_ENCODED_RUSTFLAGS", flags))?;

    let built = target_folder.join(UNKNOWN).join("release").join("deps");
    let library = prefix
        .join("usr")
        .join("lib")
        .join("rustlib")
        .join(UNKNOWN)
        .join("lib");
    files::make_folder(&library)?;
    for path in files::entries(&built)? {
        let name = files::name(&path);
        if name.starts_with("lib") && name.ends_with(".rlib") && !name.starts_with("libstdbuild") {
            fs::copy(&path, library.join(&name)).doing(|| format!("copy {name}"))?;
        }
    }
    files::remove_folder(&crate_folder)
}
