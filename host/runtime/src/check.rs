//! What a component is, read from its bytes before anything is compiled or run: its imports
//! and exports, the contract version stamped in it, and which toolchain made it.

use segue_model::grant::how_to_allow;
use segue_model::problem::Kind;
use segue_model::{Capability, Grants, Problem};
use wasmparser::{CanonicalFunction, CanonicalOption, KnownCustom, Parser, Payload};

/// The interface that a step plugin exports; its version is the contract's.
const STEP_HANDLER: &str = "segue:plugin/step-handler";
/// The contract versions that this host runs: every 0.1.x (patches only add documentation).
const SUPPORTED: &str = "0.1";
/// The most imports or exports that are read: the largest guest kit has some thirty.
const NAMES_MAX: usize = 1_000;

/// Interfaces that always link, to an empty world, in any version of the line.
const EMPTY_WORLD: &[(&str, &[&str])] = &[
    (
        "wasi:cli",
        &[
            "environment",
            "exit",
            "stdin",
            "stdout",
            "stderr",
            "terminal-input",
            "terminal-output",
            "terminal-stdin",
            "terminal-stdout",
            "terminal-stderr",
        ],
    ),
    ("wasi:clocks", &["monotonic-clock", "wall-clock"]),
    ("wasi:filesystem", &["preopens", "types"]),
    // Types alone; sending needs the handler, which is a capability.
    ("wasi:http", &["types"]),
    ("wasi:io", &["error", "poll", "streams"]),
    ("wasi:random", &["insecure", "insecure-seed", "random"]),
    (
        "wasi:sockets",
        &[
            "instance-network",
            "ip-name-lookup",
            "network",
            "tcp",
            "tcp-create-socket",
            "udp",
            "udp-create-socket",
        ],
    ),
];

/// What a component says of itself.
#[derive(Debug, Default)]
pub(crate) struct Anatomy {
    pub(crate) imports: Vec<String>,
    exports: Vec<String>,
    pub(crate) producers: Vec<String>,
    async_abi: bool,
}

/// What the checks found.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) world: String,
    pub(crate) capabilities: Vec<Capability>,
}

