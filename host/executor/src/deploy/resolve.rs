//! Resolving: every step that a workflow names is pinned to what is deployed.

use std::sync::Arc;

use segue_bundle::{Policy, decide, decide_in, is_host_name};
use segue_dsl::CallSite;
use segue_model::ir::{PinnedStep, StepId, StepRef};
use segue_model::{Digest, StepDescriptor, WorkflowName};
use segue_store::PluginRecord;
use semver::Version;

use super::nearest;
use crate::catalogue::Catalogue;

/// A step that was found.
pub(super) struct Resolved {
    pub(super) record: Arc<PluginRecord>,
    pub(super) step: StepDescriptor,
}

/// A step that is not deployed: what is wrong, and how to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) message: String,
    pub(super) help: String,
}

impl Resolved {
    /// The step as `workflow` gets it.
    pub(super) fn pin(&self, workflow: &WorkflowName, policy: &Policy) -> PinnedStep {
        let descriptor = &self.record.descriptor;
        let decision = if is_host_name(&descriptor.name) {
            decide_in(workflow, &descriptor.name, &self.step, policy)
        } else {
            decide(&descriptor.name, &self.step, policy)
        };
        PinnedStep {
            plugin: descriptor.name.clone(),
            version: descriptor.version.clone(),
            step: self.step.name.clone(),
            component: self.component(),
            effect: decision.effect,
            limits: decision.limits,
        }
    }

    fn component(&self) -> Digest {
        self.record.descriptor.digest
    }
}

/// The first place of the document that calls a step, for messages.
pub(super) fn site(calls: &[CallSite], step: StepId) -> Option<&CallSite> {
    calls.iter().find(|call| call.step == step)
}

/// Finds what a workflow names: of a partial version the newest that is deployed.
pub(super) fn resolve(catalogue: &Catalogue, wanted: &StepRef) -> Result<Resolved, Unknown> {
    let versions = catalogue.versions(&wanted.plugin);
    if versions.is_empty() {
        return Err(unknown_plugin(catalogue, wanted));
    }
    let Some(record) = newest(&versions, &wanted.version) else {
        return Err(unknown_version(&versions, wanted));
    };
    let step = find_step(&record, wanted)?;
    Ok(Resolved { step, record })
}

/// The newest version that `wanted` names: `1` is any 1.y.z, `1.2` any 1.2.z, and a full
/// version is itself. A pre-release is only ever named in full.
fn newest(versions: &[Arc<PluginRecord>], wanted: &str) -> Option<Arc<PluginRecord>> {
    let exact = Version::parse(wanted).ok();
    let parts: Option<Vec<u64>> = wanted.split('.').map(|part| part.parse().ok()).collect();
    let matches = |version: &Version| match (&exact, &parts) {
        (Some(exact), _) => version == exact,
        (None, Some(parts)) => {
            let own = [version.major, version.minor, version.patch];
            version.pre.is_empty() && parts.len() < 3 && own.starts_with(parts)
        }
        (None, None) => false,
    };
    let found = versions
        .iter()
        .rfind(|record| matches(&record.descriptor.version));
    found.cloned()
}

fn find_step(record: &PluginRecord, wanted: &StepRef) -> Result<StepDescriptor, Unknown> {
    let descriptor = &record.descriptor;
    let label = format!("plugin `{}` {}", descriptor.name, descriptor.version);
    let names: Vec<&str> = descriptor.steps.iter().map(|s| s.name.as_str()).collect();
    match (&wanted.step, descriptor.steps.as_slice()) {
        (Some(name), _) => descriptor.step(name).cloned().ok_or_else(|| Unknown {
            message: format!("{label} has no step `{name}`"),
            help: or_list(
                nearest(name, names.iter().copied()),
                "its steps are",
                &names,
            ),
        }),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Unknown {
            message: format!("{label} has {} steps, and the call names none", names.len()),
            help: format!(
                "write `call: {}/<step>:{}@default`; its steps are {}",
                wanted.plugin,
                wanted.version,
                list(&names)
            ),
        }),
    }
}

fn unknown_plugin(catalogue: &Catalogue, wanted: &StepRef) -> Unknown {
    if is_host_name(&wanted.plugin) {
        return Unknown {
            message: format!("this host comes without the plugin `{}`", wanted.plugin),
            help: "use a host that was built with it: `cargo xtask build` builds one".to_owned(),
        };
    }
    let names = catalogue.plugin_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let help = if names.is_empty() {
        "no plugin is deployed yet: deploy its component first".to_owned()
    } else {
        let near = nearest(&wanted.plugin, names.iter().copied());
        or_list(near, "deployed plugins are", &names)
    };
    Unknown {
        message: format!("plugin `{}` is not deployed", wanted.plugin),
        help,
    }
}

