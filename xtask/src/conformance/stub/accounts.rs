//! Who may come in: the paths of httpbin that ask for a name and a password, or a token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{digest, petstore};
use crate::exchange::{Answer, Request};

/// Answers `/basic-auth/{user}/{password}`, with the petstore behind it, `/hidden-basic-auth/…`, `/bearer` and
/// `/digest-auth/{qop}/{user}/{password}[/{algorithm}]`.
pub(super) fn answer(request: &Request) -> Option<Answer> {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["basic-auth", user, password] => Some(basic(request, user, password)),
        ["basic-auth", user, password, behind @ ..] => {
            let path = format!("/{}", behind.join("/"));
            match by_basic(request, user, password) {
                true => petstore::answer(&Request {
                    path,
                    ..request.clone()
                }),
                false => Some(basic(request, user, password)),
            }
        }
        ["hidden-basic-auth", user, password] => Some(match by_basic(request, user, password) {
            true => welcome(user),
            false => Answer::text(404, "there is nothing here"),
        }),
        ["bearer"] => Some(bearer(request)),
        ["digest-auth", qop, user, password] => {
            Some(digest::answer(request, qop, user, password, "MD5"))
        }
        ["digest-auth", qop, user, password, algorithm] => {
            Some(digest::answer(request, qop, user, password, algorithm))
        }
        _ => None,
    }
}

/// The answer to somebody who was let in.
pub(super) fn welcome(user: &str) -> Answer {
    Answer::json(200, &json!({"authenticated": true, "user": user}))
}

fn basic(request: &Request, user: &str, password: &str) -> Answer {
    if by_basic(request, user, password) {
        return welcome(user);
    }
    Answer::text(401, "who are you?").with("www-authenticate", "Basic realm=\"Fake Realm\"")
}

fn by_basic(request: &Request, user: &str, password: &str) -> bool {
    let expected = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    request.header("authorization") == Some(expected.as_str())
}

fn bearer(request: &Request) -> Answer {
    let token = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    match token {
        Some(token) => Answer::json(200, &json!({"authenticated": true, "token": token})),
        None => Answer::text(401, "who are you?").with("www-authenticate", "Bearer"),
    }
}
