//! Takes the standard plugins into the binary, where `cargo xtask plugins` has built and packed
//! them. Without them the binary compiles too, and says what it lacks.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script talks to cargo, and reads what another chore built"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The plugins, in the order in which the host lists them.
const STANDARD: &[&str] = &["http", "openapi", "javascript", "python"];

fn main() -> io::Result<()> {
    let missing = || io::Error::other("cargo sets no folders");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(missing)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(missing)?);
    let folder = manifest.join("../../target/guests/standard");
    // Cargo watches what exists: a folder that is not there would build everything every time.
    let _ = fs::create_dir_all(&folder);
    println!("cargo::rerun-if-changed={}", folder.display());
    let all = STANDARD.iter().all(|name| {
        let has = |kind: &str| folder.join(format!("{name}.{kind}")).is_file();
        has("json") && has("deflate")
    });
    let plugins = if all { STANDARD } else { &[] };
    fs::write(
        out.join("standard.rs"),
        source(plugins, &folder.canonicalize()?),
    )
}

/// All of them, or none: half a set would only be found out about in the middle of a run.
fn source(plugins: &[&str], folder: &Path) -> String {
    let mut text = String::from("&[");
    for name in plugins {
        let file = |kind: &str| folder.join(format!("{name}.{kind}")).display().to_string();
        let _ = write!(
            text,
            "Packed {{ name: {name:?}, descriptor: include_str!({:?}), deflated: include_bytes!({:?}) }},",
            file("json"),
            file("deflate"),
        );
    }
    text.push(']');
    text
}
