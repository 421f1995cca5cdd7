//! The plugins that come with the host: deployed at its start, by nobody.

use std::sync::Arc;

use segue_bundle::is_host_name;
use segue_model::problem::Kind;
use segue_model::{Digest, PluginDescriptor, Problem};
use segue_store::{PluginRecord, StoreError};
use semver::BuildMetadata;

use crate::refusal::{chain, store_problem};
use crate::shared::Shared;

/// Deploys these components, one after the other: compiling a large one for the first time
/// takes some seconds, during which the host does everything else but deploy workflows.
pub(crate) async fn builtin(shared: Arc<Shared>, components: Vec<Arc<[u8]>>) {
    for component in components {
        let deployed = tokio::select! {
            biased;
            () = shared.tasks.draining() => return,
            deployed = deploy(&shared, component) => deployed,
        };
        if let Err(problem) = deployed {
            shared.health.trouble(format!(
                "a plugin that comes with the host cannot be used: {}",
                chain(&problem)
            ));
        }
    }
    shared.builtin.send_replace(true);
}

/// Waits until they are deployed.
pub(super) async fn ready(shared: &Shared) {
    let mut ready = shared.builtin.subscribe();
    tokio::select! {
        () = shared.tasks.draining() => {}
        // The sender lives in what is shared.
        _ = ready.wait_for(|ready| *ready) => {}
    }
}

async fn deploy(shared: &Shared, component: Arc<[u8]>) -> Result<(), Problem> {
    let digest = Digest::of(&component);
    if shared.catalogue.has_component(&digest) {
        return shared.ensure_loaded(&digest).await;
    }
    let descriptor = shared
        .ports
        .invoker
        .inspect(Arc::clone(&component), &shared.policy)
        .await?;
    check(&descriptor, &digest)?;
    let loading = shared.ports.invoker.load(digest, Arc::clone(&component));
    loading.await?;
    let mut record = PluginRecord {
        descriptor,
        deployed_at: shared.now(),
    };
    let mut put = put(shared, &record, &component).await;
    if matches!(put, Err(StoreError::Exists { .. })) {
        // Another host before this one had other bytes under the same version.
        let version = &mut record.descriptor.version;
        version.build = BuildMetadata::new(&digest.short()).unwrap_or_default();
        put = self::put(shared, &record, &component).await;
    }
    put.map_err(|error| {
        shared.health.store_refused(&error, shared.now());
        store_problem(&error)
    })?;
    tracing::info!(
        plugin = record.descriptor.name,
        version = %record.descriptor.version,
        %digest,
        "a plugin of the host is deployed"
    );
    shared.catalogue.add_plugin(record);
    Ok(())
}

async fn put(
    shared: &Shared,
    record: &PluginRecord,
    component: &Arc<[u8]>,
) -> Result<(), StoreError> {
    let put = shared.store().put_plugin(record.clone(), Arc::clone(component));
    put.await
}

fn check(descriptor: &PluginDescriptor, digest: &Digest) -> Result<(), Problem> {
    if !is_host_name(&descriptor.name) {
        let detail = format!("`{}` is not a name of the host's own", descriptor.name);
        return Err(Problem::new(Kind::Internal, detail));
    }
    if descriptor.digest != *digest {
        let detail = "the component was described under another digest than its own";
        return Err(Problem::new(Kind::Internal, detail));
    }
    Ok(())
}
