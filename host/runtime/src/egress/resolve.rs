//! From host names to addresses. A port of its own, so that tests and operators behind a
//! special DNS can bring theirs.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// A resolution under way.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Turns a host name into addresses. What it returns is checked before it is dialled, and
/// the very address that was checked is dialled.
pub trait Resolve: Send + Sync {
    /// The addresses of a host name (never an address literal).
    fn resolve(&self, host: &str) -> Resolving;
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
