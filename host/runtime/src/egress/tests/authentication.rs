//! Basic, bearer and digest authentication.

use std::collections::HashMap;

use http::Request;
use md5::{Digest as _, Md5};
use segue_model::ir::AuthScheme;
use serde_json::json;
use sha2::Sha256;

use super::attempt::{network, plan};
use super::server::{Reply, Seen, Server, reply};

fn echo(seen: &Seen, _: usize) -> Reply {
    let field = format!("x-echo: {}", seen.field("authorization"));
    reply(
        200,
        &[&field],
        &format!("got {}", seen.field("authorization")),
    )
}

#[tokio::test]
async fn basic_credentials_arrive_and_do_not_come_back() {
    let server = Server::start(echo).await;
    let auth = json!({"username": "Aladdin", "password": "open sesame"});
    let plan = plan().grant(server.address).auth(AuthScheme::Basic, auth);
    let mut guest = plan.open(&network(json!({}))).await.unwrap();
    let request = Request::get(server.url("/")).header("authorization", "Bearer of-the-guest");
    let answer = guest.send(request, &[]).await.unwrap();
    // The example of RFC 7617, section 2.
    let sent = server.seen()[0].field("authorization").to_owned();
    assert_eq!(sent, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert!(
        answer.headers["x-echo"]
            .to_str()
            .unwrap()
            .contains("[redacted]")
    );
    assert!(
        !answer.body.contains("QWxhZGRpbjpvcGVuIHNlc2FtZQ"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_bearer_token_may_come_from_a_secret() {
    let server = Server::start(echo).await;
    let network = network(json!({"login": {"token": "mF_9.B5f-4.1JqM"}}));
    let plan = plan()
        .grant(server.address)
        .auth(AuthScheme::Bearer, json!("login"));
    let mut guest = plan.open(&network).await.unwrap();
    let answer = guest.get(&server.url("/")).await.unwrap();
    assert_eq!(
        server.seen()[0].field("authorization"),
        "Bearer mF_9.B5f-4.1JqM"
    );
    assert!(!answer.body.contains("mF_9"), "{}", answer.body);
}

#[tokio::test]
async fn a_placeholder_in_the_members_is_replaced() {
    let server = Server::start(echo).await;
    let mut plan = plan()
        .grant(server.address)
        .secret("segue-secret-77", "key")
        .auth(AuthScheme::Bearer, json!({"token": "segue-secret-77"}));
    plan.invocation.input = segue_model::Payload::null();
    let mut guest = plan.open(&network(json!({"key": "t0ken"}))).await.unwrap();
    guest.get(&server.url("/")).await.unwrap();
    assert_eq!(server.seen()[0].field("authorization"), "Bearer t0ken");
}

#[tokio::test]
async fn requests_for_a_document_and_other_origins_carry_no_credentials() {
    let (server, other) = (Server::start(echo).await, Server::start(echo).await);
    let auth = json!({"token": "t0ken"});
    let plan = plan().grant(server.address).grant(other.address);
    let plan = plan.auth(AuthScheme::Bearer, auth);
    let mut guest = plan.open(&network(json!({}))).await.unwrap();
    let document = Request::get(other.url("/openapi.json")).header("segue-auth", "document");
    guest.send(document, &[]).await.unwrap();
    guest.get(&server.url("/")).await.unwrap();
    guest.get(&other.url("/")).await.unwrap();
    assert_eq!(server.seen()[0].field("authorization"), "Bearer t0ken");
    for seen in other.seen() {
        assert_eq!(seen.field("authorization"), "");
        assert_eq!(seen.field("segue-auth"), "");
    }
}

#[tokio::test]
async fn a_document_may_have_credentials_of_its_own() {
    let server = Server::start(echo).await;
    let plan = plan()
        .grant(server.address)
        .auth(AuthScheme::Bearer, json!({"token": "reader"}))
        .of_the_document()
        .auth(AuthScheme::Bearer, json!({"token": "caller"}));
    let mut guest = plan.open(&network(json!({}))).await.unwrap();
    let document = Request::get(server.url("/openapi.json")).header("segue-auth", "document");
    guest.send(document, &[]).await.unwrap();
    guest.get(&server.url("/")).await.unwrap();
    let fields: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.field("authorization").to_owned())
        .collect();
    assert_eq!(fields, ["Bearer reader", "Bearer caller"]);
}

#[tokio::test]
async fn refused_credentials_are_noted_and_the_answer_is_passed_on() {
    let server = Server::start(|_, _| reply(401, &["www-authenticate: Basic realm=x"], "no")).await;
    let auth = json!({"username": "a", "password": "b"});
    let plan = plan().grant(server.address).auth(AuthScheme::Basic, auth);
    let mut guest = plan.open(&network(json!({}))).await.unwrap();
    let answer = guest.get(&server.url("/")).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), guest.refused_scheme()),
        (401, Some("basic"))
    );
    assert_eq!(server.seen().len(), 1);
}

