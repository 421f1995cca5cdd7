//! Plugins, components and workflows: what was deployed.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::{Digest, WorkflowName};
use segue_store::{Deployments, PluginRecord, StoreError, StoredWorkflow, WorkflowRecord};

use crate::components::CHUNK_BYTES;
use crate::plugins::Found;
use crate::store::SqliteStore;
use crate::workflows::Written;
use crate::{components, plugins, workflows};

#[async_trait]
impl Deployments for SqliteStore {
    async fn put_plugin(
        &self,
        plugin: PluginRecord,
        component: Arc<[u8]>,
    ) -> Result<(), StoreError> {
        let found = {
            let plugin = plugin.clone();
            self.read("looked for a plugin", move |connection| {
                plugins::find(connection, &plugin)
            })
            .await?
        };
        match found {
            Found::Same => return Ok(()),
            Found::Other(conflict) => return Err(conflict),
            Found::Nothing => {
                self.put_component(&plugin.descriptor.digest, &component)
                    .await?
            }
        }
        let bytes = component.len();
        self.write("stored a plugin", 0, move |transaction| {
            let connection = transaction.connection;
            // Another one may have come in between.
            match plugins::find(connection, &plugin)? {
                Found::Same => return Ok(Ok(())),
                Found::Other(conflict) => return Ok(Err(conflict)),
                Found::Nothing => {}
            }
            components::finish(connection, &plugin.descriptor.digest, bytes)?;
            plugins::insert(connection, &plugin)?;
            Ok(Ok(()))
        })
        .await?
    }

    async fn plugins(&self) -> Result<Vec<PluginRecord>, StoreError> {
        self.read("listed plugins", plugins::list).await
    }

    async fn component(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, StoreError> {
        let digest = *digest;
        self.read("read a component", move |connection| {
            components::read(connection, &digest)
        })
        .await
    }

    async fn put_workflow(&self, workflow: StoredWorkflow) -> Result<(), StoreError> {
        let written = Written::new(&workflow).map_err(|source| StoreError::Backend {
            during: "wrote a workflow as JSON",
            source: Box::new(source),
        })?;
        let bytes = written.size_bytes();
        self.write("stored a workflow", bytes, move |transaction| {
            workflows::put(transaction.connection, &written)
        })
        .await
    }

    async fn workflow(&self, digest: &Digest) -> Result<Option<StoredWorkflow>, StoreError> {
        let digest = *digest;
        self.read("read a workflow", move |connection| {
            workflows::find(connection, &digest)
        })
        .await
    }

    async fn workflows(&self) -> Result<Vec<WorkflowRecord>, StoreError> {
        self.read("listed workflows", workflows::list).await
    }

    async fn current(&self, name: &WorkflowName) -> Result<Option<WorkflowRecord>, StoreError> {
        let name = name.clone();
        self.read("looked for a workflow", move |connection| {
            workflows::current(connection, &name)
        })
        .await
    }
}

impl SqliteStore {
    /// Writes the chunks of a component, unless it is there.
    async fn put_component(&self, digest: &Digest, bytes: &Arc<[u8]>) -> Result<(), StoreError> {
        let digest = *digest;
        let exists = self
            .read("looked for a component", move |connection| {
                components::exists(connection, &digest)
            })
            .await?;
        if exists {
            return Ok(());
        }
        for chunk in 0..bytes.len().div_ceil(CHUNK_BYTES) {
            let bytes = Arc::clone(bytes);
            self.write("stored a component", CHUNK_BYTES, move |transaction| {
                let mut chunks = bytes.chunks(CHUNK_BYTES);
                match chunks.nth(chunk) {
                    Some(body) => {
                        components::put_chunk(transaction.connection, &digest, chunk, body)
                    }
                    None => Ok(()),
                }
            })
            .await?;
        }
        Ok(())
    }
}
