//! Tests of the whole front end, through its public door.

mod codes;
mod examples;
mod fuzz;
mod golden;
mod lowering;
mod profile;

use crate::{Compiled, Severity, compile};

/// The head of a document, on one line.
const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: sample, version: '1.0.0' }\n";

/// Compiles a document that is `body` below a plain head.
fn compiled(body: &str) -> Compiled {
    compile(&format!("{HEAD}{body}"))
}

/// The workflow of a document that has no errors.
fn workflow(body: &str) -> segue_model::ir::Workflow {
    let compiled = compiled(body);
    let errors: Vec<_> = compiled
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{body}\n{errors:#?}");
    compiled.workflow.unwrap()
}
