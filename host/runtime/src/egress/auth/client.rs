//! The token request of OAuth 2 client credentials (RFC 6749, section 4.4) and what comes of it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::secrets::percent;

/// How long an assertion of ours is valid: the request that carries it is sent at once.
const ASSERTION_SECONDS: u64 = 60;
/// The type of assertion of RFC 7523, section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client of an authorization server, and the token that it wants.
pub(super) struct Client {
    /// Without a slash at the end.
    pub(super) authority: String,
    /// The token endpoint, a path below the authority or a whole URL; `None`: discovered.
    pub(super) token: Option<String>,
    /// Absent only where an assertion says it.
    pub(super) id: Option<Zeroizing<String>>,
    pub(super) method: ClientMethod,
    pub(super) encoding: Encoding,
    pub(super) scopes: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) issuers: Vec<String>,
}

/// How the client proves who it is.
pub(super) enum ClientMethod {
    /// `client_secret_basic`.
    Basic(Zeroizing<String>),
    /// `client_secret_post`.
    Post(Zeroizing<String>),
    /// `client_secret_jwt`: an assertion signed with the secret (RFC 7523).
    Jwt(Zeroizing<String>),
    /// `private_key_jwt`: an assertion that the owner of the key signed.
    Assertion(Zeroizing<String>),
    /// `none`: the id alone.
    None,
}

/// How the token request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Form,
    Json,
}

/// What differs from one token request to the next.
pub(super) struct Moment {
    /// Seconds since 1970.
    pub(super) now: u64,
    /// Random.
    pub(super) id: String,
}

impl Client {
    /// Where the token endpoint is, if that is known without asking.
    pub(super) fn token_url(&self) -> Option<String> {
        let token = self.token.as_ref()?;
        if token.starts_with("https://") || token.starts_with("http://") {
            return Some(token.clone());
        }
        Some(format!(
            "{}/{}",
            self.authority,
            token.trim_start_matches('/')
        ))
    }

    fn id(&self) -> &str {
        self.id.as_ref().map_or("", |id| id.as_str())
    }

