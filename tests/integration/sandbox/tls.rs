//! HTTPS against a real server whose authority only the configuration knows.
//!
//! `tls/` holds that authority's certificate (its key was thrown away), and a certificate
//! and key for `pay.test`; they protect nothing.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use segue_model::{AttemptReport, Grants, HttpGrant, Outcome};
use segue_runtime::{Resolve, Resolving, Runtime};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::harness::{attempt, options, output};

const AUTHORITY: &[u8] = include_bytes!("tls/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server-key.pem");

/// Every name is this machine.
struct Here;

impl Resolve for Here {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) })
    }
}

fn acceptor() -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Starts the server; its port.
async fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us leaves in the handshake.
            if let Ok(mut stream) = acceptor().accept(stream).await {
                let _ = stream.read(&mut [0; 4096]).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsafe";
                stream.write_all(answer).await.unwrap();
                let _ = stream.shutdown().await;
            }
        }
    });
    port
}

async fn get(host: &str, authority: Option<&[u8]>) -> AttemptReport {
    let port = server().await;
    let mut options = options();
    options.resolver = Arc::new(Here);
    options.extra_roots_pem = authority.map(<[u8]>::to_vec);
    let runtime = Runtime::new(options).unwrap();
    let grant = HttpGrant {
        scheme: "https".to_owned(),
        host: host.to_owned(),
        port,
        allow_private: true,
    };
    let grants = Grants {
        http: vec![grant],
        deny: Vec::new(),
    };
    let input = json!({"url": format!("https://{host}:{port}/")});
    attempt("http-get", input)
        .real()
        .grants(grants)
        .run_in(&runtime)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_of_the_configuration_is_trusted() {
    let report = get("pay.test", Some(AUTHORITY)).await;
    assert_eq!(output(&report)["body"], "safe");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_vouches_for_gets_no_request() {
    for (host, authority) in [("pay.test", None), ("else.test", Some(AUTHORITY))] {
        let report = get(host, authority).await;
        assert!(
            matches!(report.outcome, Outcome::StepError { .. }),
            "{host}: {report:?}"
        );
    }
}
