//! Open Workflow Specification YAML or JSON -> IR, with diagnostics that point into the source.
//!
//! ```text
//! yaml/     text -> spanned value tree          syntax/   typed reading of the tree
//! lower/    one file per task type -> IR        check/    what the schema of the DSL cannot say
//! ```
//!
//! The language is the Open Workflow Specification DSL 1.0.3 as a declared profile: what is not
//! supported is refused with a diagnostic that names it and points at the line, never ignored.

mod check;
mod diagnostic;
mod lower;
mod render;
mod syntax;
mod yaml;

use std::ops::Range;

use segue_model::ir::{StepId, Workflow};

pub use check::schema::{schema_fault, schema_options};
pub use diagnostic::{Code, DIAGNOSTICS_MAX, Diagnostic, Severity};
pub use render::{render, to_json};
pub use yaml::{DEPTH_MAX, KEY_BYTES_MAX, NODES_MAX, TEXT_BYTES_MAX};

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The workflow; `None` exactly where a finding is an error.
    pub workflow: Option<Workflow>,
    /// What was found, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
    /// Every `call` of a plugin's step, so that what only a deployment can find out (an unknown
    /// step, arguments that its schema refuses) can point at the line. Empty without a workflow.
    pub calls: Vec<CallSite>,
    /// s
    pub endpoints: Vec<EndpointSite>,
    /// s
    pub children: Vec<ChildSite>,
    /// s
    pub secrets: Vec<SecretSite>,
}

/// stub
pub trait Catalogs {}
/// stub
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCatalogs;
impl Catalogs for NoCatalogs {}
/// stub
#[derive(Clone, Debug)]
pub struct EndpointSite { 
    /// s
    pub scheme: String, 
    /// s
    pub host: String, 
    /// s
    pub port: Option<u16>, 
    /// s
    pub span: Range<usize>, 
    /// s
    pub pointer: String }
/// stub
#[derive(Clone, Debug)]
pub struct ChildSite { 
    /// s
    pub workflow: segue_model::ir::WorkflowRef, 
    /// s
    pub span: Range<usize>, 
    /// s
    pub pointer: String }
/// stub
#[derive(Clone, Debug)]
pub struct SecretSite { 
    /// s
    pub name: String, 
    /// s
    pub span: Range<usize>, 
    /// s
    pub pointer: String }
/// stub
pub fn compile_with(source: &str, _c: &dyn Catalogs) -> Compiled { compile(source) }

/// Where a workflow calls a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// The step, among [`Workflow::steps`].
    pub step: StepId,
    /// The bytes of the source that name it.
    pub span: Range<usize>,
    /// The same as a JSON pointer: `/do/0/charge/call`.
    pub pointer: String,
}

/// Parses, checks and compiles one document, YAML or JSON. Warnings come with success too.
///
/// Whatever the text, this gives an answer: sizes are bounded, and nothing panics.
pub fn compile(source: &str) -> Compiled {
    let mut sink = diagnostic::Sink::default();
    let tree = yaml::parse(source, &mut sink);
    let Some(tree) = tree else {
        return Compiled {
            workflow: None,
            diagnostics: sink.finish(),
            calls: Vec::new(),
            endpoints: Vec::new(), children: Vec::new(), secrets: Vec::new(),
        };
    };
    let (workflow, calls, sink) = lower::lower(tree.root(), sink);
    let workflow = workflow.filter(|_| !sink.failed());
    Compiled {
        calls: if workflow.is_some() {
            calls
        } else {
            Vec::new()
        },
        workflow,
        diagnostics: sink.finish(),
            endpoints: Vec::new(), children: Vec::new(), secrets: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
