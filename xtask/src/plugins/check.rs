//! A built guest is looked into before it counts as built: it must be the kind of file that
//! its folder says, in the version of the contract that the host checks first.

use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use super::guest::{Expect, Guest};
use crate::failure::{Doing, Failure};

/// The export by which the host knows a plugin of this contract.
pub(super) const HANDLER: &str = "segue:plugin/step-handler@0.1.0";

/// Packages that the host links, or refuses with a reason of its own.
const KNOWN_IMPORTS: &[&str] = &[
    "segue:plugin/",
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:http/",
    "wasi:io/",
    "wasi:logging/",
    "wasi:random/",
    "wasi:sockets/",
];

/// The names on a component's outside.
#[derive(Default, Debug, Serialize, Deserialize)]
pub(super) struct Shape {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Shape {
    /// What it imports, sorted.
    pub(super) fn imports(&self) -> &[String] {
        &self.imports
    }
}

/// Validates the bytes as the engine would and compares them with what the guest should be.
pub(super) fn check(guest: &Guest, bytes: &[u8]) -> Result<Shape, Failure> {
    let shape = match (shape_of(bytes), guest.settings.expect) {
        (Ok(_), Expect::Invalid) => return Err(wrong(guest, "it is valid, and should not be")),
        (Err(_), Expect::Invalid) => return Ok(Shape::default()),
        (shape, _) => shape.doing(|| format!("validate the component `{}`", guest.name))?,
    };
    let is_plugin = shape.exports.iter().any(|export| export == HANDLER);
    if is_plugin != (guest.settings.expect == Expect::Steps) {
        let exports = shape.exports.join(", ");
        return Err(wrong(
            guest,
            &format!("whether it exports {HANDLER}; it exports: {exports}"),
        ));
    }
    for import in &shape.imports {
        let expected = guest.settings.foreign_imports.contains(import);
        let known = KNOWN_IMPORTS
            .iter()
            .any(|package| import.starts_with(package));
        if known == expected {
            return Err(wrong(guest, &format!("its import {import}")));
        }
    }
    for import in &guest.settings.foreign_imports {
        if !shape.imports.contains(import) {
            return Err(wrong(guest, &format!("it lacks the import {import}")));
        }
    }
    Ok(shape)
}

fn wrong(guest: &Guest, what: &str) -> Failure {
    Failure::new(format!(
        "the built guest `{}` is not what its folder says: {what}",
        guest.name
    ))
    .mend(format!(
        "correct its sources, or guest.toml in {}",
        guest.folder.display()
    ))
}

/// The imports and exports of a valid component.
fn shape_of(bytes: &[u8]) -> Result<Shape, wasmparser::BinaryReaderError> {
    let features = WasmFeatures::default() | WasmFeatures::COMPONENT_MODEL;
    Validator::new_with_features(features).validate_all(bytes)?;
    let mut shape = Shape::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    shape.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    shape.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    shape.imports.sort();
    shape.exports.sort();
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_on_the_outside_count() {
        let component = wat::parse_str(
            r#"(component
                (import "acme:vault/read" (instance))
                (component (import "inner:one/two" (instance)))
                (core module (func (export "run")))
                (instance $empty)
                (export "segue:plugin/step-handler@9.0.0" (instance $empty)))"#,
        );
        let shape = shape_of(&component.unwrap()).unwrap();
        assert_eq!(shape.imports, ["acme:vault/read"]);
        assert_eq!(shape.exports, ["segue:plugin/step-handler@9.0.0"]);
    }

    #[test]
    fn half_a_component_is_not_valid() {
        let whole = wat::parse_str("(component (core module (func (export \"run\"))))").unwrap();
        assert!(shape_of(&whole).is_ok());
        assert!(shape_of(&whole[..whole.len() - 3]).is_err());
    }
}
