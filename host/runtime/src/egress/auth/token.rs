//! Tokens of authorization servers: fetched through the same checks as any request, kept in
//! memory until they expire, and fetched once however many attempts wait for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use segue_model::problem::Kind;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::client::Client;
use super::fetch::{Failure, Fetch};

/// How long a token is kept whose server does not say when it expires.
const LIFE_DEFAULT: Duration = Duration::from_secs(60);
/// The longest that a token is kept, whatever its server says.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);
/// How long before its end a token is not used any more: the request has to arrive in time.
const SKEW: Duration = Duration::from_secs(30);
/// Tokens that are kept. Beyond it, those are forgotten that nobody waits for.
const TOKENS_MAX: usize = 1_024;
/// The longest description of an authorization server that a problem repeats.
const SAID_CHARS_MAX: usize = 200;

/// The tokens of a runtime.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<[u8; 32], Arc<Slot>>>);

/// One token. Whoever fetches it holds the lock.
type Slot = tokio::sync::Mutex<Option<Token>>;

struct Token {
    value: Zeroizing<String>,
    /// Where it came from: whoever uses it must be granted that.
    endpoint: String,
    until: Instant,
}

/// A token to send, and whether it was fetched just now.
pub(super) struct Obtained {
    pub(super) value: Zeroizing<String>,
    pub(super) fresh: bool,
}

impl Tokens {
    /// A token for the client: a kept one, unless it is `refused`, else a new one.
    pub(super) async fn obtain(
        &self,
        client: &Client,
        fetch: &Fetch<'_>,
        refused: Option<&str>,
    ) -> Result<Obtained, Failure> {
        let first = client.token_url().unwrap_or_else(|| client.discovery_url());
        // Before anything is taken from the cache: a grant must not depend on what others did.
        fetch.granted(&first)?;
        let slot = self.slot(key(client));
        let mut held = slot.lock().await;
        if let Some(token) = held.as_ref() {
            let usable = token.until > Instant::now() && refused != Some(token.value.as_str());
            if usable {
                fetch.granted(&token.endpoint)?;
                return Ok(Obtained {
                    value: token.value.clone(),
                    fresh: false,
                });
            }
        }
        *held = None;
        let endpoint = match client.token_url() {
            Some(url) => url,
            None => fetch.discover(client).await?,
        };
        let (status, body) = fetch.token(client, &endpoint).await?;
        let (value, life) = answer(status, &body, client)?;
        *held = Some(Token {
            value: value.clone(),
            endpoint,
            until: Instant::now() + life,
        });
        Ok(Obtained { value, fresh: true })
    }

    fn slot(&self, key: [u8; 32]) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= TOKENS_MAX && !slots.contains_key(&key) {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        slots.entry(key).or_default().clone()
    }
}

/// Names a token by everything that its request is made of.
fn key(client: &Client) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in client.parts() {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Reads the answer of a token endpoint (RFC 6749, section 5): the token, and how long it is
/// used.
fn answer(
    status: StatusCode,
    body: &[u8],
    client: &Client,
) -> Result<(Zeroizing<String>, Duration), Failure> {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    if !status.is_success() {
        return Err(refusal(status, json.as_ref()));
    }
    let member = |name: &str| json.as_ref().and_then(|json| json.get(name));
    let Some(token) = member("access_token").and_then(Value::as_str) else {
        return Err(Failure::unreachable(
            "the token endpoint answered without an `access_token`".to_owned(),
        ));
    };
    let token = Zeroizing::new(token.to_owned());
    let kind = member("token_type").and_then(Value::as_str);
    if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(Failure::unreachable(
            "the token endpoint gave a token of another type than `Bearer`".to_owned(),
        ));
    }
    if !client.issuers.is_empty() && !issued_by(&token, &client.issuers) {
        return Err(Failure::new(
            Kind::Authentication,
            "the token was not issued by one of the authentication's `issuers`".to_owned(),
        ));
    }
    Ok((token, life(member("expires_in"))))
}

fn refusal(status: StatusCode, json: Option<&Value>) -> Failure {
    let text = |name: &str| json.and_then(|j| j.get(name)).and_then(Value::as_str);
    let short = |text: &str| text.chars().take(SAID_CHARS_MAX).collect::<String>();
    let error = text("error").map(short);
    let why = match (&error, text("error_description").map(short)) {
        (Some(error), Some(description)) => format!("`{error}`: {description}"),
        (Some(error), None) => format!("`{error}`"),
        _ => format!("status {}", status.as_u16()),
    };
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
        let detail = format!("the token endpoint refused the client: {why}");
        return Failure::new(Kind::Authentication, detail);
    }
    Failure::unreachable(format!("the token endpoint gave no token: {why}"))
}

