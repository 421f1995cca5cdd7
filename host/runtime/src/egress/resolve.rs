//! From host names to addresses. A port of its own, so that tests and operators behind a
//! special DNS can bring theirs.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// A resolution under way.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Turns a host name into addresses. What it returns is checked before it is dialled, and
/// the very address that was checked is dialled.
pub trait Resolve: Send + Sync {
    /// The addresses of a host name (never an address literal).
    fn resolve(&self, host: &str) -> Resolving;

    /// The port to dial in place of the one that the URL names.
    fn port(&self, _host: &str) -> Option<u16> {
        None
    }
}

/// Names that an operator gave addresses, before another resolver is asked.
pub struct Overrides {
    table: BTreeMap<String, Override>,
    rest: Arc<dyn Resolve>,
}

/// Where a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Override {
    /// The address. It is checked like any other.
    pub address: IpAddr,
    /// The port, where it differs from the URL's.
    pub port: Option<u16>,
}

impl std::str::FromStr for Override {
    type Err = std::net::AddrParseError;

    /// `192.0.2.1`, `192.0.2.1:8443`, `2001:db8::1` or `[2001:db8::1]:8443`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Override {
                address,
                port: None,
            });
        }
        text.parse().map(|both: SocketAddr| Override {
            address: both.ip(),
            port: Some(both.port()),
        })
    }
}

impl Overrides {
    /// Looks into `table` (names without regard to case), then asks `rest`.
    pub fn new(
        table: impl IntoIterator<Item = (String, Override)>,
        rest: Arc<dyn Resolve>,
    ) -> Self {
        let lower = |(name, to): (String, Override)| (name.to_ascii_lowercase(), to);
        Overrides {
            table: table.into_iter().map(lower).collect(),
            rest,
        }
    }
}

impl Resolve for Overrides {
    fn resolve(&self, host: &str) -> Resolving {
        match self.table.get(&host.to_ascii_lowercase()) {
            Some(to) => {
                let address = to.address;
                Box::pin(async move { Ok(vec![address]) })
            }
            None => self.rest.resolve(host),
        }
    }

    fn port(&self, host: &str) -> Option<u16> {
        match self.table.get(&host.to_ascii_lowercase()) {
            Some(to) => to.port,
            None => self.rest.port(host),
        }
    }
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> Resolving {
        let host = host.to_owned();
        Box::pin(async move {
            // The port is unused; `lookup_host` wants one.
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_is_an_address_with_or_without_a_port() {
        for (text, want) in [
            ("127.0.0.1", Some(None)),
            ("127.0.0.1:8443", Some(Some(8443))),
            ("::1", Some(None)),
            ("[::1]:8443", Some(Some(8443))),
            ("localhost", None),
            ("127.0.0.1:", None),
        ] {
            let found = text.parse::<Override>().ok().map(|found| found.port);
            assert_eq!(found, want, "{text}");
        }
    }

    #[tokio::test]
    async fn overrides_come_first() {
        struct Nobody;
        impl Resolve for Nobody {
            fn resolve(&self, _: &str) -> Resolving {
                Box::pin(async { Err(io::Error::other("nobody")) })
            }
        }
        let to = "127.0.0.1:8443".parse().unwrap();
        let resolver = Overrides::new([("Pet.Store".to_owned(), to)], Arc::new(Nobody));
        let found = resolver.resolve("pet.store").await.unwrap();
        assert_eq!(
            (found, resolver.port("pet.store")),
            (vec![to.address], Some(8443))
        );
        assert!(resolver.resolve("other").await.is_err());
        assert_eq!(resolver.port("other"), None);
    }
}
