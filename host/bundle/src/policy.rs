//! The operator's policy: the parts of `segue.toml` that speak of plugins and workflows.

use std::collections::BTreeMap;

use segue_model::id::is_plugin_name;
use segue_model::{Capability, Grants, HttpGrant, StepLimits};
use serde::Deserialize;

use crate::limits::LimitOverrides;
use crate::workflows::{WorkflowPolicy, Workflows, is_host_name};

/// Destinations that one plugin may be granted: every request is compared with each.
pub const GRANTS_MAX: usize = 1_000;

/// What the operator allows. The default allows nothing and has the default limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    limits: StepLimits,
    plugins: BTreeMap<String, PluginPolicy>,
    workflows: Workflows,
}

/// What the operator says of one plugin: `[plugins.<name>]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PluginPolicy {
    /// Limits that replace the host's for this plugin, in either direction.
    pub limits: LimitOverrides,
    /// What it may reach.
    pub grants: Grants,
}

/// A configuration that is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or a key that means nothing here; the text names line and column.
    #[error("the plugin policy cannot be read: {detail}")]
    Syntax {
        /// What is wrong and where.
        detail: String,
    },
    /// A name that no plugin can have.
    #[error(
        "[plugins.{name}]: not a plugin name; use lower-case letters, digits and hyphens, starting with a letter, at most 63 characters"
    )]
    PluginName {
        /// The name.
        name: String,
    },
    /// A grant that cannot work.
    #[error("[[plugins.{plugin}.grants.http]]: {detail}")]
    Grant {
        /// The plugin.
        plugin: String,
        /// What is wrong, and how to mend it.
        detail: String,
    },
    /// A pattern that names no workflow.
    #[error(
        "[workflows.\"{pattern}\"]: names no workflow; write \"namespace/name\", \"namespace/*\" or \"*\""
    )]
    WorkflowPattern {
        /// The pattern.
        pattern: String,
    },
    /// A grant of workflows that cannot work.
    #[error("[[workflows.\"{pattern}\".grants.http]]: {detail}")]
    WorkflowGrant {
        /// The pattern.
        pattern: String,
        /// What is wrong, and how to mend it.
        detail: String,
    },
    /// A limit that lets nothing run.
    #[error("[limits]{}: {limit} is 0, which lets nothing run; leave it out for the default", for_plugin(plugin.as_deref()))]
    ZeroLimit {
        /// The plugin; none for the host's own limits.
        plugin: Option<String>,
        /// The limit.
        limit: &'static str,
    },
}

fn for_plugin(plugin: Option<&str>) -> String {
    plugin.map_or_else(String::new, |name| format!(" of plugin {name}"))
}

/// The tables of a `segue.toml` that this crate reads.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Tables {
    limits: StepLimits,
    plugins: BTreeMap<String, PluginPolicy>,
    workflows: BTreeMap<String, WorkflowPolicy>,
}

impl Policy {
    /// Reads a document that holds `[limits]`, `[plugins.<name>]` and
    /// `[workflows."<pattern>"]` and nothing else.
    /// Unknown keys are refused, with their line.
    pub fn from_toml(text: &str) -> Result<Policy, PolicyError> {
        let tables: Tables = toml::from_str(text).map_err(|error| PolicyError::Syntax {
            detail: error.to_string().trim_end().to_owned(),
        })?;
        Policy::new(tables.limits, tables.plugins, tables.workflows)
    }

    /// A policy of tables that were read elsewhere: where `[limits]`, `[plugins]` and
    /// `[workflows]` stand beside others in one file, the reader of the whole file
    /// deserialises them.
    pub fn new(
        limits: StepLimits,
        plugins: BTreeMap<String, PluginPolicy>,
        workflows: BTreeMap<String, WorkflowPolicy>,
    ) -> Result<Policy, PolicyError> {
        check_limits(None, &limits)?;
        for (name, plugin) in &plugins {
            if !is_plugin_name(name) {
                return Err(PolicyError::PluginName { name: name.clone() });
            }
            check_limits(Some(name), &plugin.limits.over(&limits))?;
            check_grants(name, &plugin.grants)?;
        }
        Ok(Policy {
            limits,
            plugins,
            workflows: Workflows::new(workflows)?,
        })
    }

