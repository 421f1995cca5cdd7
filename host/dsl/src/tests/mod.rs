//! Tests of the whole front end, through its public door.

mod bounds;
mod calls;
mod codes;
mod examples;
mod functions;
mod fuzz;
mod golden;
mod lowering;
mod profile;
mod suite;
mod tasks;

use segue_model::ir::{ExprId, Task, Workflow};

use crate::{Catalog, CatalogFault, Catalogs, Code, Compiled, Severity, compile, compile_with};

/// The head of a document, on one line.
const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: sample, version: '1.0.0' }\n";

/// Compiles a document that is `body` below a plain head.
fn compiled(body: &str) -> Compiled {
    compile(&format!("{HEAD}{body}"))
}

/// The workflow of a document that has no errors.
fn workflow(body: &str) -> Workflow {
    accepted(body, compiled(body))
}

fn accepted(body: &str, compiled: Compiled) -> Workflow {
    let errors: Vec<_> = compiled
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{body}\n{errors:#?}");
    compiled.workflow.unwrap()
}

/// The errors of a document: code and message.
fn errors(compiled: &Compiled) -> Vec<(Code, &str)> {
    let errors = compiled
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error);
    errors.map(|d| (d.code, d.message.as_str())).collect()
}

/// The codes of all findings.
fn codes(compiled: &Compiled) -> Vec<Code> {
    compiled.diagnostics.iter().map(|d| d.code).collect()
}

fn task<'w>(workflow: &'w Workflow, name: &str) -> &'w Task {
    workflow
        .tasks
        .iter()
        .find(|task| task.name == name)
        .unwrap()
}

/// The source of an expression, and the variables that it uses.
fn expression(workflow: &Workflow, id: ExprId) -> (&str, Vec<&str>) {
    let found = &workflow.expressions[id.index()];
    (
        &found.source,
        found.variables.iter().map(String::as_str).collect(),
    )
}

/// Catalogs in memory: their addresses, and the files of all of them.
struct Shelf {
    catalogs: Vec<(&'static str, &'static str)>,
    files: Vec<(&'static str, String)>,
}

impl Catalogs for Shelf {
    fn all(&self) -> Vec<Catalog> {
        let catalogs = self.catalogs.iter().map(|(name, endpoint)| Catalog {
            name: (*name).to_owned(),
            endpoint: (*endpoint).to_owned(),
        });
        catalogs.collect()
    }

    fn read(&self, catalog: &str, path: &str) -> Result<String, CatalogFault> {
        let wanted = format!("{catalog}/{path}");
        let found = self.files.iter().find(|(name, _)| *name == wanted);
        let (_, text) = found.ok_or(CatalogFault::Missing)?;
        Ok(text.clone())
    }
}

/// Compiles a document below a plain head, with these files in the catalog `ours` at
/// `https://example.com/catalog`.
fn compiled_with(body: &str, files: &[(&'static str, &str)]) -> Compiled {
    let shelf = Shelf {
        catalogs: vec![("ours", "https://example.com/catalog")],
        files: files
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()))
            .collect(),
    };
    compile_with(&format!("{HEAD}{body}"), &shelf)
}
