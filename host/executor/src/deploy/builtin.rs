//! The plugins that come with the host. They are known from its start on. A component goes into
//! the store when a workflow first pins it, so that its runs find it whatever a later host
//! comes with; and it is compiled then, which takes some seconds for a large one, while the
//! host does everything else.

use std::sync::Arc;

use segue_bundle::is_host_name;
use segue_model::ir::PinnedStep;
use segue_model::{Digest, Problem, Timestamp};
use segue_store::{PluginRecord, StoreError};
use semver::BuildMetadata;

use crate::builtin::Builtin;
use crate::catalogue::Catalogue;
use crate::refusal::{chain, store_problem};
use crate::shared::Shared;

/// Makes them known. Returns those whose components are not stored.
pub(crate) fn announce(catalogue: &Catalogue, builtin: &[Builtin], now: Timestamp) -> Vec<Builtin> {
    let digests = builtin.iter().map(|builtin| builtin.descriptor.digest);
    catalogue.expect_builtin(digests);
    let is_new = |builtin: &&Builtin| !catalogue.has_component(&builtin.descriptor.digest);
    let mut new: Vec<Builtin> = builtin.iter().filter(is_new).cloned().collect();
    for builtin in &mut new {
        let descriptor = &mut builtin.descriptor;
        if catalogue.has_version(&descriptor.name, &descriptor.version) {
            // Another host before this one had other bytes under the same version.
            let build = BuildMetadata::new(&descriptor.digest.short());
            descriptor.version.build = build.unwrap_or_default();
        }
        catalogue.add_plugin(PluginRecord {
            descriptor: descriptor.clone(),
            deployed_at: now,
        });
    }
    new
}

/// Stores the components among `pins` that come with the host and are not stored yet, and lets
/// them be compiled.
pub(super) async fn keep(shared: &Arc<Shared>, pins: &[PinnedStep]) -> Result<(), Problem> {
    for pin in pins {
        let unstored = shared.unstored(&pin.component);
        if let Some(builtin) = unstored {
            store(shared, &builtin).await?;
        }
        if shared.catalogue.is_builtin(&pin.component) {
            let loading = warm(Arc::clone(shared), pin.component);
            shared.tasks.spawn(loading);
        }
    }
    Ok(())
}

async fn store(shared: &Shared, builtin: &Builtin) -> Result<(), Problem> {
    let record = PluginRecord {
        descriptor: builtin.descriptor.clone(),
        deployed_at: shared.now(),
    };
    let put = shared.store().put_plugin(record, builtin.component()?);
    match put.await {
        Ok(()) | Err(StoreError::Exists { .. }) => {}
        Err(error) => {
            shared.health.store_refused(&error, shared.now());
            return Err(store_problem(&error));
        }
    }
    tracing::info!(
        plugin = builtin.descriptor.name,
        version = %builtin.descriptor.version,
        digest = %builtin.descriptor.digest,
        "a plugin of the host is used for the first time"
    );
    shared.stored(&builtin.descriptor.digest);
    Ok(())
}

/// Loads the plugins of the host that workflows use, after everything else has started.
pub(crate) async fn warm_all(shared: Arc<Shared>) {
    for record in shared.catalogue.plugins() {
        let descriptor = &record.descriptor;
        let is_stored = shared.unstored(&descriptor.digest).is_none();
        if is_host_name(&descriptor.name) && is_stored {
            warm(Arc::clone(&shared), descriptor.digest).await;
        }
    }
}

async fn warm(shared: Arc<Shared>, component: Digest) {
    let loaded = tokio::select! {
        biased;
        () = shared.tasks.draining() => return,
        loaded = shared.ensure_loaded(&component) => loaded,
    };
    if let Err(problem) = loaded {
        shared.health.trouble(format!(
            "a plugin that comes with the host cannot be used: {}",
            chain(&problem)
        ));
    }
}
