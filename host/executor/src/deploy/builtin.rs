//! The plugins that come with the host: there from its start, stored when a workflow first
//! calls them, loaded when they are first needed.

use std::sync::Arc;

use segue_bundle::is_host_name;
use segue_model::ir::PinnedStep;
use segue_model::problem::Kind;
use segue_model::{PluginDescriptor, Problem};
use segue_store::{PluginRecord, StoreError};
use semver::BuildMetadata;

use crate::catalogue::Catalogue;
use crate::port::Builtin;
use crate::refusal::{chain, store_problem};
use crate::shared::Shared;

/// Makes them callable. Nothing is stored or loaded.
pub(crate) fn announce(shared: &Shared) {
    for builtin in &shared.ports.builtin {
        let descriptor = builtin.descriptor();
        if !is_host_name(&descriptor.name) {
            shared.health.trouble(format!(
                "a plugin that comes with the host cannot be used: `{}` is not a name of the host's own",
                descriptor.name
            ));
            continue;
        }
        let descriptor = distinct(&shared.catalogue, descriptor);
        shared.catalogue.expect_builtin(descriptor.digest);
        shared.catalogue.add_plugin(PluginRecord {
            descriptor,
            deployed_at: shared.now(),
        });
    }
}

/// Another host before this one may have stored other bytes under the same version: then
/// this build is told apart by its digest.
fn distinct(catalogue: &Catalogue, descriptor: &PluginDescriptor) -> PluginDescriptor {
    let mut descriptor = descriptor.clone();
    let taken = catalogue
        .plugin(&descriptor.name, &descriptor.version)
        .is_some_and(|known| known.descriptor.digest != descriptor.digest);
    if taken {
        let digest = descriptor.digest.short();
        descriptor.version.build = BuildMetadata::new(&digest).unwrap_or_default();
    }
    descriptor
}

/// Stores those that these steps are pinned to: runs must find them, whatever host takes
/// them over.
pub(super) async fn keep(shared: &Shared, pins: &[PinnedStep]) -> Result<(), Problem> {
    for pin in pins {
        let Some(builtin) = shared.builtin(&pin.component) else {
            continue;
        };
        let stored = shared.store().component(&pin.component).await;
        if stored.map_err(|error| store_problem(&error))?.is_some() {
            continue;
        }
        let record = shared.catalogue.plugin(&pin.plugin, &pin.version);
        let record = record.ok_or_else(|| {
            let detail = format!(
                "plugin {}:{} is not in the catalogue",
                pin.plugin, pin.version
            );
            Problem::new(Kind::Internal, detail)
        })?;
        put(shared, &record, builtin).await?;
    }
    Ok(())
}

async fn put(
    shared: &Shared,
    record: &PluginRecord,
    builtin: &Arc<dyn Builtin>,
) -> Result<(), Problem> {
    let put = shared
        .store()
        .put_plugin(record.clone(), builtin.component()?);
    match put.await {
        Ok(()) => Ok(()),
        Err(error) => {
            if !matches!(error, StoreError::Exists { .. }) {
                shared.health.store_refused(&error, shared.now());
            }
            Err(store_problem(&error))
        }
    }
}

/// Loads those that these steps are pinned to, so that the first run need not wait for it.
pub(super) fn warm(shared: &Arc<Shared>, pins: &[PinnedStep]) {
    let components = pins.iter().map(|pin| pin.component);
    for component in components.filter(|component| shared.builtin(component).is_some()) {
        let loading = Arc::clone(shared);
        shared.tasks.spawn(async move {
            let loaded = tokio::select! {
                biased;
                () = loading.tasks.draining() => return,
                loaded = loading.ensure_loaded(&component) => loaded,
            };
            if let Err(problem) = loaded {
                let why = chain(&problem);
                loading.health.trouble(format!(
                    "a plugin that comes with the host cannot be used: {why}"
                ));
            }
        });
    }
}
