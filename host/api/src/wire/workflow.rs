//! Workflows on the wire.

use segue_executor::Deployment;
use segue_executor::WorkflowRecord;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::DiagnosticSchema;

/// A deployed workflow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workflow {
    /// What starts runs of it: `namespace/name:version`.
    #[schema(example = "shop/order:1.0.0")]
    workflow: String,
    namespace: String,
    name: String,
    /// Semantic Versioning 2.0.0.
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The digest of the deployed form: the workflow and the components that it is pinned to.
    digest: String,
    /// The digest of the source text.
    source_digest: String,
    /// RFC 3339.
    deployed_at: String,
}

impl From<WorkflowRecord> for Workflow {
    fn from(record: WorkflowRecord) -> Self {
        Workflow {
            workflow: record.name.to_string(),
            namespace: record.name.namespace,
            name: record.name.name,
            version: record.name.version.to_string(),
            title: record.title,
            digest: record.digest.to_string(),
            source_digest: record.source_digest.to_string(),
            deployed_at: record.deployed_at.rfc3339(),
        }
    }
}

/// All deployed workflows, by name and then by version.
#[derive(Serialize, ToSchema)]
pub(crate) struct Workflows {
    workflows: Vec<Workflow>,
}

impl Workflows {
    pub(crate) fn new(records: Vec<WorkflowRecord>) -> Self {
        Workflows {
            workflows: records.into_iter().map(Workflow::from).collect(),
        }
    }
}

/// A workflow was deployed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deployed {
    #[serde(flatten)]
    workflow: Workflow,
    /// Whether this request deployed it; false where it was deployed already.
    created: bool,
    /// Findings that do not stop it.
    #[schema(value_type = Vec<DiagnosticSchema>)]
    diagnostics: Value,
}

impl Deployed {
    pub(crate) fn new(deployment: Deployment, diagnostics: Value) -> Self {
        Deployed {
            workflow: deployment.record.into(),
            created: deployment.created,
            diagnostics,
        }
    }
}

/// What was found in a document.
#[derive(Serialize, ToSchema)]
pub(crate) struct Checked {
    /// Whether it would be deployed.
    pub(crate) valid: bool,
    /// What was found, in the order of the document.
    #[schema(value_type = Vec<DiagnosticSchema>)]
    pub(crate) diagnostics: Value,
}
