//! What an operator allows a plugin to reach. Plain data; the decision is in segue-bundle
//! and every egress is checked in segue-runtime.

use serde::{Deserialize, Serialize};

use crate::descriptor::Capability;
use crate::effect::EffectClass;

/// One destination of outgoing HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HttpGrant {
    /// `http` or `https`.
    pub scheme: String,
    /// A host name or IP address, exactly as requests name it; compared without regard to case.
    /// `*.example.com` is every name below `example.com`, `*` any host at all.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the host may resolve to a loopback, private or otherwise special address.
    #[serde(default)]
    pub allow_private: bool,
}

impl HttpGrant {
    /// Whether requests to `host` (a name or address, without brackets) are covered.
    pub fn covers_host(&self, host: &str) -> bool {
        let own = bare(&self.host);
        match own.strip_prefix('*') {
            Some("") => true,
            Some(below) => host
                .len()
                .checked_sub(below.len())
                .filter(|at| *at > 0)
                .and_then(|at| host.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(below)),
            None => own.eq_ignore_ascii_case(bare(host)),
        }
    }
}

/// A host as it is compared: IPv6 addresses without brackets.
fn bare(host: &str) -> &str {
    let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    inner.unwrap_or(host)
}

/// All that a plugin is granted. The default grants nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Grants {
    /// Destinations of outgoing HTTP.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpGrant>,
    /// Capabilities that link but refuse every call, for components that import what they
    /// never use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Capability>,
}

impl Grants {
    /// Whether the capability may be used at all.
    pub fn allows(&self, capability: Capability) -> bool {
        match capability {
            Capability::Http => !self.http.is_empty(),
        }
    }

    /// Whether a component that imports the capability may be deployed.
    pub fn links(&self, capability: Capability) -> bool {
        self.allows(capability) || self.deny.contains(&capability)
    }

    /// These grants, as far as `declared` names their capabilities.
    #[must_use]
    pub fn for_step(&self, declared: &[Capability]) -> Grants {
        Grants {
            http: if declared.contains(&Capability::Http) {
                self.http.clone()
            } else {
                Vec::new()
            },
            deny: self.deny.clone(),
        }
    }

    /// The effect class that follows.
    pub fn effect_class(&self) -> EffectClass {
        if self.http.is_empty() {
            EffectClass::Pure
        } else {
            EffectClass::Effectful
        }
    }
}

/// The configuration that would grant `plugin` the capability, or link it and deny every
/// call: what a refusal prints, ready to be pasted into `segue.toml`.
pub fn how_to_allow(plugin: &str, capability: Capability) -> String {
    let grant = match capability {
        Capability::Http => {
            "scheme = \"https\"\nhost = \"the.host.it.calls\"\nport = 443\n\
             # allow-private = true   # only where that host has a loopback or private address"
        }
    };
    let name = capability.name();
    format!(
        "to allow it, add to segue.toml:\n\n\
         [[plugins.{plugin}.grants.{name}]]\n{grant}\n\n\
         or, where the plugin imports it and never uses it, link it and deny every call:\n\n\
         [plugins.{plugin}.grants]\ndeny = [\"{name}\"]\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_covers_its_host_or_what_its_pattern_says() {
        let covers = |grant: &str, host: &str| {
            HttpGrant {
                scheme: "https".to_owned(),
                host: grant.to_owned(),
                port: 443,
                allow_private: false,
            }
            .covers_host(host)
        };
        assert!(covers("Pay.example", "pay.Example") && covers("[::1]", "::1"));
        assert!(covers("*", "anything.at.all") && covers("*", "10.0.0.1"));
        assert!(covers("*.example.com", "a.example.com"));
        assert!(covers("*.example.com", "a.b.EXAMPLE.com"));
        for host in [
            "example.com",
            ".example.com",
            "evil-example.com",
            "example.com.evil.org",
            "é",
        ] {
            assert!(!covers("*.example.com", host), "{host}");
        }
        assert!(!covers("pay.example", "pay.example.org"));
    }

    #[test]
    fn a_step_gets_what_its_plugin_has_and_it_declares() {
        let grants = Grants {
            http: vec![HttpGrant {
                scheme: "https".to_owned(),
                host: "pay.example".to_owned(),
                port: 443,
                allow_private: false,
            }],
            deny: Vec::new(),
        };
        assert_eq!(grants.for_step(&[Capability::Http]), grants);
        assert_eq!(grants.effect_class(), EffectClass::Effectful);
        let none = grants.for_step(&[]);
        assert!(!none.allows(Capability::Http));
        assert_eq!(none.effect_class(), EffectClass::Pure);
    }

    #[test]
    fn a_refusal_prints_both_ways_out() {
        let text = how_to_allow("mail", Capability::Http);
        assert!(text.contains("[[plugins.mail.grants.http]]"));
        assert!(text.contains("[plugins.mail.grants]\ndeny = [\"http\"]"));
    }
}
