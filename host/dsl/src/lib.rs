//! Open Workflow Specification YAML or JSON -> IR, with diagnostics that point into the source.
//!
//! ```text
//! yaml/     text -> spanned value tree          syntax/   typed reading of the tree
//! lower/    one file per task type -> IR        check/    what the schema of the DSL cannot say
//! ```
//!
//! The language is the Open Workflow Specification DSL 1.0.3 as a declared profile: what is not
//! supported is refused with a diagnostic that names it and points at the line, never ignored.

mod catalogs;
mod check;
mod diagnostic;
mod graph;
mod json;
mod locate;
mod lower;
mod profile;
mod render;
mod sites;
mod syntax;
mod yaml;

use segue_model::ir::Workflow;

pub use catalogs::{Catalog, CatalogFault, Catalogs, NoCatalogs};
pub use check::schema::{schema_fault, schema_options};
pub use diagnostic::{Code, DIAGNOSTICS_MAX, Diagnostic, Severity};
pub use graph::{GRAPH_DEPTH_MAX, GRAPH_TASKS_MAX, mermaid};
pub use json::to_json;
pub use locate::{Located, locate};
pub use profile::profile_schema;
pub use render::render;
pub use sites::{CallSite, ChildSite, EndpointSite, Purpose, SecretSite};
pub use yaml::{DEPTH_MAX, KEY_BYTES_MAX, NODES_MAX, TEXT_BYTES_MAX};

/// A document that was read. The sites say where the document names what only a deployment can
/// check; all of them are empty without a workflow.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The workflow; `None` exactly where a finding is an error.
    pub workflow: Option<Workflow>,
    /// What was found, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
    /// Every call of a step, so that what only a deployment can find out (an unknown step,
    /// arguments that its schema refuses) can point at the line. Where a function of a catalog
    /// calls the step, it is the place that calls the function.
    pub calls: Vec<CallSite>,
    /// The endpoints of standard calls that are fixed: the workflow's grants must allow them.
    pub endpoints: Vec<EndpointSite>,
    /// The workflows that it starts.
    pub children: Vec<ChildSite>,
    /// The secrets that it declares.
    pub secrets: Vec<SecretSite>,
}

/// [`compile_with`] on a host that is configured with no catalogs.
pub fn compile(source: &str) -> Compiled {
    compile_with(source, &NoCatalogs)
}

/// Parses, checks and compiles one document, YAML or JSON. Warnings come with success too.
/// What it takes from catalogs becomes a part of the workflow.
///
/// Whatever the text, this gives an answer: sizes are bounded, and nothing panics.
pub fn compile_with(source: &str, catalogs: &dyn Catalogs) -> Compiled {
    let mut sink = diagnostic::Sink::default();
    let tree = yaml::parse(source, &mut sink);
    let (workflow, sites, mut sink) = match &tree {
        Some(tree) => lower::lower(tree.root(), sink, catalogs),
        None => (None, sites::Sites::default(), sink),
    };
    if let (Some(tree), Some(workflow)) = (&tree, &workflow) {
        check::advice::advise(tree.root(), workflow, &mut sink);
    }
    let workflow = workflow.filter(|_| !sink.failed());
    let sites = match workflow {
        Some(_) => sites,
        None => sites::Sites::default(),
    };
    Compiled {
        workflow,
        diagnostics: sink.finish(),
        calls: sites.calls,
        endpoints: sites.endpoints,
        children: sites.children,
        secrets: sites.secrets,
    }
}

#[cfg(test)]
mod tests;
