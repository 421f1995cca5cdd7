//! `use`: errors, retries and timeouts with a name.
//!
//! A definition is lowered where it is named, with the variables of that place; one that
//! nothing names is still checked.

use std::collections::HashSet;

use super::scope::{Env, Slot, Variable};
use super::{Cx, duration, error, retry};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Fields, Shape, wrong_type};
use crate::yaml::Node;

const USE: Shape = Shape {
    what: "`use`",
    keys: &["errors", "retries", "timeouts"],
    unsupported: &[
        (
            "authentications",
            "`use.authentications`",
            "they belong to standard calls such as `call: http`, which are not supported",
        ),
        (
            "catalogs",
            "`use.catalogs`",
            "plugins stand in the catalog `default`, which needs no declaration",
        ),
        (
            "extensions",
            "`use.extensions`",
            "write the tasks before and after the tasks that they extend",
        ),
        (
            "functions",
            "`use.functions`",
            "write the tasks of a function out where it is called, or make it a step of a plugin",
        ),
        (
            "secrets",
            "`use.secrets`",
            "a workflow sees no secrets: what needs one is a step of a plugin",
        ),
    ],
};

/// A part of `use`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Library {
    Errors,
    Retries,
    Timeouts,
}

impl Library {
    const ALL: [Library; 3] = [Library::Errors, Library::Retries, Library::Timeouts];

    fn key(self) -> &'static str {
        match self {
            Library::Errors => "errors",
            Library::Retries => "retries",
            Library::Timeouts => "timeouts",
        }
    }

    /// One of them, as a message says it.
    fn one(self) -> &'static str {
        match self {
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
        for library in Library::ALL {
            let fields = self.library(library).into_iter().flat_map(Node::fields);
            for field in fields {
                if self.reuse.named.contains(&(library, field.key.to_owned())) {
                    continue;
                }
                if complete {
                    let message =
                        format!("the {} {} is never used", library.one(), shown(field.key));
                    let found = Diagnostic::warning(Code::NoEffect, field.value, message);
                    self.emit(found.at(field.key_span.clone()));
                }
                // Lowered for its findings alone: what it leaves in the arenas is dropped.
                let arenas = std::mem::take(&mut self.arenas);
                self.check_definition(library, field.value);
                self.arenas = arenas;
            }
        }
    }

    fn check_definition(&mut self, library: Library, node: Node<'t>) {
        let variable = Variable {
            name: "error",
            span: node.mark(),
        };
        let env = Env {
            slot: Slot::Definition,
            variables: &[variable],
        };
        match library {
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
