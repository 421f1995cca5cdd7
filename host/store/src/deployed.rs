//! What was deployed: components, plugins and workflows.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::ir::Deployed;
use segue_model::{Digest, PluginDescriptor, Timestamp, WorkflowName};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// Keeps what was deployed. All writes are durable when they return.
#[async_trait]
pub trait Deployments: Send + Sync {
    /// Stores a plugin and its component. Storing the same again is no error and changes
    /// nothing; the same name and version with another digest is [`StoreError::Exists`].
    async fn put_plugin(
        &self,
        plugin: PluginRecord,
        component: Arc<[u8]>,
    ) -> Result<(), StoreError>;

    /// All plugins, by name and then by version.
    async fn plugins(&self) -> Result<Vec<PluginRecord>, StoreError>;

    /// The bytes of a component.
    async fn component(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, StoreError>;

    /// Stores a deployed workflow under its digest and makes it the current one of its name
    /// and version. Storing a digest again replaces its source and record: the deployed form
    /// is the same, the text around it may differ.
    async fn put_workflow(&self, workflow: StoredWorkflow) -> Result<(), StoreError>;

    /// A deployed workflow by digest.
    async fn workflow(&self, digest: &Digest) -> Result<Option<StoredWorkflow>, StoreError>;

    /// The current deployment of every workflow, by name and then by version.
    async fn workflows(&self) -> Result<Vec<WorkflowRecord>, StoreError>;

    /// The current deployment of one workflow.
    async fn current(&self, name: &WorkflowName) -> Result<Option<WorkflowRecord>, StoreError>;
}

/// A plugin, as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginRecord {
    /// What its component says of it.
    pub descriptor: PluginDescriptor,
    /// When it was deployed.
    pub deployed_at: Timestamp,
}

impl PluginRecord {
    /// What to call it in a message.
    pub fn label(&self) -> String {
        format!(
            "plugin `{}` {}",
            self.descriptor.name, self.descriptor.version
        )
    }
}

/// A deployed workflow, without its body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowRecord {
    /// Its name.
    pub name: WorkflowName,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The digest of the deployed form: IR and pins.
    pub digest: Digest,
    /// The digest of the source text.
    pub source_digest: Digest,
    /// When it was deployed.
    pub deployed_at: Timestamp,
}

/// A deployed workflow, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredWorkflow {
    /// What lists show.
    pub record: WorkflowRecord,
    /// The source text, as it was sent.
    pub source: Arc<str>,
    /// IR and pins.
    pub deployed: Arc<Deployed>,
}