    /// Where OpenID Connect keeps its configuration.
    pub(super) fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.authority)
    }

    /// The members that tell one token from another, for the cache.
    pub(super) fn parts(&self) -> Vec<&str> {
        let (method, proof) = match &self.method {
            ClientMethod::Basic(secret) => ("basic", secret.as_str()),
            ClientMethod::Post(secret) => ("post", secret.as_str()),
            ClientMethod::Jwt(secret) => ("jwt", secret.as_str()),
            ClientMethod::Assertion(assertion) => ("assertion", assertion.as_str()),
            ClientMethod::None => ("none", ""),
        };
        let token = self.token.as_deref().unwrap_or("discovered");
        let encoding = match self.encoding {
            Encoding::Form => "form",
            Encoding::Json => "json",
        };
        let mut parts = vec![&self.authority, token, self.id(), method, proof, encoding];
        for list in [&self.scopes, &self.audiences, &self.issuers] {
            parts.push("list");
            parts.extend(list.iter().map(String::as_str));
        }
        parts
    }

    /// The request for a token at `endpoint`.
    pub(super) fn request(&self, endpoint: &str, moment: &Moment) -> Option<Request<Bytes>> {
        let mut fields = vec![(
            "grant_type",
            Zeroizing::new("client_credentials".to_owned()),
        )];
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(endpoint)
            .header(ACCEPT, "application/json");
        let plain = |text: &str| Zeroizing::new(text.to_owned());
        match &self.method {
            ClientMethod::Basic(secret) => {
                request = request.header(AUTHORIZATION, self.basic(secret)?);
            }
            ClientMethod::Post(secret) => {
                fields.push(("client_id", plain(self.id())));
                fields.push(("client_secret", secret.clone()));
            }
            ClientMethod::Jwt(secret) => {
                fields.push(("client_id", plain(self.id())));
                fields.push(("client_assertion_type", plain(ASSERTION_TYPE)));
                fields.push((
                    "client_assertion",
                    self.assertion(secret, endpoint, moment)?,
                ));
            }
            ClientMethod::Assertion(assertion) => {
                fields.extend(self.id.clone().map(|id| ("client_id", id)));
                fields.push(("client_assertion_type", plain(ASSERTION_TYPE)));
                fields.push(("client_assertion", assertion.clone()));
            }
            ClientMethod::None => fields.push(("client_id", plain(self.id()))),
        }
        if !self.scopes.is_empty() {
            fields.push(("scope", plain(&self.scopes.join(" "))));
        }
        let (media, body) = match self.encoding {
            Encoding::Form => ("application/x-www-form-urlencoded", self.form(&fields)),
            Encoding::Json => ("application/json", self.json(&fields)),
        };
        request.header(CONTENT_TYPE, media).body(body).ok()
    }

    /// RFC 6749, section 2.3.1: both are encoded as in a form first.
    fn basic(&self, secret: &str) -> Option<HeaderValue> {
        let (id, secret) = (
            percent(self.id(), "+"),
            Zeroizing::new(percent(secret, "+")),
        );
        let pair = Zeroizing::new(format!("{id}:{}", secret.as_str()));
        let mut value =
            HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(&*pair))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Several audiences are several fields (RFC 8693, section 2.1).
    fn form(&self, fields: &[(&str, Zeroizing<String>)]) -> Bytes {
        let audiences = self.audiences.iter().map(|a| ("audience", a.as_str()));
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<String> = fields
            .chain(audiences)
            .map(|(name, value)| format!("{name}={}", percent(value, "+")))
            .collect();
        pairs.join("&").into()
    }

    fn json(&self, fields: &[(&str, Zeroizing<String>)]) -> Bytes {
        let mut members = Map::new();
        for (name, value) in fields {
            members.insert((*name).to_owned(), json!(value.as_str()));
        }
        match self.audiences.as_slice() {
            [] => {}
            [one] => drop(members.insert("audience".to_owned(), json!(one))),
            several => drop(members.insert("audience".to_owned(), json!(several))),
        }
        Value::Object(members).to_string().into()
    }

    /// RFC 7523, section 3, signed with HMAC-SHA-256.
    fn assertion(
        &self,
        secret: &str,
        endpoint: &str,
        moment: &Moment,
    ) -> Option<Zeroizing<String>> {
        let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = encode(json!({"alg": "HS256", "typ": "JWT"}));
        let claims = encode(json!({
            "iss": self.id(),
            "sub": self.id(),
            "aud": endpoint,
            "jti": moment.id,
            "iat": moment.now,
            "exp": moment.now.saturating_add(ASSERTION_SECONDS),
        }));
        let signed = format!("{header}.{claims}");
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        Some(Zeroizing::new(format!("{signed}.{signature}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(method: ClientMethod) -> Client {
        Client {
            authority: "https://id.test/realm".to_owned(),
            token: Some("/oauth2/token".to_owned()),
            id: Some(Zeroizing::new("s6Bh dRkqt3".to_owned())),
            method,
            encoding: Encoding::Form,
            scopes: vec!["read".to_owned(), "write".to_owned()],
            audiences: vec!["a".to_owned(), "b c".to_owned()],
            issuers: Vec::new(),
        }
    }

    fn secret() -> Zeroizing<String> {
        Zeroizing::new("gX1f:B t3/bV".to_owned())
    }

    fn request(client: &Client) -> (Request<Bytes>, String) {
        let moment = Moment {
            now: 1_000,
            id: "j1".to_owned(),
        };
        let url = client.token_url().unwrap();
        let request = client.request(&url, &moment).unwrap();
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        (request, body)
    }

    #[test]
    fn a_secret_is_posted_in_a_form_or_as_json() {
        let mut client = client(ClientMethod::Post(secret()));
        let (sent, body) = request(&client);
        assert_eq!(sent.uri(), "https://id.test/realm/oauth2/token");
        assert_eq!(
            sent.headers()["content-type"],
            "application/x-www-form-urlencoded"
        );
        assert_eq!(
            body,
            "grant_type=client_credentials&client_id=s6Bh+dRkqt3&client_secret=gX1f%3AB+t3%2FbV\
             &scope=read+write&audience=a&audience=b+c"
        );
        client.encoding = Encoding::Json;
        let (sent, body) = request(&client);
        assert_eq!(sent.headers()["content-type"], "application/json");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["client_secret"], "gX1f:B t3/bV");
        assert_eq!(body["audience"], json!(["a", "b c"]));
    }

    #[test]
    fn a_secret_in_the_header_is_encoded_first() {
        let (sent, body) = request(&client(ClientMethod::Basic(secret())));
        let value = sent.headers()["authorization"].to_str().unwrap();
        let pair = STANDARD
            .decode(value.strip_prefix("Basic ").unwrap())
            .unwrap();
        assert_eq!(pair, b"s6Bh+dRkqt3:gX1f%3AB+t3%2FbV");
        assert!(sent.headers()["authorization"].is_sensitive());
        assert!(
            !body.contains("client_id") && !body.contains("client_secret"),
            "{body}"
        );
    }

    #[test]
    fn an_assertion_is_signed_with_the_secret() {
        let (_, body) = request(&client(ClientMethod::Jwt(secret())));
        let jwt = body
            .split('&')
            .find_map(|f| f.strip_prefix("client_assertion="))
            .unwrap();
        let parts: Vec<&str> = jwt.split('.').collect();
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert_eq!(claims["aud"], "https://id.test/realm/oauth2/token");
        assert_eq!(
            (claims["iss"].as_str(), claims["exp"].as_u64()),
            (Some("s6Bh dRkqt3"), Some(1_060))
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(secret().as_bytes()).unwrap();
        mac.update(format!("{}.{}", parts[0], parts[1]).as_bytes());
        mac.verify_slice(&URL_SAFE_NO_PAD.decode(parts[2]).unwrap())
            .unwrap();
        assert!(!body.contains("gX1f"), "{body}");
    }

    #[test]
    fn an_assertion_of_the_owner_is_passed_on() {
        let given = Zeroizing::new("h.c.s".to_owned());
        let mut client = client(ClientMethod::Assertion(given));
        let (_, body) = request(&client);
        assert!(body.contains("client_id=s6Bh"), "{body}");
        client.id = None;
        let (_, body) = request(&client);
        assert!(!body.contains("client_id"), "{body}");
        assert!(body.contains("client_assertion=h.c.s"), "{body}");
        assert!(
            body.contains("assertion_type=urn%3Aietf%3Aparams%3Aoauth"),
            "{body}"
        );
    }

    #[test]
    fn a_token_endpoint_may_be_a_whole_url() {
        let mut client = client(ClientMethod::None);
        client.token = Some("https://other.test/token".to_owned());
        assert_eq!(client.token_url().unwrap(), "https://other.test/token");
        client.token = Some("auth/token".to_owned());
        assert_eq!(
            client.token_url().unwrap(),
            "https://id.test/realm/auth/token"
        );
    }
}
