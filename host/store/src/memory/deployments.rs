//! Plugins, components and workflows in memory.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::{Digest, WorkflowName};

use super::MemoryStore;
use super::faults::Operation;
use crate::deployed::{Deployments, PluginRecord, StoredWorkflow, WorkflowRecord};
use crate::error::StoreError;

#[async_trait]
impl Deployments for MemoryStore {
    async fn put_plugin(
        &self,
        plugin: PluginRecord,
        component: Arc<[u8]>,
    ) -> Result<(), StoreError> {
        self.perform(Operation::Deploy, |data, _| {
            let described = &plugin.descriptor;
            let digest = described.digest;
            let name = (described.name.clone(), described.version.clone());
            match data.plugins.get(&name) {
                Some(before) if before.descriptor.digest == digest => Ok(()),
                Some(before) => Err(StoreError::Exists {
                    what: before.label(),
                    digest: before.descriptor.digest,
                }),
                None => {
                    data.plugins.insert(name, plugin);
                    data.components.entry(digest).or_insert(component);
                    Ok(())
                }
            }
        })
        .await
    }

    async fn plugins(&self) -> Result<Vec<PluginRecord>, StoreError> {
        self.perform(Operation::Read, |data, _| {
            Ok(data.plugins.values().cloned().collect())
        })
        .await
    }

    async fn component(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.perform(Operation::Read, |data, _| {
            Ok(data.components.get(digest).cloned())
        })
        .await
    }

    async fn put_workflow(&self, workflow: StoredWorkflow) -> Result<(), StoreError> {
        self.perform(Operation::Deploy, |data, _| {
            let record = &workflow.record;
            data.current.insert(record.name.clone(), record.digest);
            data.workflows.insert(record.digest, workflow);
            Ok(())
        })
        .await
    }

    async fn workflow(&self, digest: &Digest) -> Result<Option<StoredWorkflow>, StoreError> {
        self.perform(Operation::Read, |data, _| {
            Ok(data.workflows.get(digest).cloned())
        })
        .await
    }

    async fn workflows(&self) -> Result<Vec<WorkflowRecord>, StoreError> {
        self.perform(Operation::Read, |data, _| {
            let current = data.current.values();
            let found = current.filter_map(|digest| data.workflows.get(digest));
            Ok(found.map(|workflow| workflow.record.clone()).collect())
        })
        .await
    }

    async fn current(&self, name: &WorkflowName) -> Result<Option<WorkflowRecord>, StoreError> {
        self.perform(Operation::Read, |data, _| {
            let digest = data.current.get(name);
            let found = digest.and_then(|digest| data.workflows.get(digest));
            Ok(found.map(|workflow| workflow.record.clone()))
        })
        .await
    }
}