    /// What the standard calls of a workflow may reach: the grants of every pattern that
    /// names it, together.
    pub fn workflow_grants(&self, namespace: &str, name: &str) -> Grants {
        self.workflows.grants(namespace, name)
    }

    /// What the plugin may reach. A plugin that the policy does not name gets nothing; those
    /// that come with the host link everything and have no grant of their own.
    pub fn grants_for(&self, plugin: &str) -> Grants {
        if is_host_name(plugin) {
            return Grants {
                http: Vec::new(),
                deny: vec![Capability::Http],
            };
        }
        self.plugins
            .get(plugin)
            .map(|p| p.grants.clone())
            .unwrap_or_default()
    }

    /// The ceiling of the plugin's limits.
    pub fn limits_for(&self, plugin: &str) -> StepLimits {
        self.plugins
            .get(plugin)
            .map_or_else(|| self.limits.clone(), |p| p.limits.over(&self.limits))
    }

    /// The names of the plugins that the policy speaks of.
    pub fn plugins(&self) -> impl Iterator<Item = &str> {
        self.plugins.keys().map(String::as_str)
    }
}

fn check_limits(plugin: Option<&str>, limits: &StepLimits) -> Result<(), PolicyError> {
    let needed = [
        ("fuel", limits.fuel),
        ("time-ms", limits.time_ms),
        ("memory-bytes", limits.memory_bytes),
        ("instances", u64::from(limits.instances)),
        ("output-bytes", limits.output_bytes),
        ("error-bytes", limits.error_bytes),
    ];
    match needed.into_iter().find(|(_, value)| *value == 0) {
        Some((limit, _)) => Err(PolicyError::ZeroLimit {
            plugin: plugin.map(str::to_owned),
            limit,
        }),
        None => Ok(()),
    }
}

fn check_grants(plugin: &str, grants: &Grants) -> Result<(), PolicyError> {
    let refuse = |detail: String| PolicyError::Grant {
        plugin: plugin.to_owned(),
        detail,
    };
    if is_host_name(plugin) && *grants != Grants::default() {
        return Err(refuse(format!(
            "`{plugin}` comes with the host and has what the calling workflow has: write \
             [[workflows.\"namespace/name\".grants.http]]"
        )));
    }
    if grants.http.len() > GRANTS_MAX {
        return Err(refuse(format!(
            "{} destinations; at most {GRANTS_MAX} are taken",
            grants.http.len()
        )));
    }
    if !grants.http.is_empty() && grants.deny.contains(&Capability::Http) {
        let detail = "`deny` names `http` and a destination is granted as well: remove one of them";
        return Err(refuse(detail.to_owned()));
    }
    grants
        .http
        .iter()
        .try_for_each(|grant| check_http(grant).map_err(refuse))
}