impl Anatomy {
    /// Reads the outermost layer of a component. Whether it is valid as a whole is for the
    /// compiler to say.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Err(invalid("the file is empty"));
        }
        if Parser::is_core_wasm(bytes) {
            return Err(invalid(
                "this is a core WebAssembly module; make a component of it, with the target wasm32-wasip2 or `wasm-tools component new`",
            ));
        }
        let mut anatomy = Anatomy::default();
        let mut depth = 0u32;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(|e| invalid(&format!("the file is damaged: {e}")))?;
            match &payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            anatomy
                .take(&payload, depth)
                .map_err(|e| invalid(&format!("the file is damaged: {e}")))?;
        }
        Ok(anatomy)
    }

    fn take(&mut self, payload: &Payload<'_>, depth: u32) -> wasmparser::Result<()> {
        match payload {
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    self.async_abi |= is_async(&function?);
                }
            }
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section.clone().into_iter().take(NAMES_MAX) {
                    self.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section.clone().into_iter().take(NAMES_MAX) {
                    self.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Producers(fields) = section.as_known() {
                    // A damaged note of the toolchain does not damage the component.
                    self.producers.extend(producers(fields).unwrap_or_default());
                    self.producers.sort();
                    self.producers.dedup();
                    self.producers.truncate(NAMES_MAX);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks ABI, exported contract and imports, in this order.
    pub(crate) fn admit(&self, grants: &Grants) -> Result<Admission, Problem> {
        if self.async_abi {
            return Err(self.async_refusal());
        }
        let version = self.contract_version()?;
        let capabilities = self.check_imports(grants)?;
        let world = if capabilities.contains(&Capability::Http) {
            "steps-with-http"
        } else {
            "steps"
        };
        Ok(Admission {
            world: format!("segue:plugin/{world}@{version}"),
            capabilities,
        })
    }

    fn async_refusal(&self) -> Problem {
        let detail = format!(
            "the component is built for the asynchronous ABI of WASI 0.3, and steps are synchronous; build it synchronously: componentize-qjs with `--sync`, Rust and C without async exports{}",
            self.made_by()
        );
        Problem::new(Kind::WrongWorld, detail)
    }

    fn contract_version(&self) -> Result<semver::Version, Problem> {
        let stamped: Vec<&str> = self
            .exports
            .iter()
            .filter_map(|name| name.strip_prefix(STEP_HANDLER)?.strip_prefix('@'))
            .collect();
        let supported = stamped
            .iter()
            .filter_map(|version| version.parse::<semver::Version>().ok())
            .find(|version| (version.major, version.minor) == (0, 1) && version.pre.is_empty());
        match (supported, stamped.first()) {
            (Some(version), _) => Ok(version),
            (None, Some(other)) => Err(Problem::new(
                Kind::WrongVersion,
                format!(
                    "the plugin is built for version {other} of the plugin contract, and this host runs {SUPPORTED}.x; build it with an SDK of that version, or use another host{}",
                    self.made_by()
                ),
            )),
            (None, None) => Err(Problem::new(
                Kind::WrongWorld,
                format!(
                    "a step plugin exports {STEP_HANDLER}@{SUPPORTED}.0 (world segue:plugin/steps); this component exports {}{}",
                    listed(&self.exports),
                    self.made_by()
                ),
            )),
        }
    }

    fn check_imports(&self, grants: &Grants) -> Result<Vec<Capability>, Problem> {
        let mut capabilities = Vec::new();
        for import in &self.imports {
            match classify(import) {
                Import::Links => {}
                Import::Needs(capability) => capabilities.push(capability),
                Import::Unknown => return Err(self.unknown(import)),
            }
        }
        let missing = capabilities.iter().find(|c| !grants.links(**c));
        if let Some(missing) = missing {
            let detail = format!(
                "the component imports the capability `{}`, which is not granted; {}",
                missing.name(),
                how_to_allow("<the plugin's name>", *missing)
            );
            return Err(Problem::new(Kind::ImportRefused, detail)
                .with("capabilities", vec![missing.name()]));
        }
        Ok(capabilities)
    }

    fn unknown(&self, import: &str) -> Problem {
        let detail = format!(
            "the component imports `{import}`, which this host does not have; it has segue:plugin, wasi:logging, wasi:http/outgoing-handler (granted) and WASI 0.2 cli, clocks, filesystem, io, random and sockets (empty){}",
            self.made_by()
        );
        Problem::new(Kind::ImportRefused, detail).with("import", import)
    }

    fn made_by(&self) -> String {
        if self.producers.is_empty() {
            return String::new();
        }
        format!(" (it was made by {})", listed(&self.producers))
    }
}

enum Import {
    Links,
    Needs(Capability),
    Unknown,
}

fn classify(import: &str) -> Import {
    let Some((path, version)) = import.split_once('@') else {
        return Import::Unknown;
    };
    let Some((package, interface)) = path.split_once('/') else {
        return Import::Unknown;
    };
    match (package, interface) {
        ("segue:plugin", "types" | "progress") if in_line(version, 0, 1) => Import::Links,
        ("wasi:logging", "logging") if version == "0.1.0-draft" => Import::Links,
        ("wasi:http", "outgoing-handler") if in_line(version, 0, 2) => {
            Import::Needs(Capability::Http)
        }
        _ if in_line(version, 0, 2) && is_empty_world(package, interface) => Import::Links,
        _ => Import::Unknown,
    }
}

fn is_empty_world(package: &str, interface: &str) -> bool {
    let known = EMPTY_WORLD.iter().find(|(name, _)| *name == package);
    known.is_some_and(|(_, interfaces)| interfaces.contains(&interface))
}

/// Whether a version is a release of `major.minor`.
fn in_line(version: &str, major: u64, minor: u64) -> bool {
    let version = version.parse::<semver::Version>();
    version.is_ok_and(|v| (v.major, v.minor) == (major, minor) && v.pre.is_empty())
}

fn is_async(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options.contains(&CanonicalOption::Async)
        }
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceRep { .. } => false,
        // Tasks, streams, futures, waitables, threads.
        _ => true,
    }
}

fn producers(fields: wasmparser::ProducersSectionReader<'_>) -> wasmparser::Result<Vec<String>> {
    let mut found = Vec::new();
    for field in fields.into_iter().take(NAMES_MAX) {
        for value in field?.values.into_iter().take(NAMES_MAX) {
            let value = value?;
            let text = format!("{} {}", value.name, value.version);
            found.push(text.trim_end().chars().take(100).collect());
        }
    }
    Ok(found)
}

/// Names for a message: the first few, without control characters.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let shown = names.iter().take(SHOWN);
    let mut text = shown
        .map(|name| name.escape_debug().take(100).collect::<String>())
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(" …");
    }
    text
}

