//! What is deployed, in memory: every plugin and the current workflows. The data directory
//! belongs to this host alone, so what it deployed is what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use segue_bundle::is_host_name;
use segue_model::ir::PinnedStep;
use segue_model::{Capability, Digest, WorkflowName};
use segue_store::{PluginRecord, Store, StoreError, WorkflowRecord};
use semver::Version;

use crate::request::WorkflowSelector;

/// The catalogue of a host.
#[derive(Default)]
pub(crate) struct Catalogue(RwLock<Contents>);

#[derive(Clone, Default)]
struct Contents {
    plugins: BTreeMap<String, BTreeMap<Version, Arc<PluginRecord>>>,
    workflows: BTreeMap<(String, String), BTreeMap<Version, WorkflowRecord>>,
    /// The components that come with this host.
    builtin: BTreeSet<Digest>,
}

impl Catalogue {
    /// Reads all that is stored.
    pub(crate) async fn read(store: &dyn Store) -> Result<Catalogue, StoreError> {
        let catalogue = Catalogue::default();
        for record in store.plugins().await? {
            catalogue.add_plugin(record);
        }
        for record in store.workflows().await? {
            catalogue.add_workflow(record);
        }
        Ok(catalogue)
    }

    /// Adds a plugin; one of the same name and version stays.
    pub(crate) fn add_plugin(&self, record: PluginRecord) {
        let mut contents = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let versions = contents
            .plugins
            .entry(record.descriptor.name.clone())
            .or_default();
        versions
            .entry(record.descriptor.version.clone())
            .or_insert_with(|| Arc::new(record));
    }

    /// Adds a workflow, or replaces its current deployment.
    pub(crate) fn add_workflow(&self, record: WorkflowRecord) {
        let mut contents = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let key = (record.name.namespace.clone(), record.name.name.clone());
        let versions = contents.workflows.entry(key).or_default();
        versions.insert(record.name.version.clone(), record);
    }

    /// This component comes with the host: of the plugins whose names are the host's own,
    /// only such are called by what is deployed from now on.
    pub(crate) fn expect_builtin(&self, component: Digest) {
        let mut contents = self.0.write().unwrap_or_else(PoisonError::into_inner);
        contents.builtin.insert(component);
    }

    /// Whether the component comes with the host.
    pub(crate) fn is_builtin(&self, component: &Digest) -> bool {
        self.contents().builtin.contains(component)
    }

    /// A plugin by its full name.
    pub(crate) fn plugin(&self, name: &str, version: &Version) -> Option<Arc<PluginRecord>> {
        let contents = self.contents();
        contents.plugins.get(name)?.get(version).cloned()
    }

    /// All plugins, by name and then by version.
    pub(crate) fn plugins(&self) -> Vec<Arc<PluginRecord>> {
        let contents = self.contents();
        let all = contents.plugins.values().flat_map(BTreeMap::values);
        all.cloned().collect()
    }

    /// The names of all plugins.
    pub(crate) fn plugin_names(&self) -> Vec<String> {
        self.contents().plugins.keys().cloned().collect()
    }

    /// The versions of one plugin that workflows may call, oldest first. Under a name of the
    /// host's own, earlier hosts may have left others.
    pub(crate) fn versions(&self, plugin: &str) -> Vec<Arc<PluginRecord>> {
        let contents = self.contents();
        let own = is_host_name(plugin);
        let versions = contents.plugins.get(plugin).into_iter();
        versions
            .flat_map(BTreeMap::values)
            .filter(|record| !own || contents.builtin.contains(&record.descriptor.digest))
            .cloned()
            .collect()
    }

    /// The capabilities that a pinned step declares; none where the plugin is not deployed.
    pub(crate) fn declared(&self, pin: &PinnedStep) -> Vec<Capability> {
        let contents = self.contents();
        let versions = contents.plugins.get(&pin.plugin);
        let record = versions.and_then(|v| v.get(&pin.version));
        record
            .filter(|record| record.descriptor.digest == pin.component)
            .and_then(|record| record.descriptor.step(&pin.step))
            .map(|step| step.capabilities.clone())
            .unwrap_or_default()
    }

    /// The current deployment of what `selector` names: without a version the newest, where
    /// a release comes before any pre-release.
    pub(crate) fn workflow(&self, selector: &WorkflowSelector) -> Option<WorkflowRecord> {
        let contents = self.contents();
        let key = (selector.namespace.clone(), selector.name.clone());
        let versions = contents.workflows.get(&key)?;
        let record = match &selector.version {
            Some(version) => versions.get(version),
            None => versions
                .values()
                .rfind(|record| record.name.version.pre.is_empty())
                .or_else(|| versions.values().next_back()),
        };
        record.cloned()
    }

    /// The names of all workflows.
    pub(crate) fn workflow_names(&self) -> Vec<WorkflowName> {
        let contents = self.contents();
        let all = contents.workflows.values().flat_map(BTreeMap::values);
        all.map(|record| record.name.clone()).collect()
    }

    /// Namespace and name of every workflow.
    pub(crate) fn workflow_paths(&self) -> Vec<(String, String)> {
        self.contents().workflows.keys().cloned().collect()
    }

    /// The current deployments of all versions of one workflow.
    pub(crate) fn workflow_versions(&self, namespace: &str, name: &str) -> Vec<WorkflowRecord> {
        let contents = self.contents();
        let versions = contents
            .workflows
            .get(&(namespace.to_owned(), name.to_owned()));
        versions.map_or_else(Vec::new, |v| v.values().cloned().collect())
    }

    /// All current workflows, by name and then by version.
    pub(crate) fn workflows(&self) -> Vec<WorkflowRecord> {
        let contents = self.contents();
        let all = contents.workflows.values().flat_map(BTreeMap::values);
        all.cloned().collect()
    }

    fn contents(&self) -> RwLockReadGuard<'_, Contents> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
