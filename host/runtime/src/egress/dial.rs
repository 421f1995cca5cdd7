//! From a checked destination to a connection: resolve, check the address, dial that very
//! address, wrap it in TLS.

use std::net::{IpAddr, SocketAddr};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::{Error, Result};

use super::Network;
use super::address::is_public;
use super::budget::Budget;
use super::policy::Destination;

/// The most addresses of one host name that are tried.
const ADDRESSES_MAX: usize = 8;

/// A byte stream to a server.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to the destination of a checked request.
pub(super) async fn connect(
    to: &Destination,
    allow_private: bool,
    network: &Network,
    budget: &Budget,
) -> Result<Box<dyn Stream>> {
    let found = addresses(to, network).await?;
    let allowed: Vec<IpAddr> = found
        .iter()
        .copied()
        .filter(|address| allow_private || is_public(*address))
        .take(ADDRESSES_MAX)
        .collect();
    if let (true, Some(denied)) = (allowed.is_empty(), found.first()) {
        budget.refuse_address(to, &denied.to_string());
        return Err(Error::DestinationIpProhibited);
    }
    let port = network.resolver.port(&to.host).unwrap_or(to.port);
    let tcp = dial(&allowed, port).await?;
    // Requests are small and answered: waiting to fill packets only costs time.
    tcp.set_nodelay(true).map_err(Error::Connect)?;
    if to.tls {
        Ok(Box::new(wrap(tcp, to, network).await?))
    } else {
        Ok(Box::new(tcp))
    }
}

/// The addresses behind a host name or address literal.
async fn addresses(to: &Destination, network: &Network) -> Result<Vec<IpAddr>> {
    if let Ok(literal) = to.host.parse::<IpAddr>() {
        return Ok(vec![literal]);
    }
    let dns = |rcode: String| Error::DnsError {
        rcode: Some(rcode),
        info_code: None,
    };
    let found = network.resolver.resolve(&to.host).await;
    let found = found.map_err(|e| dns(e.to_string()))?;
    if found.is_empty() {
        return Err(dns("no address".to_owned()));
    }
    Ok(found)
}

async fn dial(addresses: &[IpAddr], port: u16) -> Result<TcpStream> {
    let mut last = Error::DestinationUnavailable;
    for address in addresses {
        match TcpStream::connect(SocketAddr::new(*address, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = connect_error(error),
        }
    }
    Err(last)
}

fn connect_error(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        std::io::ErrorKind::TimedOut => Error::ConnectionTimeout,
        _ => Error::Connect(error),
    }
}

async fn wrap(
    tcp: TcpStream,
    to: &Destination,
    network: &Network,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let name = ServerName::try_from(to.host.clone()).map_err(|_| Error::HttpRequestUriInvalid)?;
    let connector = TlsConnector::from(network.tls.clone());
    connector.connect(name, tcp).await.map_err(Error::Tls)
}
