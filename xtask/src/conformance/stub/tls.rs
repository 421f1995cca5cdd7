//! A certificate authority that lives as long as the suite, and certificates for whatever name
//! a client asks for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::failure::{Doing, Failure};

/// The authority.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Result<Authority, Failure> {
        let making = || "make a certificate authority".to_owned();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Segue conformance suite");
        let key = KeyPair::generate().doing(making)?;
        let issuer = CertifiedIssuer::self_signed(params, key).doing(making)?;
        Ok(Authority { issuer })
    }

    /// Its certificate.
    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server that has a certificate for every name.
    pub(super) fn server(self) -> Result<Arc<ServerConfig>, Failure> {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .doing(|| "set up TLS".to_owned())?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Certificates {
                authority: self,
                made: Mutex::default(),
            }));
        Ok(Arc::new(config))
    }

    fn certify(&self, name: &str) -> Option<CertifiedKey> {
        let key = KeyPair::generate().ok()?;
        let params = CertificateParams::new(vec![name.to_owned()]).ok()?;
        let certificate = params.signed_by(&key, &self.issuer).ok()?;
        let private = PrivateKeyDer::try_from(key.serialize_der()).ok()?;
        let signer = ring::sign::any_supported_type(&private).ok()?;
        Some(CertifiedKey::new(vec![certificate.der().clone()], signer))
    }
}

/// The certificates made so far, by name.
struct Certificates {
    authority: Authority,
    made: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificates")
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().unwrap_or("localhost").to_owned();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(certificate) = made.get(&name) {
            return Some(Arc::clone(certificate));
        }
        let certificate = Arc::new(self.authority.certify(&name)?);
        made.insert(name, Arc::clone(&certificate));
        Some(certificate)
    }
}