fn life(expires_in: Option<&Value>) -> Duration {
    let seconds = match expires_in {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64(),
        None => None,
    };
    let life = seconds
        .map_or(LIFE_DEFAULT, Duration::from_secs)
        .min(LIFE_MAX);
    // Short-lived ones are used for half of their life.
    life.checked_sub(SKEW).unwrap_or_default().max(life / 2)
}

/// Whether the token is a JWT whose `iss` is one of those. Its signature is for the service to
/// check: whoever holds our grant of the token endpoint is believed.
fn issued_by(token: &str, issuers: &[String]) -> bool {
    let claims = token.split('.').nth(1);
    let claims = claims.and_then(|c| URL_SAFE_NO_PAD.decode(c.trim_end_matches('=')).ok());
    let claims: Option<Value> = claims.and_then(|c| serde_json::from_slice(&c).ok());
    let issuer = claims
        .as_ref()
        .and_then(|c| c.get("iss"))
        .and_then(Value::as_str);
    issuer.is_some_and(|issuer| issuers.iter().any(|known| known == issuer))
}

#[cfg(test)]
mod tests {
    use super::super::members::Credentials;
    use super::super::members::tests::credentials;
    use super::*;
    use segue_model::ir::AuthScheme;
    use serde_json::json;

    async fn client(issuers: Value) -> Client {
        let members = json!({"authority": "https://id.test", "issuers": issuers,
            "client": {"id": "me", "secret": "s3cret"}});
        match credentials(AuthScheme::Oauth2, members).await {
            Ok(Credentials::Client(client)) => *client,
            _ => panic!("no client"),
        }
    }

    fn read(status: u16, body: &Value, client: &Client) -> Result<(String, u64), Failure> {
        let status = StatusCode::from_u16(status).unwrap();
        let answered = answer(status, body.to_string().as_bytes(), client);
        answered.map(|(token, life)| (token.to_string(), life.as_secs()))
    }

    #[tokio::test]
    async fn a_token_is_used_until_shortly_before_its_end() {
        let client = client(json!([])).await;
        for (expires, life) in [
            (json!(3600), 3570),
            (json!("3600"), 3570),
            (json!(40), 20),
            (json!(null), 30),
            (json!(u64::MAX), 86_370),
        ] {
            let body = json!({"access_token": "t", "token_type": "bearer", "expires_in": expires});
            assert_eq!(read(200, &body, &client).unwrap(), ("t".to_owned(), life));
        }
    }

    #[tokio::test]
    async fn a_refused_client_differs_from_a_server_that_fails() {
        let client = client(json!([])).await;
        let body = json!({"error": "invalid_client", "error_description": "unknown"});
        for (status, kind, retryable) in [
            (401, Kind::Authentication, false),
            (400, Kind::Authentication, false),
            (429, Kind::Communication, true),
            (503, Kind::Communication, true),
            (302, Kind::Communication, true),
        ] {
            let Failure::Problem {
                problem,
                retryable: may,
            } = read(status, &body, &client).unwrap_err()
            else {
                panic!("recorded")
            };
            assert!(
                problem.is(kind) && may == retryable,
                "{status}: {problem:?}"
            );
            assert!(problem.detail.unwrap().contains("invalid_client"));
        }
    }

    #[tokio::test]
    async fn the_issuer_of_a_token_is_checked() {
        let client = client(json!(["https://id.test"])).await;
        let token = |issuer: &str| {
            let claims = URL_SAFE_NO_PAD.encode(json!({"iss": issuer}).to_string());
            json!({"access_token": format!("h.{claims}.s")})
        };
        assert!(read(200, &token("https://id.test"), &client).is_ok());
        assert!(read(200, &token("https://evil.test"), &client).is_err());
        assert!(read(200, &json!({"access_token": "opaque"}), &client).is_err());
        assert!(
            read(
                200,
                &json!({"access_token": "a", "token_type": "mac"}),
                &client
            )
            .is_err()
        );
        assert!(read(200, &json!({}), &client).is_err());
    }

    #[tokio::test]
    async fn tokens_differ_by_every_part_of_their_request() {
        let (a, mut b) = (client(json!([])).await, client(json!([])).await);
        assert_eq!(key(&a), key(&b));
        b.scopes.push("read".to_owned());
        assert_ne!(key(&a), key(&b));
    }
}
