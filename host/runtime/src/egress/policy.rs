//! Where a request wants to go, and which grant lets it.

use http::{Method, Uri};
use segue_model::HttpGrant;
use wasmtime_wasi_http::{Error, Result};

/// Scheme, host and port of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) tls: bool,
    /// Lower case, IPv6 addresses without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Destination {
    /// Reads it from an absolute URI. A user name or password in it is an error: it would
    /// only serve to make the host look like another.
    pub(super) fn of(uri: &Uri) -> Result<Self> {
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        if authority.as_str().contains('@') {
            return Err(Error::HttpRequestUriInvalid);
        }
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(Error::HttpProtocolError),
        };
        let host = bare_host(authority.host());
        if host.is_empty() {
            return Err(Error::HttpRequestUriInvalid);
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            // `host:` and `host:99999` have a port that does not parse.
            None if authority.as_str() != authority.host() => {
                return Err(Error::HttpRequestUriInvalid);
            }
            None => default_port(tls),
        };
        Ok(Destination { tls, host, port })
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// The first grant that names this destination.
    pub(super) fn grant<'a>(&self, grants: &'a [HttpGrant]) -> Option<&'a HttpGrant> {
        grants.iter().find(|grant| {
            grant.scheme.eq_ignore_ascii_case(self.scheme())
                && bare_host(&grant.host) == self.host
                && grant.port == self.port
        })
    }

    /// The value of the `Host` field (RFC 9110, section 7.2).
    pub(super) fn host_field(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == default_port(self.tls) {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

fn bare_host(host: &str) -> String {
    let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    inner.unwrap_or(host).to_ascii_lowercase()
}

/// Refuses the methods that turn a connection into something else or echo its headers.
pub(super) fn check_method(method: &Method) -> Result<()> {
    if *method == Method::CONNECT || *method == Method::TRACE {
        return Err(Error::HttpRequestMethodInvalid);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(uri: &str) -> Option<Destination> {
        Destination::of(&uri.parse().ok()?).ok()
    }

    fn granted(uri: &str) -> bool {
        let grants = [
            HttpGrant {
                scheme: "https".to_owned(),
                host: "API.example.com".to_owned(),
                port: 443,
                allow_private: false,
            },
            HttpGrant {
                scheme: "http".to_owned(),
                host: "::1".to_owned(),
                port: 8080,
                allow_private: true,
            },
        ];
        destination(uri).is_some_and(|d| d.grant(&grants).is_some())
    }

    #[test]
    fn a_grant_names_scheme_host_and_port() {
        assert!(granted("https://api.example.com/pay?x=1"));
        assert!(granted("https://Api.Example.Com:443/"));
        assert!(granted("http://[::1]:8080/"));
        assert!(!granted("http://api.example.com/"));
        assert!(!granted("https://api.example.com:444/"));
        assert!(!granted("https://example.com/"));
        assert!(!granted("https://api.example.com.evil.org/"));
        assert!(!granted("https://evil-api.example.com/"));
        assert!(!granted("https://api.example.com./"));
    }

    #[test]
    fn a_disguised_authority_is_no_destination() {
        assert!(destination("https://api.example.com@evil.org/").is_none());
        assert!(destination("https://user:pass@api.example.com/").is_none());
        assert!(destination("/relative").is_none());
        assert!(destination("ftp://api.example.com/").is_none());
    }

    #[test]
    fn the_host_field_leaves_default_ports_out() {
        let field = |uri| destination(uri).unwrap().host_field();
        assert_eq!(field("https://a.b:443/"), "a.b");
        assert_eq!(field("http://a.b:8080/"), "a.b:8080");
        assert_eq!(field("http://[::1]:80/"), "[::1]");
    }

    #[test]
    fn tunnels_and_echoes_are_refused() {
        assert!(check_method(&Method::CONNECT).is_err());
        assert!(check_method(&Method::TRACE).is_err());
        assert!(check_method(&Method::POST).is_ok());
    }
}
