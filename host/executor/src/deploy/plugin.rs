//! Deploying a plugin.

use std::sync::Arc;

use segue_bundle::{StepDecision, decide, is_host_name, refused_imports};
use segue_model::limits::COMPONENT_BYTES_MAX;
use segue_model::problem::Kind;
use segue_model::{Digest, EffectClass, Grants, PluginDescriptor, Problem, StepDescriptor};
use segue_store::{PluginRecord, StoreError};

use crate::refusal::store_problem;
use crate::request::{PluginView, StepView};
use crate::shared::Shared;

pub(crate) async fn plugin(shared: &Shared, component: Arc<[u8]>) -> Result<PluginRecord, Problem> {
    let size = component.len();
    if size > COMPONENT_BYTES_MAX {
        let detail =
            format!("the component has {size} bytes; at most {COMPONENT_BYTES_MAX} are taken");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    let descriptor = shared
        .ports
        .invoker
        .inspect(Arc::clone(&component), &shared.policy)
        .await?;
    check(shared, &descriptor, &component)?;
    if is_host_name(&descriptor.name) && !shared.catalogue.is_builtin(&descriptor.digest) {
        return Err(reserved(&descriptor.name));
    }
    let _deploying = shared.deploying.lock().await;
    if let Some(known) = deployed(shared, &descriptor)? {
        shared.ensure_loaded(&descriptor.digest).await?;
        return Ok(known);
    }
    let digest = descriptor.digest;
    let record = PluginRecord {
        descriptor,
        deployed_at: shared.now(),
    };
    // Loaded first: what cannot be run must not be stored.
    let loading = shared.ports.invoker.load(digest, Arc::clone(&component));
    loading.await?;
    let put = shared.store().put_plugin(record.clone(), component);
    if let Err(error) = put.await {
        if !matches!(error, StoreError::Exists { .. }) {
            shared.health.store_failed(&error, shared.now());
        }
        return Err(store_problem(&error));
    }
    shared.catalogue.add_plugin(record.clone());
    tracing::info!(
        plugin = record.descriptor.name,
        version = %record.descriptor.version,
        %digest,
        "a plugin was deployed"
    );
    Ok(record)
}

/// The names of the host's own plugins and functions are nobody else's.
fn reserved(name: &str) -> Problem {
    let detail = format!(
        "`{name}` is a name of the host's own, whose plugins come with it and cannot be replaced: give yours another name"
    );
    Problem::new(Kind::Conflict, detail)
}

/// What is believed of a descriptor whoever made it: that it speaks of these bytes, and that
/// the policy lets in what they import.
fn check(shared: &Shared, descriptor: &PluginDescriptor, component: &[u8]) -> Result<(), Problem> {
    if descriptor.digest != Digest::of(component) {
        let detail = "the component was described under another digest than its own";
        return Err(Problem::new(Kind::Internal, detail));
    }
    match refused_imports(descriptor, &shared.policy) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// The plugin of that name and version, where it is deployed already.
fn deployed(
    shared: &Shared,
    descriptor: &PluginDescriptor,
) -> Result<Option<PluginRecord>, Problem> {
    let versions = shared.catalogue.versions(&descriptor.name);
    let known = versions
        .into_iter()
        .find(|known| known.descriptor.version == descriptor.version);
    match known {
        None => Ok(None),
        Some(known) if known.descriptor.digest == descriptor.digest => Ok(Some((*known).clone())),
        Some(known) => Err(Problem::new(
            Kind::Conflict,
            format!(
                "plugin {}:{} is deployed already with another component ({}): give the new one a new version",
                descriptor.name, descriptor.version, known.descriptor.digest
            ),
        )),
    }
}

/// Every plugin with what the policy makes of its steps.
pub(crate) fn plugin_views(shared: &Shared) -> Vec<PluginView> {
    let plugins = shared.catalogue.plugins();
    let views = plugins.iter().map(|record| PluginView {
        record: (**record).clone(),
        builtin: is_host_name(&record.descriptor.name),
        decisions: record
            .descriptor
            .steps
            .iter()
            .map(|step| StepView {
                step: step.name.clone(),
                decision: shown(shared, &record.descriptor.name, step),
            })
            .collect(),
    });
    views.collect()
}

/// What a step gets if a workflow pins it now. Of the host's own plugins that depends on the
/// workflow: shown is what becomes of one that grants what the step declares.
fn shown(shared: &Shared, plugin: &str, step: &StepDescriptor) -> StepDecision {
    let mut decision = decide(plugin, step, &shared.policy);
    if is_host_name(plugin) {
        decision.grants = Grants::default();
        if !step.capabilities.is_empty() {
            decision.effect = EffectClass::Effectful;
        }
    }
    decision
}
