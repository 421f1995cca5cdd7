//! A Rust that can build for WebAssembly, and the Python and the JavaScript that can: found, or
//! installed into the cache folder. `SEGUE_WASM_TOOLCHAIN=rustup|debian` forces one way to get the Rust.

mod apt;
mod debian;
mod node;
mod python;
mod rustup;

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use node::node;
pub(crate) use python::{COMPONENTIZE_PY, python};

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// The smaller guests (no WASI at all) come from here, and Debian's way can build std for it.
pub(crate) const UNKNOWN: &str = "wasm32-unknown-unknown";
/// What `rustup` offers for components; guests build for both.
pub(crate) const WASIP2: &str = "wasm32-wasip2";

/// How to call cargo so that it makes components.
pub(crate) struct WasmRust {
    target: &'static str,
    /// The compiler, where it is not the active one.
    rustc: Option<PathBuf>,
    /// Makes a component of what the compiler emits; comes with the active toolchain.
    linker: PathBuf,
    /// Which compiler it is, in its own words.
    version: String,
}

/// Which way to a WebAssembly Rust was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Any,
    Rustup,
    Debian,
}

/// Finds a Rust for WebAssembly, in this order: the active toolchain has the target already;
/// `rustup` can add it; Debian's packages.
pub(crate) fn wasm_rust(workspace: &Workspace) -> Result<WasmRust, Failure> {
    let way = asked_way()?;
    if way != Way::Debian {
        if let Some(target) = rustup::present_target() {
            return WasmRust::new(target, None);
        }
        if rustup::add_target(way == Way::Rustup) {
            return WasmRust::new(WASIP2, None);
        }
        if way == Way::Rustup {
            return Err(
                Failure::new(format!("rustup could not add the target {WASIP2}")).mend(format!(
                    "run `rustup target add {WASIP2}`, or set SEGUE_WASM_TOOLCHAIN=debian"
                )),
            );
        }
    }
    let prefix = debian::prefix(workspace)?;
    WasmRust::new(UNKNOWN, Some(prefix.join("bin").join("rustc")))
}

fn asked_way() -> Result<Way, Failure> {
    let asked = std::env::var("SEGUE_WASM_TOOLCHAIN").unwrap_or_default();
    match asked.as_str() {
        "" | "auto" => Ok(Way::Any),
        "rustup" => Ok(Way::Rustup),
        "debian" => Ok(Way::Debian),
        other => Err(Failure::new(format!(
            "SEGUE_WASM_TOOLCHAIN is `{other}`, which is no toolchain"
        ))
        .mend("use `rustup`, `debian`, or leave it unset")),
    }
}

impl WasmRust {
    fn new(target: &'static str, rustc: Option<PathBuf>) -> Result<Self, Failure> {
        let linker = rustup::tools_folder()?.join("wasm-component-ld");
        if !linker.is_file() {
            return Err(
                Failure::new(format!("the active Rust has no {}", linker.display()))
                    .mend("use the Rust that rustup installs, 1.95 or newer"),
            );
        }
        let program = rustc.clone().unwrap_or_else(|| PathBuf::from("rustc"));
        let version = process::output(Command::new(program).arg("-vV"))?;
        Ok(WasmRust {
            target,
            rustc,
            linker,
            version,
        })
    }

    /// The target triple that [`cargo`](Self::cargo) builds for.
    pub(crate) fn target(&self) -> &'static str {
        self.target
    }

    /// What distinguishes this toolchain's output from another's.
    pub(crate) fn identity(&self) -> String {
        format!("{}\n{}", self.target, self.version)
    }

    /// A short name for people.
    pub(crate) fn name(&self) -> String {
        let version = self.version.lines().next().unwrap_or("rustc");
        format!("{version}, {}", self.target)
    }

    /// `cargo build --release` of the package whose manifest this is.
    pub(crate) fn cargo_build(
        &self,
        workspace: &Workspace,
        manifest: &Path,
        target_folder: &Path,
    ) -> Command {
        let mut command = clean_cargo();
        command.args(["build", "--release", "--quiet", "--target", self.target]);
        command
            .arg("--manifest-path")
            .arg(manifest)
            .arg("--target-dir")
            .arg(target_folder);
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc);
        }
        let key = format!(
            "CARGO_TARGET_{}_LINKER",
            self.target.replace('-', "_").to_uppercase()
        );
        command
            .env(key, &self.linker)
            .env("PATH", self.path_with_wasm_ld())
            .env("CARGO_ENCODED_RUSTFLAGS", without_machine_paths(workspace));
        command
    }

    /// `wasm-component-ld` calls `wasm-ld`, which stands in a folder beside it.
    fn path_with_wasm_ld(&self) -> std::ffi::OsString {
        let mut folders: Vec<PathBuf> = self
            .linker
            .parent()
            .map(|folder| folder.join("gcc-ld"))
            .into_iter()
            .collect();
        folders.extend(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        ));
        std::env::join_paths(folders).unwrap_or_default()
    }
}

/// Flags that keep the paths of this machine out of the messages of panics, and so two clones'
/// builds of one guest alike. Cargo separates encoded flags by a character that no path holds.
fn without_machine_paths(workspace: &Workspace) -> String {
    let own = format!("--remap-path-prefix={}=segue", workspace.root().display());
    [own, crates_remapped()].join("\u{1f}")
}

/// The flag for the sources of crates from the registry.
fn crates_remapped() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.unwrap_or_default().join("registry").join("src");
    format!("--remap-path-prefix={}=crates", sources.display())
}

/// A cargo without what the cargo that runs this chore, or its caller, set for the host's build.
fn clean_cargo() -> Command {
    let mut command = Command::new("cargo");
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        let for_this_build = name.starts_with("CARGO_") && !kept(&name);
        if for_this_build || name == "RUSTFLAGS" || name.starts_with("RUSTC") {
            command.env_remove(&key);
        }
    }
    command
}

/// Settings of the person or machine that guests need as well.
fn kept(name: &str) -> bool {
    name == "CARGO_HOME"
        || ["CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR"]
            .iter()
            .any(|p| name.starts_with(p))
}
