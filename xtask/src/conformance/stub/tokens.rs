//! An authorization server (RFC 6749, client credentials; OpenID Connect discovery) and the
//! resource that it protects.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Memory;
use crate::exchange::{Answer, Request, form};

/// The secret of nobody.
const WRONG: &str = "wrong";

/// Answers a discovery document, a path that ends with `/token`, and `/token-info`, which says
/// what the bearer's token was asked for with.
pub(super) fn answer(request: &Request, memory: &mut Memory) -> Option<Answer> {
    let well_known = "/.well-known/openid-configuration";
    if let Some(before) = request.path.strip_suffix(well_known) {
        let issuer = format!("{}://{}{before}", request.scheme, request.host);
        let token = format!("{issuer}/connect/token");
        let document = json!({"issuer": issuer, "token_endpoint": token});
        return Some(Answer::json(200, &document));
    }
    if request.path == "/token-info" {
        return Some(info(request, memory));
    }
    (request.path.ends_with("/token") && request.method == "POST").then(|| issue(request, memory))
}

fn info(request: &Request, memory: &Memory) -> Answer {
    let token = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    match memory.tokens.get(token) {
        Some(asked) => Answer::json(200, asked),
        None => Answer::text(401, "no such token").with("www-authenticate", "Bearer"),
    }
}

fn issue(request: &Request, memory: &mut Memory) -> Answer {
    let kind = request.header("content-type").unwrap_or_default();
    let json = kind.starts_with("application/json");
    let asked = if json {
        serde_json::from_slice(&request.body).unwrap_or_default()
    } else {
        let members = form(&request.text()).into_iter();
        members
            .map(|(name, value)| (name, Value::from(value)))
            .collect()
    };
    let Some(client) = client(request, &asked) else {
        return Answer::json(401, &json!({"error": "invalid_client"}));
    };
    if asked.get("grant_type") != Some(&json!("client_credentials")) {
        return Answer::json(400, &json!({"error": "unsupported_grant_type"}));
    }
    let known = json!({
        "client": client.id,
        "authentication": client.authentication,
        "encoding": if json { "json" } else { "form" },
        "scope": asked.get("scope"),
        "audience": asked.get("audience"),
        "path": request.path,
    });
    let token = format!("token-{}", memory.tokens.len() + 1);
    memory.tokens.insert(token.clone(), known);
    let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600});
    Answer::json(200, &answer)
}

struct Client {
    id: String,
    authentication: &'static str,
}

/// Who asks, if the secret is right.
fn client(request: &Request, asked: &Map<String, Value>) -> Option<Client> {
    let text = |name: &str| asked.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(coded) = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Basic "))
    {
        let plain = String::from_utf8(STANDARD.decode(coded).ok()?).ok()?;
        let (id, secret) = plain.split_once(':')?;
        return (secret != WRONG).then(|| Client {
            id: id.to_owned(),
            authentication: "client_secret_basic",
        });
    }
    let authentication = match (text("client_secret"), text("client_assertion")) {
        (Some(secret), _) if secret == WRONG => return None,
        (Some(_), _) => "client_secret_post",
        (None, Some(assertion)) if assertion.split('.').count() == 3 => "assertion",
        (None, Some(_)) => return None,
        (None, None) => "none",
    };
    Some(Client {
        id: text("client_id").unwrap_or_default(),
        authentication,
    })
}
