//! Building guests, and the key that says whether a build is needed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use wit_component::{ComponentEncoder, StringEncoding};

use super::guest::{self, Guest, Language, Origin};
use crate::failure::{Doing, Failure};
use crate::fingerprint::Fingerprint;
use crate::toolchain::{self, WasmRust};
use crate::workspace::Workspace;
use crate::{files, process};

/// Counts up when this file builds something else of the same sources.
const RECIPE: &str = "2";
/// The contract's folder, which every tool is pointed at.
const CONTRACT: &str = "wit/since-v0.1.0";

/// What builds guests; Python is looked for only when it is needed.
pub(super) struct Tools {
    pub(super) rust: WasmRust,
}

/// The bytes of guests that were just built, by name.
#[derive(Default)]
pub(super) struct Built(BTreeMap<String, Vec<u8>>);

impl Built {
    /// The bytes of a guest that was built.
    pub(super) fn of(&self, guest: &Guest) -> Result<&[u8], Failure> {
        let found = self.0.get(&guest.name).map(Vec::as_slice);
        found.ok_or_else(|| Failure::new(format!("the build of `{}` made nothing", guest.name)))
    }
}

/// A hash of all that the guest is made from: its own sources, those of its workspace and the
/// SDK where it is Rust, the contract, and the toolchain.
pub(super) fn key(workspace: &Workspace, guest: &Guest, tools: &Tools) -> Result<String, Failure> {
    let root = workspace.root();
    let mut print = Fingerprint::new();
    print.text("recipe", RECIPE);
    print.tree(root, &root.join("wit"))?;
    match &guest.language {
        Language::Rust => add_rust(&mut print, workspace, guest.origin, tools)?,
        Language::Python => print.text("componentize-py", toolchain::COMPONENTIZE_PY),
        // Its package-lock.json names what builds it.
        Language::JavaScript => {}
        Language::Wat => {}
        Language::Cut { of, .. } => {
            print.tree(root, &root.join(guest.origin.folder()).join(of))?;
            add_rust(&mut print, workspace, guest.origin, tools)?;
        }
    }
    print.tree(root, &guest.folder)?;
    Ok(print.finish())
}

fn add_rust(
    print: &mut Fingerprint,
    workspace: &Workspace,
    origin: Origin,
    tools: &Tools,
) -> Result<(), Failure> {
    print.text("toolchain", &tools.rust.identity());
    let root = workspace.root();
    for shared in ["Cargo.toml", "Cargo.lock", ".cargo"] {
        print.tree(root, &root.join(origin.folder()).join(shared))?;
    }
    for library in guest::libraries(workspace, origin)? {
        print.tree(root, &library)?;
    }
    print.tree(root, &root.join("plugin-sdk").join("rust"))
}

/// Builds the Rust guests among `guests`, each with a cargo call of its own: built together,
/// they would share the features of the SDK, and a guest's bytes would depend on its company.
pub(super) fn rust(
    workspace: &Workspace,
    tools: &Tools,
    guests: &[&Guest],
    built: &mut Built,
) -> Result<(), Failure> {
    for guest in guests {
        let Some(name) = rust_name(guest) else {
            continue;
        };
        if built.0.contains_key(name) {
            continue;
        }
        let manifest = workspace
            .root()
            .join(guest.origin.folder())
            .join(name)
            .join("Cargo.toml");
        let target = workspace.guests().join("build").join(guest.origin.name());
        process::run(&mut tools.rust.cargo_build(workspace, &manifest, &target))?;
        let file = format!("{}.wasm", name.replace('-', "_"));
        let path = target.join(tools.rust.target()).join("release").join(file);
        let bytes = fs::read(&path).doing(|| format!("read the built guest {}", path.display()))?;
        built.0.insert(name.to_owned(), bytes);
    }
    Ok(())
}

/// The Rust package that a guest needs: its own, or the one that it is a copy of.
fn rust_name(guest: &Guest) -> Option<&str> {
    match &guest.language {
        Language::Rust => Some(&guest.name),
        Language::Cut { of, .. } => Some(of),
        Language::Python | Language::JavaScript | Language::Wat => None,
    }
}

/// Builds all guests that are not Rust.
pub(super) fn others(
    workspace: &Workspace,
    guests: &[&Guest],
    built: &mut Built,
) -> Result<(), Failure> {
    for guest in guests {
        let bytes = match &guest.language {
            Language::Rust => continue,
            Language::Python => python(workspace, guest)?,
            Language::JavaScript => javascript(workspace, guest)?,
            Language::Wat => wat(workspace, guest)?,
            Language::Cut { of, keep_percent } => cut(built, of, *keep_percent)?,
        };
        built.0.insert(guest.name.clone(), bytes);
    }
    Ok(())
}

fn python(workspace: &Workspace, guest: &Guest) -> Result<Vec<u8>, Failure> {
    let output = build_folder(workspace)?.join(format!("{}.wasm", guest.name));
    let mut command = toolchain::python(workspace)?.componentize();
    command
        .arg("--quiet")
        .arg("-d")
        .arg(workspace.root().join(CONTRACT));
    command
        .args(["-w", &guest.settings.world, "componentize", "-p"])
        .arg(&guest.folder);
    command.args(["app", "-o"]).arg(&output);
    process::run_quietly(&mut command)?;
    fs::read(&output).doing(|| format!("read the built guest {}", output.display()))
}

/// Makes a component of a module and those it imports, with the tools that its
/// package-lock.json pins.
fn javascript(workspace: &Workspace, guest: &Guest) -> Result<Vec<u8>, Failure> {
    let output = build_folder(workspace)?.join(format!("{}.wasm", guest.name));
    let mut command = toolchain::node(workspace, &guest.folder)?.componentize()?;
    command
        .arg("--wit")
        .arg(workspace.root().join(CONTRACT))
        .args(["--world", &guest.settings.world])
        .arg("--output")
        .arg(&output);
    process::run_quietly(&mut command)?;
    fs::read(&output).doing(|| format!("read the built guest {}", output.display()))
}

/// Wraps a core module in a component of the guest's world.
fn wat(workspace: &Workspace, guest: &Guest) -> Result<Vec<u8>, Failure> {
    let source = guest.folder.join("core.wat");
    let making = || format!("make a component of {}", source.display());
    let mut module = wat::parse_file(&source).doing(making)?;
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve
        .push_dir(workspace.root().join(CONTRACT))
        .doing(making)?;
    let world = resolve
        .select_world(&[package], Some(&guest.settings.world))
        .doing(making)?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .doing(making)?;
    let mut encoder = ComponentEncoder::default()
        .module(&module)
        .doing(making)?
        .validate(true);
    encoder.encode().doing(making)
}

fn cut(built: &Built, of: &str, keep_percent: u8) -> Result<Vec<u8>, Failure> {
    let whole = built
        .0
        .get(of)
        .ok_or_else(|| Failure::new(format!("`{of}` is no Rust guest to cut")))?;
    let kept = whole.len() * usize::from(keep_percent) / 100;
    Ok(whole.iter().take(kept).copied().collect())
}

fn build_folder(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.guests().join("build");
    files::make_folder(&folder)?;
    Ok(folder)
}
