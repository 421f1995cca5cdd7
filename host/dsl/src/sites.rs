//! What a deployer has to check against the world, and where the document says it.

use std::ops::Range;

use segue_model::ir::{StepId, WorkflowRef};

/// Where a workflow calls a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// The step, among [`segue_model::ir::Workflow::steps`].
    pub step: StepId,
    /// The bytes of the source that name it.
    pub span: Range<usize>,
    /// The same as a JSON pointer: `/do/0/charge/call`.
    pub pointer: String,
}

/// An endpoint whose scheme, host and port are fixed: the workflow's grants must allow it.
/// Those that an expression computes are only known when they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSite {
    /// What it is for.
    pub purpose: Purpose,
    /// `http` or `https`.
    pub scheme: String,
    /// The host: a name, or an address (of IPv6 in brackets).
    pub host: String,
    /// The port, where it is not the one of the scheme.
    pub port: Option<u16>,
    /// The bytes of the source that name it.
    pub span: Range<usize>,
    /// The same as a JSON pointer.
    pub pointer: String,
}

/// What an endpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Requests of `call: http` go there.
    Request,
    /// The document of `call: openapi` is read there.
    Document,
    /// Tokens come from there: `authority` of `oauth2` and `oidc`.
    Authority,
}

/// Where a workflow starts another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildSite {
    /// Which one.
    pub workflow: WorkflowRef,
    /// The bytes of the source that name it.
    pub span: Range<usize>,
    /// The same as a JSON pointer: `/do/0/register/run/workflow`.
    pub pointer: String,
}

/// A secret that a workflow declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSite {
    /// Its name.
    pub name: String,
    /// The bytes of the source that declare it.
    pub span: Range<usize>,
    /// The same as a JSON pointer: `/use/secrets/0`.
    pub pointer: String,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sites {
    pub(crate) calls: Vec<CallSite>,
    pub(crate) endpoints: Vec<EndpointSite>,
    pub(crate) children: Vec<ChildSite>,
    pub(crate) secrets: Vec<SecretSite>,
}