fn invalid(why: &str) -> Problem {
    Problem::new(Kind::InvalidComponent, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(wat: &str, grants: &Grants) -> Result<Admission, Problem> {
        Anatomy::read(&wat::parse_str(wat).unwrap())?.admit(grants)
    }

    fn refused(wat: &str) -> Problem {
        admit(wat, &Grants::default()).unwrap_err()
    }

    const HANDLER: &str =
        "(instance $i) (export \"segue:plugin/step-handler@0.1.0\" (instance $i))";

    #[test]
    fn a_plugin_that_imports_nothing_is_admitted() {
        let admission = admit(&format!("(component {HANDLER})"), &Grants::default()).unwrap();
        assert_eq!(admission.world, "segue:plugin/steps@0.1.0");
        assert!(admission.capabilities.is_empty());
    }

    #[test]
    fn another_world_is_told_what_was_expected() {
        let problem = refused("(component (instance $i) (export \"a:b/c@1.0.0\" (instance $i)))");
        assert!(problem.is(Kind::WrongWorld), "{problem}");
        assert!(problem.to_string().contains("exports a:b/c@1.0.0"));
        assert!(
            refused("(component)")
                .to_string()
                .contains("exports nothing")
        );
    }

    #[test]
    fn another_contract_version_is_told_the_supported_range() {
        for version in ["0.2.0", "1.0.0", "0.0.9", "0.1.0-rc.1", "rubbish"] {
            // A name with a broken version does not assemble; the check must not care.
            let anatomy = Anatomy {
                exports: vec![format!("{STEP_HANDLER}@{version}")],
                ..Anatomy::default()
            };
            let problem = anatomy.admit(&Grants::default()).unwrap_err();
            assert!(problem.is(Kind::WrongVersion), "{version}");
            assert!(problem.to_string().contains("0.1.x"));
        }
    }

    #[test]
    fn wasi_links_in_any_patch_version_and_nothing_else_does() {
        let links = |name: &str| matches!(classify(name), Import::Links);
        assert!(links("wasi:cli/environment@0.2.0") && links("wasi:io/poll@0.2.12"));
        assert!(links("segue:plugin/types@0.1.0"));
        for name in [
            "wasi:cli/environment@0.3.0",
            "wasi:cli/environment@0.2.0-rc-2023-11-10",
            "wasi:cli/environment",
            "wasi:cli/command@0.2.0",
            "wasi:keyvalue/store@0.2.0-draft",
            "segue:plugin/types@0.2.0",
            "env",
        ] {
            assert!(matches!(classify(name), Import::Unknown), "{name}");
        }
    }

    #[test]
    fn a_capability_needs_a_grant_or_a_denial() {
        let wat = format!(
            "(component (import \"wasi:http/outgoing-handler@0.2.3\" (instance)) {HANDLER})"
        );
        let problem = refused(&wat);
        assert!(problem.is(Kind::ImportRefused));
        assert!(
            problem.to_string().contains("deny = [\"http\"]"),
            "{problem}"
        );
        let deny = Grants {
            deny: vec![Capability::Http],
            ..Grants::default()
        };
        let admission = admit(&wat, &deny).unwrap();
        assert_eq!(admission.world, "segue:plugin/steps-with-http@0.1.0");
        assert_eq!(admission.capabilities, [Capability::Http]);
    }

    #[test]
    fn an_unknown_import_is_named() {
        let wat = format!("(component (import \"acme:db/sql@1.0.0\" (instance)) {HANDLER})");
        let problem = refused(&wat);
        assert!(problem.is(Kind::ImportRefused));
        assert_eq!(problem.extensions["import"], "acme:db/sql@1.0.0");
    }

    #[test]
    fn what_is_no_component_is_refused_with_a_reason() {
        let core = wat::parse_str("(module)").unwrap();
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"\x7fELF rubbish", "damaged"),
            (&core, "core WebAssembly module"),
            (b"\0asm\x0d\0\x01\0\xff\xff\xff", "damaged"),
        ] {
            let problem = Anatomy::read(bytes).unwrap_err();
            assert!(problem.is(Kind::InvalidComponent) && problem.to_string().contains(word));
        }
    }

    #[test]
    fn the_async_abi_is_refused_with_a_way_out() {
        let wat = "(component (core func $f (canon task.cancel)))";
        let problem = refused(wat);
        assert!(problem.is(Kind::WrongWorld) && problem.to_string().contains("--sync"));
    }
}
