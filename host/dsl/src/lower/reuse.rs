//! `use`: authentications, errors, retries and timeouts with a name; what else stands there.
//!
//! A definition is lowered where it is named, with the variables of that place; one that
//! nothing names is still checked.

use std::collections::HashSet;

use super::function::{Functions, Target};
use super::scope::{Env, Slot, Variable};
use super::{Cx, auth, catalog, duration, error, extension, retry, secrets};
use crate::check::reference::is_function_name;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Fields, Shape, wrong_type};
use crate::yaml::{Field, Node};

const USE: Shape = Shape {
    what: "`use`",
    keys: &[
        "authentications",
        "catalogs",
        "errors",
        "extensions",
        "functions",
        "retries",
        "secrets",
        "timeouts",
    ],
    unsupported: &[],
};

/// A part of `use`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Library {
    Authentications,
    Errors,
    Retries,
    Timeouts,
}

impl Library {
    const ALL: [Library; 4] = [
        Library::Authentications,
        Library::Errors,
        Library::Retries,
        Library::Timeouts,
    ];

    fn key(self) -> &'static str {
        match self {
            Library::Authentications => "authentications",
            Library::Errors => "errors",
            Library::Retries => "retries",
            Library::Timeouts => "timeouts",
        }
    }

    /// One of them, as a message says it.
    fn one(self) -> &'static str {
        match self {
            Library::Authentications => "authentication",
            Library::Errors => "error",
            Library::Retries => "retry policy",
            Library::Timeouts => "timeout",
        }
    }
}

/// The definitions of a document, and which of them were named.
#[derive(Default)]
pub(crate) struct Reuse<'t> {
    definitions: Option<Node<'t>>,
    named: HashSet<(Library, String)>,
    /// Definitions with errors, which are not lowered again: their findings are
    /// known, and thousands of places may name them.
    broken: HashSet<(Library, String)>,
}

impl<'t> Cx<'t> {
    /// Reads `use`.
    pub(crate) fn read_use(&mut self, node: Node<'t>) {
        let Some(fields) = Fields::read(&mut self.sink, node, &USE) else {
            return;
        };
        for library in Library::ALL {
            if let Some(part) = fields.get(library.key())
                && !part.is_object()
            {
                let what = format!("`use.{}`", library.key());
                wrong_type(&mut self.sink, part, &what, "an object");
            }
        }
        self.reuse.definitions = Some(node);
        if let Some(node) = fields.get("secrets") {
            secrets::declare(self, node);
        }
        if let Some(node) = fields.get("catalogs") {
            catalog::declare(self, node);
        }
        if let Some(node) = fields.get("functions") {
            self.check_functions(node);
        }
        if let Some(node) = fields.get("extensions") {
            extension::declare(self, node);
        }
    }

    fn check_functions(&mut self, node: Node<'t>) {
        if !node.is_object() {
            wrong_type(&mut self.sink, node, "`use.functions`", "an object");
        }
        for field in node.fields().filter(|field| !is_function_name(field.key)) {
            let message = format!("a function cannot have the name {}", shown(field.key));
            let found = Diagnostic::error(Code::ReservedName, field.value, message);
            let help = "`call` would take it for a call of the language, a URL, or a function of a catalog";
            self.emit(found.at(field.key_span).help(help));
        }
    }

    /// Lowers the definition that `name`, written at `node`, refers to.
    pub(crate) fn named<T>(
        &mut self,
        library: Library,
        node: Node<'_>,
        name: &str,
        lower: impl FnOnce(&mut Self, Node<'t>) -> Option<T>,
    ) -> Option<T> {
        let key = (library, name.to_owned());
        if self.reuse.broken.contains(&key) {
            return None;
        }
        self.reuse.named.insert(key.clone());
        let errors = self.sink.errors();
        let lowered = match self.library(library).and_then(|part| part.get(name)) {
            Some(definition) => lower(self, definition),
            None => {
                let found = self.undefined(library, node, name);
                self.emit(found);
                return None;
            }
        };
        if self.sink.errors() > errors {
            self.reuse.broken.insert(key);
        }
        lowered
    }

    fn undefined(&self, library: Library, node: Node<'_>, name: &str) -> Diagnostic {
        let (key, one) = (library.key(), library.one());
        let message = format!("`use.{key}` defines no {one} {}", shown(name));
        let finding = Diagnostic::error(Code::UnknownReference, node, message);
        if self.sink.is_full() {
            return finding;
        }
        let fields = self.library(library).into_iter().flat_map(Node::fields);
        match did_you_mean(name, fields.map(|field| field.key)) {
            Some(known) => finding.help(format!("did you mean `{known}`?")),
            None => finding.help(format!("define it under `use.{key}`, or write it out here")),
        }
    }

    fn library(&self, library: Library) -> Option<Node<'t>> {
        self.reuse
            .definitions
            .and_then(|node| node.get(library.key()))
    }

    /// Checks what nothing named, and says that nothing did.
    pub(crate) fn check_unnamed(&mut self) {
        // After an error, what would have named it may just not have been read.
        let complete = !self.sink.failed();
        if complete {
            secrets::check_unused(self, self.root);
            extension::check_unused(self, self.root);
        }
        // Lowered for their findings alone: what they leave behind is dropped.
        let arenas = std::mem::take(&mut self.arenas);
        let sites = self.sites.clone();
        for library in Library::ALL {
            let fields = self.library(library).into_iter().flat_map(Node::fields);
            for field in fields {
                if self.reuse.named.contains(&(library, field.key.to_owned())) {
                    continue;
                }
                if complete {
                    self.never_used(library.one(), &field);
                }
                self.check_definition(library, field.value);
            }
        }
        self.check_uncalled(complete);
        self.arenas = arenas;
        self.sites = sites;
    }

    fn check_uncalled(&mut self, complete: bool) {
        let functions = self.reuse.definitions;
        let functions = functions.and_then(|node| node.get("functions"));
        let uncalled = functions.into_iter().flat_map(Node::fields);
        let uncalled: Vec<_> = uncalled
            .filter(|field| !self.functions.calls(field.key))
            .collect();
        self.functions = Functions::default();
        for field in uncalled {
            if complete {
                self.never_used("function", &field);
            }
            self.function(Target::Own(field.key.to_owned()), field.key, field.value);
        }
        self.lower_functions();
    }

    fn never_used(&mut self, one: &str, field: &Field<'_>) {
        let message = format!("the {one} {} is never used", shown(field.key));
        let found = Diagnostic::warning(Code::NoEffect, field.value, message);
        self.emit(found.at(field.key_span.clone()));
    }

    fn check_definition(&mut self, library: Library, node: Node<'t>) {
        let variable = Variable {
            name: "error",
            span: node.mark(),
        };
        let variables = [variable];
        let env = Env::within(Slot::Definition, &variables);
        match library {
            Library::Authentications => {
                auth::policy(self, node, env);
            }
            Library::Errors => {
                error::definition(self, node, env);
            }
            Library::Retries => {
                retry::definition(self, node, env, &retry::Growth::default());
            }
            Library::Timeouts => {
                duration::definition(self, node, env);
            }
        }
    }
}