pub(crate) fn check_http(grant: &HttpGrant) -> Result<(), String> {
    if !matches!(grant.scheme.as_str(), "http" | "https") {
        return Err(format!(
            "scheme `{}`: only \"http\" and \"https\" exist",
            grant.scheme
        ));
    }
    if grant.port == 0 {
        return Err("port 0: name the port that requests go to, such as 443".to_owned());
    }
    let host = grant.host.as_str();
    let foreign = |c: char| c.is_whitespace() || c.is_control() || "/@?#*\\".contains(c);
    // An IPv6 address is the only host with a colon in it.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let colon = bare.contains(':') && bare.parse::<std::net::Ipv6Addr>().is_err();
    let named = match host.strip_prefix('*') {
        None => host,
        Some("") => return Ok(()),
        Some(below) => below.strip_prefix('.').unwrap_or_default(),
    };
    if named.is_empty() || named.contains(foreign) || colon {
        return Err(format!(
            "host `{host}`: give one host name or address, without scheme, port or path; \
             `*.example.com` is every name below example.com, `*` any host"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"
        [limits]
        time-ms = 5000

        [plugins.pricing.limits]
        memory-bytes = 268435456

        [[plugins.payment.grants.http]]
        scheme = "http"
        host = "127.0.0.1"
        port = 8099
        allow-private = true

        [plugins.mail.grants]
        deny = ["http"]
    "#;

    #[test]
    fn a_grant_and_its_denial_contradict_each_other() {
        let text = r#"
            [plugins.mail.grants]
            deny = ["http"]
            [[plugins.mail.grants.http]]
            scheme = "https"
            host = "mail.example"
            port = 443
        "#;
        let error = Policy::from_toml(text).unwrap_err().to_string();
        assert!(error.contains("deny") && error.contains("mail"), "{error}");
    }

    #[test]
    fn limits_and_grants_are_read_per_plugin() {
        let policy = Policy::from_toml(EXAMPLE).unwrap();
        assert_eq!(policy.limits_for("other").time_ms, 5000);
        let pricing = policy.limits_for("pricing");
        assert_eq!((pricing.time_ms, pricing.memory_bytes), (5000, 256 << 20));
        let payment = policy.grants_for("payment");
        assert!(payment.http[0].allow_private && payment.http[0].port == 8099);
        let mail = policy.grants_for("mail");
        assert!(mail.http.is_empty() && mail.deny.len() == 1);
        assert_eq!(policy.grants_for("other"), Grants::default());
    }

    #[test]
    fn a_plugin_of_the_host_links_everything_and_is_granted_nothing_itself() {
        let grants = Policy::default().grants_for("http");
        assert!(grants.links(Capability::Http) && !grants.allows(Capability::Http));
        let text = "[[plugins.http.grants.http]]\nscheme = \"https\"\nhost = \"a\"\nport = 443\n";
        let error = Policy::from_toml(text).unwrap_err().to_string();
        assert!(error.contains("[[workflows."), "{error}");
        assert!(Policy::from_toml("[plugins.http.limits]\ntime-ms = 9\n").is_ok());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = Policy::from_toml("[limits]\nfuel = 5\nfule = 6\n").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 3") && text.contains("fule"), "{text}");
        let error = Policy::from_toml("[plugins.a.grants]\nhtp = []\n").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn grants_that_cannot_work_are_refused() {
        let grant = |scheme: &str, host: &str, port: u16| {
            Policy::from_toml(&format!(
                "[[plugins.a.grants.http]]\nscheme = \"{scheme}\"\nhost = \"{host}\"\nport = {port}\n"
            ))
        };
        assert!(grant("https", "pay.example", 443).is_ok());
        assert!(grant("https", "*.pay.example", 443).is_ok() && grant("https", "*", 443).is_ok());
        assert!(grant("http", "::1", 80).is_ok() && grant("http", "[::1]", 80).is_ok());
        for (scheme, host, port) in [
            ("ftp", "a", 21),
            ("http", "a", 0),
            ("http", "", 80),
            ("http", "a:80", 80),
            ("http", "a.*", 80),
            ("http", "*a", 80),
            ("http", "http://a", 80),
        ] {
            let error = grant(scheme, host, port).unwrap_err();
            assert!(
                matches!(error, PolicyError::Grant { .. }),
                "{scheme} {host} {port}"
            );
        }
    }

    #[test]
    fn limits_of_zero_and_impossible_names_are_refused() {
        let zero = Policy::from_toml("[plugins.a.limits]\nfuel = 0\n").unwrap_err();
        assert_eq!(
            zero.to_string(),
            "[limits] of plugin a: fuel is 0, which lets nothing run; leave it out for the default"
        );
        let name = Policy::from_toml("[plugins.A]\n").unwrap_err();
        assert!(matches!(name, PolicyError::PluginName { .. }));
    }
}
