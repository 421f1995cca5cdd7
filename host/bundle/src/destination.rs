//! Where a workflow says that a request will go, as far as its document tells.

use std::net::IpAddr;

use segue_model::{Grants, WorkflowName};
use url::{Host, Url};

/// Scheme, host and port of a URI.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    scheme: String,
    host: String,
    port: u16,
}

impl Destination {
    /// The destination of an absolute `http` or `https` URI, or of a URI template whose
    /// scheme, host and port are literal; `None` where it cannot be told.
    pub fn of(uri: &str) -> Option<Destination> {
        let rest = uri.split_once("://")?.1;
        let authority = rest.split(['/', '?', '#']).next()?;
        if authority.contains(['{', '}']) {
            return None;
        }
        let url = Url::parse(uri.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Some(Destination::new(url.scheme(), &host, url.port()))
    }

    /// A destination in parts; without a port, the one of the scheme.
    pub fn new(scheme: &str, host: &str, port: Option<u16>) -> Destination {
        let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let default = if scheme.eq_ignore_ascii_case("https") {
            443
        } else {
            80
        };
        Destination {
            scheme: scheme.to_ascii_lowercase(),
            host: inner.unwrap_or(host).to_ascii_lowercase(),
            port: port.unwrap_or(default),
        }
    }

    /// Whether one of the grants lets requests go there.
    pub fn is_granted(&self, grants: &Grants) -> bool {
        grants.http.iter().any(|grant| {
            grant.scheme.eq_ignore_ascii_case(&self.scheme)
                && grant.port == self.port
                && grant.covers_host(&self.host)
        })
    }

    /// The configuration that lets calls of `workflow` go there, ready to be pasted into
    /// `segue.toml`.
    pub fn how_to_allow(&self, workflow: &WorkflowName) -> String {
        let private = if self.is_private() {
            "allow-private = true\n"
        } else {
            ""
        };
        format!(
            "to allow it, add to segue.toml:\n\n\
             [[workflows.\"{}/{}\".grants.http]]\nscheme = \"{}\"\nhost = \"{}\"\nport = {}\n{private}",
            workflow.namespace, workflow.name, self.scheme, self.host, self.port
        )
    }

    /// Whether the address is one that grants must allow by `allow-private`; of a name only
    /// its resolver knows.
    fn is_private(&self) -> bool {
        match self.host.parse() {
            Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
            Ok(IpAddr::V6(v6)) => {
                v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
            }
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "{}://[{}]:{}", self.scheme, self.host, self.port)
        } else {
            write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    fn of(uri: &str) -> Option<String> {
        Destination::of(uri).map(|found| found.to_string())
    }

    #[test]
    fn a_destination_is_told_where_its_authority_is_literal() {
        assert_eq!(
            of("https://Pets.example/v2/pet/{id}").as_deref(),
            Some("https://pets.example:443")
        );
        assert_eq!(
            of("http://[::1]:8080").as_deref(),
            Some("http://[::1]:8080")
        );
        let parts = Destination::new("HTTPS", "[::1]", None);
        assert_eq!(Some(parts), Destination::of("https://[::1]/"));
        for unknown in [
            "https://{host}/pets",
            "https://pets.example:{port}/",
            "ftp://pets.example/",
            "/pets",
            "{base}/pets",
        ] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_is_printed_to_allow_a_destination_allows_it() {
        let workflow = WorkflowName {
            namespace: "shop".to_owned(),
            name: "order".to_owned(),
            version: "1.0.0".parse().unwrap(),
        };
        for uri in [
            "https://pets.example/a",
            "http://127.0.0.1:8099/",
            "http://[::1]/",
        ] {
            let wanted = Destination::of(uri).unwrap();
            let text = wanted.how_to_allow(&workflow);
            let policy = Policy::from_toml(text.split_once("\n\n").unwrap().1).unwrap();
            let grants = policy.workflow_grants("shop", "order");
            assert!(wanted.is_granted(&grants), "{text}");
            assert_eq!(grants.http[0].allow_private, uri.starts_with("http:"));
            assert!(!wanted.is_granted(&policy.workflow_grants("shop", "other")));
        }
    }
}