fn unknown_version(versions: &[Arc<PluginRecord>], wanted: &StepRef) -> Unknown {
    let texts: Vec<String> = versions
        .iter()
        .map(|record| record.descriptor.version.to_string())
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Unknown {
        message: format!(
            "no version `{}` of plugin `{}` is deployed",
            wanted.version, wanted.plugin
        ),
        help: format!("deployed versions are {}", list(&texts)),
    }
}

fn or_list(near: Option<&str>, intro: &str, names: &[&str]) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{intro} {}", list(names)),
    }
}

/// Names that a message lists at most.
const LISTED_MAX: usize = 20;

fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(LISTED_MAX)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(LISTED_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::limits::LimitRequest;
    use segue_model::{PluginDescriptor, Timestamp};
    use serde_json::json;

    fn step(name: &str) -> StepDescriptor {
        StepDescriptor {
            name: name.to_owned(),
            title: None,
            description: None,
            input_schema: json!({}),
            output_schema: json!({}),
            capabilities: Vec::new(),
            limits: LimitRequest::default(),
        }
    }

    fn catalogue(plugins: &[(&str, &str, &[&str])]) -> Catalogue {
        let catalogue = Catalogue::default();
        for (name, version, steps) in plugins {
            catalogue.add_plugin(PluginRecord {
                descriptor: PluginDescriptor {
                    name: (*name).to_owned(),
                    version: version.parse().unwrap(),
                    description: None,
                    digest: Digest::of(format!("{name}{version}").as_bytes()),
                    size_bytes: 1,
                    world: String::new(),
                    imports: Vec::new(),
                    capabilities: Vec::new(),
                    producers: Vec::new(),
                    steps: steps.iter().map(|name| step(name)).collect(),
                },
                deployed_at: Timestamp(0),
            });
        }
        catalogue
    }

    fn workflow() -> WorkflowName {
        WorkflowName {
            namespace: "test".to_owned(),
            name: "flow".to_owned(),
            version: Version::new(1, 0, 0),
        }
    }

    fn find(catalogue: &Catalogue, plugin: &str, step: Option<&str>, version: &str) -> String {
        let wanted = StepRef {
            plugin: plugin.to_owned(),
            step: step.map(str::to_owned),
            version: version.to_owned(),
        };
        match resolve(catalogue, &wanted) {
            Ok(found) => {
                let pin = found.pin(&workflow(), &Policy::default());
                format!("{}/{}:{}", pin.plugin, pin.step, pin.version)
            }
            Err(unknown) => format!("{}; {}", unknown.message, unknown.help),
        }
    }

    #[test]
    fn a_partial_version_finds_the_newest_release() {
        let known = catalogue(&[
            ("a", "1.2.9", &["s"]),
            ("a", "1.10.0", &["s"]),
            ("a", "1.11.0-rc.1", &["s"]),
            ("a", "2.0.0", &["s"]),
        ]);
        assert_eq!(find(&known, "a", None, "1"), "a/s:1.10.0");
        assert_eq!(find(&known, "a", None, "1.2"), "a/s:1.2.9");
        assert_eq!(find(&known, "a", None, "2.0.0"), "a/s:2.0.0");
        assert_eq!(find(&known, "a", None, "1.11.0-rc.1"), "a/s:1.11.0-rc.1");
        let text = find(&known, "a", None, "3");
        assert!(
            text.contains("no version `3`") && text.contains("`1.11.0-rc.1`"),
            "{text}"
        );
    }

    #[test]
    fn under_a_name_of_the_hosts_own_only_its_own_components_are_found() {
        let known = catalogue(&[
            ("http", "1.0.0", &["request"]),
            ("http", "1.1.0", &["request"]),
        ]);
        let text = find(&known, "http", Some("request"), "1");
        assert!(text.starts_with("this host comes without"), "{text}");
        known.expect_builtin(Digest::of(b"http1.0.0"));
        assert_eq!(
            find(&known, "http", Some("request"), "1"),
            "http/request:1.0.0"
        );
    }

    #[test]
    fn a_misspelt_name_gets_the_right_one() {
        let known = catalogue(&[("payment", "1.0.0", &["charge", "refund"])]);
        let text = find(&known, "paymnet", Some("charge"), "1");
        assert_eq!(
            text,
            "plugin `paymnet` is not deployed; did you mean `payment`?"
        );
        let text = find(&known, "payment", Some("chrage"), "1");
        assert!(
            text.ends_with("has no step `chrage`; did you mean `charge`?"),
            "{text}"
        );
        let text = find(&known, "payment", None, "1");
        assert!(text.contains("`charge`, `refund`"), "{text}");
    }

    #[test]
    fn a_step_is_pinned_to_the_digest_of_its_component() {
        let known = catalogue(&[("a", "1.0.0", &["s"])]);
        let wanted = StepRef {
            plugin: "a".to_owned(),
            step: None,
            version: "1".to_owned(),
        };
        let pin = resolve(&known, &wanted)
            .unwrap_or_else(|unknown| panic!("{unknown:?}"))
            .pin(&workflow(), &Policy::default());
        assert_eq!(pin.component, Digest::of(b"a1.0.0"));
    }
}
