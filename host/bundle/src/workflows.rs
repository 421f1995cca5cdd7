//! The operator's word on workflows: `[workflows."<pattern>"]`. Standard calls and scripts
//! run in plugins that come with the host; what they may reach is what the calling workflow
//! may reach.

use std::collections::BTreeMap;

use segue_model::id::is_label;
use segue_model::{Grants, HttpGrant};
use serde::Deserialize;

use crate::policy::{GRANTS_MAX, PolicyError, check_http};

/// Names that belong to the host: of the plugins that come with it, and of its functions.
/// Nobody else's plugin can have them.
pub const HOST_NAMES: [&str; 6] = [
    "http",
    "openapi",
    "javascript",
    "python",
    "map",
    "await-callback",
];

/// Whether the name belongs to the host.
pub fn is_host_name(plugin: &str) -> bool {
    HOST_NAMES.contains(&plugin)
}

/// What the operator says of the workflows that a pattern names: `namespace/name`,
/// `namespace/*` or `*`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct WorkflowPolicy {
    /// What their standard calls may reach.
    pub grants: WorkflowGrants,
}

/// What standard calls of a workflow may reach.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct WorkflowGrants {
    /// Destinations of outgoing HTTP.
    pub http: Vec<HttpGrant>,
}

/// All that the operator says of workflows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Workflows(BTreeMap<String, WorkflowPolicy>);

impl Workflows {
    pub(crate) fn new(tables: BTreeMap<String, WorkflowPolicy>) -> Result<Self, PolicyError> {
        for (pattern, table) in &tables {
            if !is_pattern(pattern) {
                return Err(PolicyError::WorkflowPattern {
                    pattern: pattern.clone(),
                });
            }
            check(pattern, &table.grants)?;
        }
        Ok(Workflows(tables))
    }

    /// The grants of one workflow: those of every pattern that names it.
    pub(crate) fn grants(&self, namespace: &str, name: &str) -> Grants {
        let mut grants = Grants::default();
        let patterns = [
            "*".to_owned(),
            format!("{namespace}/*"),
            format!("{namespace}/{name}"),
        ];
        for table in patterns.iter().filter_map(|pattern| self.0.get(pattern)) {
            grants.http.extend(table.grants.http.iter().cloned());
        }
        grants
    }
}

fn is_pattern(text: &str) -> bool {
    match text.split_once('/') {
        None => text == "*",
        Some((namespace, name)) => is_label(namespace) && (name == "*" || is_label(name)),
    }
}

fn check(pattern: &str, grants: &WorkflowGrants) -> Result<(), PolicyError> {
    let refuse = |detail: String| PolicyError::WorkflowGrant {
        pattern: pattern.to_owned(),
        detail,
    };
    if grants.http.len() > GRANTS_MAX {
        return Err(refuse(format!(
            "{} destinations; at most {GRANTS_MAX} are taken",
            grants.http.len()
        )));
    }
    grants
        .http
        .iter()
        .try_for_each(|grant| check_http(grant).map_err(refuse))
}

#[cfg(test)]
mod tests {
    use crate::{Policy, PolicyError};

    fn grant(pattern: &str, host: &str) -> String {
        format!(
            "[[workflows.\"{pattern}\".grants.http]]\nscheme = \"https\"\nhost = \"{host}\"\nport = 443\n"
        )
    }

    #[test]
    fn a_workflow_has_the_grants_of_every_pattern_that_names_it() {
        let text = [
            grant("*", "everywhere.example"),
            grant("shop/*", "*.shop.example"),
            grant("shop/order", "pay.example"),
            grant("other/order", "other.example"),
        ]
        .concat();
        let policy = Policy::from_toml(&text).unwrap();
        let hosts = |namespace: &str, name: &str| -> Vec<String> {
            let grants = policy.workflow_grants(namespace, name);
            grants.http.into_iter().map(|grant| grant.host).collect()
        };
        assert_eq!(
            hosts("shop", "order"),
            ["everywhere.example", "*.shop.example", "pay.example"]
        );
        assert_eq!(
            hosts("shop", "refund"),
            ["everywhere.example", "*.shop.example"]
        );
        assert_eq!(hosts("lab", "order"), ["everywhere.example"]);
    }

    #[test]
    fn patterns_and_hosts_that_name_nothing_are_refused() {
        for pattern in [
            "shop",
            "*/order",
            "shop/order/1",
            "shop/or*",
            "a b/c",
            "/a",
            "",
        ] {
            let error = Policy::from_toml(&grant(pattern, "a.example")).unwrap_err();
            assert!(
                matches!(error, PolicyError::WorkflowPattern { .. }),
                "{pattern}: {error}"
            );
        }
        for host in ["a.*", "*a.example", "*.", "*.*.example", "http://a"] {
            let error = Policy::from_toml(&grant("*", host)).unwrap_err();
            assert!(matches!(error, PolicyError::WorkflowGrant { .. }), "{host}");
        }
    }
}