/// The parameters of an `Authorization: Digest`.
fn parameters(field: &str) -> HashMap<String, String> {
    let field = field.strip_prefix("Digest ").unwrap_or_default();
    let pairs = field.split(", ").filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// RFC 7616, section 3.4.1, written down once more.
fn is_right(seen: &Seen, password: &str, nonce: &str) -> bool {
    let p = parameters(seen.field("authorization"));
    let get = |name: &str| p.get(name).cloned().unwrap_or_default();
    let hash = |text: String| match get("algorithm").as_str() {
        "SHA-256" => hex(&Sha256::digest(text)),
        _ => hex(&Md5::digest(text)),
    };
    let a1 = hash(format!("{}:{}:{password}", get("username"), get("realm")));
    let a2 = hash(format!("{}:{}", seen.method, seen.target));
    let (nc, cnonce, qop) = (get("nc"), get("cnonce"), get("qop"));
    let want = hash(format!("{a1}:{nonce}:{nc}:{cnonce}:{qop}:{a2}"));
    get("nonce") == nonce && get("uri") == seen.target && get("response") == want && qop == "auth"
}

fn guarded(algorithm: &'static str) -> impl Fn(&Seen, usize) -> Reply {
    move |seen, number| {
        // The nonce changes after the third request.
        let nonce = if number < 3 { "n-1" } else { "n-2" };
        if is_right(seen, "Circle of Life", nonce) {
            return reply(200, &[], &format!("in: {}", seen.body));
        }
        let stale = if number < 3 { "" } else { ", stale=true" };
        let challenge = format!(
            "WWW-Authenticate: Basic realm=\"x\", Digest realm=\"zoo\", qop=\"auth\", algorithm={algorithm}, nonce=\"{nonce}\"{stale}"
        );
        reply(401, &[&challenge], "no")
    }
}

#[tokio::test]
async fn a_digest_challenge_is_answered_with_the_body_again() {
    for algorithm in ["MD5", "SHA-256"] {
        let server = Server::start(guarded(algorithm)).await;
        let auth = json!({"username": "Mufasa", "password": "Circle of Life"});
        let plan = plan().grant(server.address).auth(AuthScheme::Digest, auth);
        let mut guest = plan.open(&network(json!({}))).await.unwrap();
        let send = |body: &'static [u8]| (Request::post(server.url("/dir/a?b=1")), [body]);
        let mut bodies = Vec::new();
        for body in [&b"one"[..], b"two", b"three"] {
            let (request, pieces) = send(body);
            bodies.push(guest.send(request, &pieces).await.unwrap().body);
        }
        assert_eq!(bodies, ["in: one", "in: two", "in: three"], "{algorithm}");
        let counts: Vec<String> = server
            .seen()
            .iter()
            .map(|seen| {
                parameters(seen.field("authorization"))
                    .remove("nc")
                    .unwrap_or_default()
            })
            .collect();
        // Challenged, answered, answered at once, stale, answered with the new nonce.
        let want = ["", "00000001", "00000002", "00000003", "00000001"];
        assert_eq!(counts, want, "{algorithm}");
        // What the host repeats is not what the guest sent.
        assert_eq!((guest.requests(), guest.refused_scheme()), (3, None));
    }
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let server = Server::start(guarded("SHA-256")).await;
    let auth = json!({"username": "Mufasa", "password": "wrong"});
    let plan = plan().grant(server.address).auth(AuthScheme::Digest, auth);
    let mut guest = plan.open(&network(json!({}))).await.unwrap();
    let answer = guest.get(&server.url("/")).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), guest.refused_scheme()),
        (401, Some("digest"))
    );
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_body_that_is_too_long_to_keep_is_sent_once() {
    let server = Server::start(guarded("MD5")).await;
    let auth = json!({"username": "Mufasa", "password": "Circle of Life"});
    let plan = plan().grant(server.address).auth(AuthScheme::Digest, auth);
    let mut guest = plan.open(&network(json!({}))).await.unwrap();
    let long = vec![b'x'; (1 << 20) + 1];
    let answer = guest
        .send(Request::post(server.url("/")), &[&long])
        .await
        .unwrap();
    assert_eq!(
        (answer.status.as_u16(), guest.refused_scheme()),
        (401, Some("digest"))
    );
    assert_eq!(server.seen().len(), 1);
}
