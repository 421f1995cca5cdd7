//! The decision: what a step gets of what its plugin was granted.

use segue_model::grant::how_to_allow;
use segue_model::problem::Kind;
use segue_model::{
    Capability, EffectClass, Grants, PluginDescriptor, Problem, StepDescriptor, StepLimits,
    WorkflowName,
};
use serde::Serialize;

use crate::policy::Policy;

/// What a step gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepDecision {
    /// Its plugin's grants, as far as it declares their capabilities.
    pub grants: Grants,
    /// Pure unless one of those grants reaches the outside world.
    pub effect: EffectClass,
    /// What its author suggests, within the operator's ceiling.
    pub limits: StepLimits,
}

/// Decides what a step of `plugin` gets. Depends on its arguments alone.
pub fn decide(plugin: &str, step: &StepDescriptor, policy: &Policy) -> StepDecision {
    let grants = policy.grants_for(plugin).for_step(&step.capabilities);
    StepDecision {
        effect: grants.effect_class(),
        limits: policy.limits_for(plugin).narrowed(&step.limits),
        grants,
    }
}

/// Decides what a step of a plugin that comes with the host gets in a workflow: what the
/// workflow may reach, as far as the step declares its capabilities.
pub fn decide_in(
    workflow: &WorkflowName,
    plugin: &str,
    step: &StepDescriptor,
    policy: &Policy,
) -> StepDecision {
    let grants = policy.workflow_grants(&workflow.namespace, &workflow.name);
    let grants = grants.for_step(&step.capabilities);
    StepDecision {
        effect: grants.effect_class(),
        limits: policy.limits_for(plugin).narrowed(&step.limits),
        grants,
    }
}

/// The refusal of a plugin whose component imports a capability that the policy neither
/// grants nor denies; it prints the configuration that would let the plugin in. `None`
/// where everything that it imports links.
pub fn refused_imports(plugin: &PluginDescriptor, policy: &Policy) -> Option<Problem> {
    let grants = policy.grants_for(&plugin.name);
    let missing: Vec<Capability> = plugin
        .capabilities
        .iter()
        .copied()
        .filter(|capability| !grants.links(*capability))
        .collect();
    let first = missing.first()?;
    let names: Vec<&str> = missing.iter().map(|c| c.name()).collect();
    let detail = format!(
        "plugin {}:{} imports {} without a grant; {}",
        plugin.name,
        plugin.version,
        names.join(", "),
        how_to_allow(&plugin.name, *first)
    );
    Some(Problem::new(Kind::ImportRefused, detail).with("capabilities", names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::Digest;
    use segue_model::limits::LimitRequest;
    use serde_json::json;

    fn step(capabilities: Vec<Capability>) -> StepDescriptor {
        StepDescriptor {
            name: "charge".to_owned(),
            title: None,
            description: None,
            input_schema: json!({}),
            output_schema: json!({}),
            capabilities,
            limits: LimitRequest {
                fuel: Some(7),
                time_ms: Some(9_000),
                memory_bytes: None,
            },
        }
    }

    fn plugin(capabilities: Vec<Capability>) -> PluginDescriptor {
        PluginDescriptor {
            name: "payment".to_owned(),
            version: "1.0.0".parse().unwrap(),
            description: None,
            digest: Digest::of(b"payment"),
            size_bytes: 1,
            world: "segue:plugin/steps@0.1.0".to_owned(),
            imports: Vec::new(),
            capabilities,
            producers: Vec::new(),
            steps: Vec::new(),
        }
    }

    const GRANT: &str = "[limits]\ntime-ms = 5000\n[[plugins.payment.grants.http]]\n\
                         scheme = \"https\"\nhost = \"pay.example\"\nport = 443\n";

    #[test]
    fn only_a_granted_and_declared_capability_makes_a_step_effectful() {
        let policy = Policy::from_toml(GRANT).unwrap();
        let declared = decide("payment", &step(vec![Capability::Http]), &policy);
        assert_eq!(declared.effect, EffectClass::Effectful);
        let silent = decide("payment", &step(Vec::new()), &policy);
        assert_eq!(silent.effect, EffectClass::Pure);
        let stranger = decide("other", &step(vec![Capability::Http]), &policy);
        assert_eq!(
            (stranger.effect, stranger.grants),
            (EffectClass::Pure, Grants::default())
        );
    }

    #[test]
    fn a_step_of_the_host_has_what_the_calling_workflow_has() {
        let text = "[[workflows.\"shop/*\".grants.http]]\nscheme = \"https\"\n\
                    host = \"pay.example\"\nport = 443\n[plugins.http.limits]\ntime-ms = 7000\n";
        let policy = Policy::from_toml(text).unwrap();
        let workflow = |namespace: &str| WorkflowName {
            namespace: namespace.to_owned(),
            name: "order".to_owned(),
            version: "1.0.0".parse().unwrap(),
        };
        let declaring = step(vec![Capability::Http]);
        let granted = decide_in(&workflow("shop"), "http", &declaring, &policy);
        assert_eq!(granted.effect, EffectClass::Effectful);
        assert_eq!(
            (granted.grants.http.len(), granted.limits.time_ms),
            (1, 7000)
        );
        let stranger = decide_in(&workflow("lab"), "http", &declaring, &policy);
        assert_eq!(stranger.effect, EffectClass::Pure);
        let script = decide_in(&workflow("shop"), "javascript", &step(Vec::new()), &policy);
        assert_eq!(script.effect, EffectClass::Pure);
    }

    #[test]
    fn an_author_suggests_within_the_operators_ceiling() {
        let policy = Policy::from_toml(GRANT).unwrap();
        let limits = decide("payment", &step(Vec::new()), &policy).limits;
        assert_eq!((limits.fuel, limits.time_ms), (7, 5000));
    }

    #[test]
    fn an_import_without_a_grant_is_refused_with_the_configuration_that_allows_it() {
        let importing = plugin(vec![Capability::Http]);
        let problem = refused_imports(&importing, &Policy::default()).unwrap();
        assert!(problem.is(Kind::ImportRefused));
        let detail = problem.detail.unwrap();
        // What the refusal prints must be a policy that lets the plugin in.
        let start = detail.find("[plugins.payment.grants]").unwrap();
        let policy = Policy::from_toml(&detail[start..]).unwrap();
        assert_eq!(refused_imports(&importing, &policy), None);
        let grant = &detail[detail.find("[[plugins").unwrap()..detail.find("\nor,").unwrap()];
        let policy = Policy::from_toml(grant).unwrap();
        assert_eq!(refused_imports(&importing, &policy), None);
        assert_eq!(
            refused_imports(&plugin(Vec::new()), &Policy::default()),
            None
        );
    }
}
