//! `cargo xtask plugins`: builds every guest, each once for each state of its sources.
//!
//! A built guest is `target/guests/<name>-<key>.wasm`, with a stable copy `<name>.wasm`; the
//! key is a hash of all that the build depends on. `target/guests/index.json` lists them. The
//! cache folder keeps them for other clones.

mod build;
mod cache;
mod check;
mod fixtures;
mod guest;
mod index;
mod standard;

use std::time::Instant;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{files, say, toolchain};
use build::Tools;
use cache::Cache;
use guest::{Guest, Language};
use index::{Entry, Index};

/// What was asked for on the command line.
#[derive(Default)]
struct Options {
    list: bool,
    only: Option<String>,
}

/// Builds what is not built yet, or lists the guests.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    let mut guests = guest::all(workspace)?;
    if options.list {
        for guest in &guests {
            println!(
                "{:22} {:8} {}",
                guest.name,
                guest.language.name(),
                guest.origin.name()
            );
        }
        return Ok(());
    }
    fixtures::write(workspace, &guests)?;
    if let Some(only) = &options.only {
        guests.retain(|guest| guest.name == *only);
        if guests.is_empty() {
            return Err(Failure::new(format!("there is no guest `{only}`"))
                .mend("`cargo xtask plugins --list` shows the guests"));
        }
    }
    let index = build_all(workspace, &guests)?;
    say::step(&format!(
        "{} guests in {}",
        index.guests.len(),
        workspace.guests().display()
    ));
    Ok(())
}

/// Builds the plugins that the binary contains.
pub(crate) fn build_standard(workspace: &Workspace) -> Result<(), Failure> {
    let mut guests = guest::all(workspace)?;
    guests.retain(standard::is_standard);
    build_all(workspace, &guests).map(|_| ())
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Options::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--list" => options.list = true,
                "--only" => options.only = rest.next().cloned(),
                other => {
                    return Err(Failure::new(format!("`{other}` is no option of `plugins`"))
                        .mend("use --list or --only NAME"));
                }
            }
        }
        Ok(options)
    }
}

/// Builds the guests whose key is not in the cache, checks every one that is new here, and
/// writes the index.
fn build_all(workspace: &Workspace, guests: &[Guest]) -> Result<Index, Failure> {
    let start = Instant::now();
    let folder = workspace.guests();
    files::make_folder(&folder)?;
    let _one_at_a_time = files::lock(&folder.join(".lock"))?;

    let tools = Tools {
        rust: toolchain::wasm_rust(workspace)?,
    };
    let cache = Cache::new(workspace)?;
    let mut index = Index::read(&folder);
    let mut stale = Vec::new();
    for guest in guests {
        let key = build::key(workspace, guest, &tools)?;
        let is_packed = !standard::is_standard(guest) || standard::is_packed(workspace, guest);
        if !index.holds(&folder, &guest.name, &key) || !is_packed {
            stale.push((guest, key));
        }
    }
    let (known, unknown): (Vec<_>, Vec<_>) = stale
        .iter()
        .partition(|(guest, key)| cache.has(&guest.name, key));
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown
            .iter()
            .map(|(guest, _)| guest.name.as_str())
            .collect();
        say::step(&format!(
            "building {} with {}",
            names.join(", "),
            tools.rust.name()
        ));
        let wanted: Vec<&Guest> = unknown.iter().map(|(guest, _)| *guest).collect();
        let mut built = build::Built::default();
        build::rust(workspace, &tools, &wanted, &mut built)?;
        build::others(workspace, &wanted, &mut built)?;
        for (guest, key) in &unknown {
            cache.put(&guest.name, key, built.of(guest)?)?;
        }
    }
    for (guest, key) in known.into_iter().chain(unknown) {
        index.replace(take(workspace, &cache, guest, key)?);
    }
    index.keep_only(&guest::all(workspace)?);
    index.write(&folder)?;
    if !stale.is_empty() {
        say::detail(&format!(
            "{} new, in {:.1} s",
            stale.len(),
            start.elapsed().as_secs_f64()
        ));
    }
    Ok(index)
}

/// Checks a guest of the cache and copies it to its place.
fn take(workspace: &Workspace, cache: &Cache, guest: &Guest, key: &str) -> Result<Entry, Failure> {
    let bytes = cache.get(&guest.name, key)?;
    let shape = check::check(guest, &bytes)?;
    let folder = workspace.guests();
    index::remove_older(&folder, &guest.name)?;
    let file = index::file_name(&guest.name, key);
    files::write_whole(&folder.join(&file), &bytes)?;
    files::write_whole(&folder.join(format!("{}.wasm", guest.name)), &bytes)?;
    if standard::is_standard(guest) {
        standard::pack(workspace, cache, guest, key, &shape)?;
    }
    let entry = Entry::new(guest, key, file, &bytes, shape);
    say::detail(&format!(
        "{:22} {:>9} bytes  {}",
        guest.name,
        bytes.len(),
        guest.language.name()
    ));
    Ok(entry)
}

impl Language {
    fn name(&self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Python => "python",
            Language::JavaScript => "javascript",
            Language::Wat => "wat",
            Language::Cut { .. } => "damaged",
        }
    }
}
