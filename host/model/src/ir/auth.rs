//! Authentication of a standard call (OWS DSL 1.0.3, "Authentication"). The host applies it
//! at egress; what stands here holds placeholders where the document names secrets.

use serde::{Deserialize, Serialize};

use super::Template;

/// What the requests of a standard call authenticate with, by what they are for. `A` is how
/// far an authentication has come: written, evaluated, ready to prove.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Auths<A> {
    /// For the requests themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<A>,
    /// For the document that describes the service (`document.endpoint.authentication`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<A>,
}

impl<A> Default for Auths<A> {
    fn default() -> Self {
        Auths {
            request: None,
            document: None,
        }
    }
}

impl<A> Auths<A> {
    /// Whether no request authenticates.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Those that there are.
    pub fn iter(&self) -> impl Iterator<Item = &A> {
        self.request.iter().chain(&self.document)
    }

    /// Those that there are.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut A> {
        self.request.iter_mut().chain(&mut self.document)
    }
}

/// How a call proves who it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Auth {
    /// The scheme.
    pub scheme: AuthScheme,
    /// Its members.
    pub from: AuthSource,
}

/// The schemes of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthScheme {
    /// RFC 7617: `username`, `password`.
    Basic,
    /// RFC 6750: `token`.
    Bearer,
    /// RFC 7616: `username`, `password`.
    Digest,
    /// RFC 6749, client credentials: the members of the language's `oauth2`.
    Oauth2,
    /// OpenID Connect discovery, then client credentials: the members of `oidc`.
    Oidc,
}

/// Where the members come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthSource {
    /// They stand in the document: an object template in the language's own names.
    Members(Template),
    /// A secret that is such an object: `basic: {use: name}`.
    Secret(String),
}

impl AuthScheme {
    /// Its name in documents, and `$authorization.scheme`.
    pub fn name(self) -> &'static str {
        match self {
            AuthScheme::Basic => "basic",
            AuthScheme::Bearer => "bearer",
            AuthScheme::Digest => "digest",
            AuthScheme::Oauth2 => "oauth2",
            AuthScheme::Oidc => "oidc",
        }
    }
}
