//! What a document takes from catalogs: functions, scripts, schemas. All of it is read when
//! the workflow is deployed, and becomes a part of it.

use super::Cx;
use super::endpoint::fixed;
use crate::catalogs::{Catalog, CatalogFault, File, function_path, locate, locate_function};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Fields, Shape, wrong_type};
use crate::yaml::Node;

const RESOURCE: Shape = Shape {
    what: "a resource",
    keys: &["name", "endpoint"],
    unsupported: &[],
};
const CATALOG: Shape = Shape {
    what: "a catalog",
    keys: &["endpoint"],
    unsupported: &[],
};

/// Bytes that a document may take from catalogs, what it takes twice counted twice: it all
/// becomes a part of the deployed workflow.
const TAKEN_BYTES_MAX: usize = 4 << 20;

/// What a document may take from.
pub(crate) struct Shelf {
    /// The catalogs of the host.
    pub(crate) configured: Vec<Catalog>,
    /// Those that the document declares: their name and their address.
    declared: Vec<(String, String)>,
    taken: usize,
}

impl Shelf {
    pub(crate) fn new(configured: Vec<Catalog>) -> Shelf {
        Shelf {
            configured,
            declared: Vec::new(),
            taken: 0,
        }
    }
}

/// Reads `use.catalogs`: each must be one that the host is configured with.
pub(crate) fn declare(cx: &mut Cx<'_>, node: Node<'_>) {
    if !node.is_object() {
        wrong_type(&mut cx.sink, node, "`use.catalogs`", "an object");
        return;
    }
    for field in node.fields() {
        if field.key == "default" {
            let message = "the catalog `default` is the host's own, and cannot be declared";
            let found = Diagnostic::error(Code::ReservedName, field.value, message);
            cx.emit(found.at(field.key_span).help("give it another name"));
            continue;
        }
        let Some(address) = catalog(cx, field.value) else {
            continue;
        };
        cx.shelf.declared.push((field.key.to_owned(), address));
    }
}

fn catalog(cx: &mut Cx<'_>, node: Node<'_>) -> Option<String> {
    let fields = Fields::read(&mut cx.sink, node, &CATALOG)?;
    let endpoint = fields.require(&mut cx.sink, "endpoint")?;
    let address = fixed(cx, endpoint, "the address of a catalog")?;
    // What lies below it is found where what lies at it is.
    let below = format!(
        "{}/{}",
        address.trim_end_matches('/'),
        function_path("any", "1.0.0")
    );
    if locate(&cx.shelf.configured, &below).is_none() {
        let found = outside(cx, endpoint, "catalog", address);
        cx.emit(found);
        return None;
    }
    Some(address.to_owned())
}

/// An address that lies in no catalog of the host.
fn outside(cx: &Cx<'_>, node: Node<'_>, what: &str, address: &str) -> Diagnostic {
    let message = format!(
        "the {what} {} is not supported: its address lies in no catalog of this host",
        shown(address)
    );
    let found = Diagnostic::error(Code::Unsupported, node, message);
    let known: Vec<String> = cx
        .shelf
        .configured
        .iter()
        .map(|catalog| format!("`{}` ({})", catalog.name, catalog.endpoint))
        .collect();
    let known = match known.as_slice() {
        [] => "none is configured".to_owned(),
        known => format!("there are {}", known.join(", ")),
    };
    found.help(format!(
        "nothing is fetched: mirror it into a folder, and let the operator name it in segue.toml: \
         `[catalogs.name]` with `endpoint` and `directory`; {known}"
    ))
}

impl Cx<'_> {
    /// The function that a URL names.
    pub(crate) fn function_at(&mut self, node: Node<'_>, address: &str) -> Option<File> {
        let found = locate_function(&self.shelf.configured, address);
        if found.is_none() {
            let refused = outside(self, node, "function", address);
            self.emit(refused);
        }
        found
    }

    /// The function `name:version@catalog`.
    pub(crate) fn function_of(
        &mut self,
        node: Node<'_>,
        catalog: &str,
        (name, version): (&str, &str),
    ) -> Option<File> {
        let path = function_path(name, version);
        let declared = self
            .shelf
            .declared
            .iter()
            .find(|(known, _)| known == catalog);
        if let Some((_, address)) = declared {
            let address = format!("{}/{path}", address.trim_end_matches('/'));
            return self.function_at(node, &address);
        }
        let configured = &self.shelf.configured;
        if configured.iter().any(|known| known.name == catalog) {
            return Some(File {
                catalog: catalog.to_owned(),
                path,
            });
        }
        let found = self.unknown_catalog(node, catalog);
        self.emit(found);
        None
    }

    fn unknown_catalog(&self, node: Node<'_>, catalog: &str) -> Diagnostic {
        let message = format!(
            "the catalog {} is not supported: this host is not configured with it",
            shown(catalog)
        );
        let found = Diagnostic::error(Code::Unsupported, node, message);
        let declared = self.shelf.declared.iter().map(|(name, _)| name.as_str());
        let configured = self
            .shelf
            .configured
            .iter()
            .map(|known| known.name.as_str());
        match did_you_mean(catalog, declared.chain(configured).chain(["default"])) {
            Some(known) => found.help(format!("did you mean `{known}`?")),
            None => found.help(format!(
                "plugins stand in the catalog `default`; the operator adds others in segue.toml: \
                 `[catalogs.{catalog}]` with `endpoint` and `directory`"
            )),
        }
    }

    /// The text of a resource that is named by its address: `{ name, endpoint }`.
    pub(crate) fn resource(&mut self, node: Node<'_>, what: &str) -> Option<String> {
        let fields = Fields::read(&mut self.sink, node, &RESOURCE)?;
        let endpoint = fields.require(&mut self.sink, "endpoint")?;
        let address = fixed(self, endpoint, "the address of a resource")?;
        let Some(file) = locate(&self.shelf.configured, address) else {
            let refused = outside(self, endpoint, what, address);
            self.emit(refused);
            return None;
        };
        match self.take(&file) {
            Ok(text) => Some(text),
            Err(fault) => {
                let message = format!("the {what} {} cannot be read: {fault}", shown(address));
                let found = Diagnostic::error(Code::InvalidCatalogEntry, endpoint, message);
                self.emit(found);
                None
            }
        }
    }

    /// The text of a file of a catalog.
    pub(crate) fn take(&mut self, file: &File) -> Result<String, CatalogFault> {
        let text = self.catalogs.read(&file.catalog, &file.path)?;
        self.shelf.taken = self.shelf.taken.saturating_add(text.len());
        if self.shelf.taken > TAKEN_BYTES_MAX {
            let fault = format!("a workflow may take {TAKEN_BYTES_MAX} bytes from catalogs");
            return Err(CatalogFault::Unreadable(fault));
        }
        Ok(text)
    }
}
