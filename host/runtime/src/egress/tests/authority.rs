//! OAuth 2 and OpenID Connect: client credentials.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use segue_model::ir::AuthScheme;
use segue_model::problem::Kind;
use serde_json::{Value, json};

use super::attempt::{Guest, Plan, network, plan};
use super::server::{Reply, Seen, Server, reply};
use crate::egress::{Network, Refusal};

/// An authority that hands out `token-0`, `token-1`, … and knows one client.
async fn authority() -> Server {
    let given = AtomicUsize::new(0);
    Server::start(move |seen, _| {
        if seen.target == "/.well-known/openid-configuration" {
            let here = format!("http://{}", seen.field("host"));
            let found = json!({"issuer": here, "token_endpoint": format!("{here}/found/token")});
            return reply(200, &[], &found.to_string());
        }
        if !seen.body.contains("client_secret=s3cret-s3cret") {
            let error = json!({"error": "invalid_client", "error_description": "unknown client"});
            return reply(401, &[], &error.to_string());
        }
        let number = given.fetch_add(1, Ordering::SeqCst);
        let token = json!({"access_token": format!("token-{number}"), "token_type": "Bearer", "expires_in": 3600});
        reply(200, &["content-type: application/json"], &token.to_string())
    })
    .await
}

/// A service that takes these tokens.
async fn service(taken: &'static [&'static str]) -> Server {
    Server::start(move |seen: &Seen, _| -> Reply {
        let token = seen
            .field("authorization")
            .strip_prefix("Bearer ")
            .unwrap_or("");
        let status = if taken.contains(&token) { 200 } else { 401 };
        reply(status, &[], &format!("{token} {}", seen.body))
    })
    .await
}

fn members(authority: SocketAddr) -> Value {
    json!({"authority": format!("http://{authority}"), "grant": "client_credentials",
        "client": {"id": "me", "secret": "s3cret-s3cret"}, "scopes": ["read"]})
}

fn granted(service: &Server, authority: &Server) -> Plan {
    plan().grant(service.address).grant(authority.address)
}

async fn open(plan: Plan, scheme: AuthScheme, members: Value, network: &Network) -> Guest {
    plan.auth(scheme, members).open(network).await.unwrap()
}

fn problem(guest: &Guest) -> (segue_model::Problem, bool) {
    match guest.refusal() {
        Refusal::Problem { problem, retryable } => (*problem, retryable),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_who_wait_and_does_not_come_back() {
    let (authority, service) = (authority().await, service(&["token-0"]).await);
    let network = Arc::new(network(json!({})));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let (network, url) = (network.clone(), service.url("/"));
        let plan = granted(&service, &authority);
        let members = members(authority.address);
        tasks.spawn(async move {
            let mut guest = open(plan, AuthScheme::Oauth2, members, &network).await;
            (guest.get(&url).await.unwrap().body, guest.requests())
        });
    }
    for (body, requests) in tasks.join_all().await {
        assert_eq!((body.as_str(), requests), ("[redacted] ", 1));
    }
    let asked = authority.seen();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].target, "/oauth2/token");
    assert_eq!(
        asked[0].body,
        "grant_type=client_credentials&client_id=me&client_secret=s3cret-s3cret&scope=read"
    );
}

#[tokio::test]
async fn a_kept_token_that_is_refused_is_fetched_anew_once() {
    let (authority, service) = (authority().await, service(&["token-1"]).await);
    let network = network(json!({}));
    let send = async || {
        let plan = granted(&service, &authority);
        let members = members(authority.address);
        let mut guest = open(plan, AuthScheme::Oauth2, members, &network).await;
        let request = http::Request::post(service.url("/"));
        let answer = guest.send(request, &[b"body"]).await.unwrap();
        (answer.status.as_u16(), answer.body, guest.refused_scheme())
    };
    // A fresh one that is refused is not tried again.
    assert_eq!(
        send().await,
        (401, "[redacted] body".to_owned(), Some("token"))
    );
    assert_eq!(authority.seen().len(), 1);
    assert_eq!(send().await, (200, "[redacted] body".to_owned(), None));
    assert_eq!((authority.seen().len(), service.seen().len()), (2, 3));
    assert_eq!(send().await.0, 200);
    assert_eq!((authority.seen().len(), service.seen().len()), (2, 4));
}

#[tokio::test]
async fn the_authority_needs_a_grant_whoever_fetched_a_token_before() {
    let (authority, service) = (authority().await, service(&["token-0"]).await);
    let network = network(json!({}));
    let members = members(authority.address);
    let with = granted(&service, &authority);
    let mut guest = open(with, AuthScheme::Oauth2, members.clone(), &network).await;
    guest.get(&service.url("/")).await.unwrap();
    let without = plan().grant(service.address);
    let mut guest = open(without, AuthScheme::Oauth2, members, &network).await;
    assert!(guest.get(&service.url("/")).await.is_err());
    let Refusal::Denied(detail) = guest.refusal() else {
        panic!("{:?}", guest.refusal())
    };
    let want = format!(
        "[[workflows.\"shop/order\".grants.http]]\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {}",
        authority.address.port()
    );
    assert!(detail.contains(&want), "{detail}");
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn a_refused_client_is_an_authentication_error() {
    let (authority, service) = (authority().await, service(&[]).await);
    let mut members = members(authority.address);
    members["client"]["secret"] = json!("wrong-secret");
    let network = network(json!({}));
    let plan = granted(&service, &authority);
    let mut guest = open(plan, AuthScheme::Oauth2, members, &network).await;
    assert!(guest.get(&service.url("/")).await.is_err());
    let (problem, retryable) = problem(&guest);
    assert!(problem.is(Kind::Authentication) && problem.status == 401 && !retryable);
    assert!(
        problem
            .detail
            .unwrap()
            .contains("`invalid_client`: unknown client")
    );
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_a_communication_error() {
    let (gone, service) = (authority().await.address, service(&[]).await);
    let network = network(json!({}));
    // Nobody listens on port 1.
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let plan = plan().grant(service.address).grant(nobody).grant(gone);
    let mut guest = open(plan, AuthScheme::Oauth2, members(nobody), &network).await;
    assert!(guest.get(&service.url("/")).await.is_err());
    let (problem, retryable) = problem(&guest);
    assert!(problem.is(Kind::Communication) && retryable, "{problem:?}");
}

#[tokio::test]
async fn openid_connect_finds_the_token_endpoint() {
    let (authority, service) = (authority().await, service(&["token-0"]).await);
    let network = network(json!({"login": members(authority.address)}));
    let plan = granted(&service, &authority);
    let mut guest = open(plan, AuthScheme::Oidc, json!("login"), &network).await;
    assert_eq!(
        guest.get(&service.url("/")).await.unwrap().status.as_u16(),
        200
    );
    let targets: Vec<String> = authority
        .seen()
        .into_iter()
        .map(|seen| seen.target)
        .collect();
    assert_eq!(
        targets,
        ["/.well-known/openid-configuration", "/found/token"]
    );
}

#[tokio::test]
async fn openid_connect_checks_who_answers() {
    let service = service(&["token-0"]).await;
    let network = network(json!({}));
    for (found, kind) in [
        (
            json!({"issuer": "http://evil.test", "token_endpoint": "http://evil.test/t"}),
            Kind::Authentication,
        ),
        (json!({"issuer": "http://evil.test"}), Kind::Communication),
        (json!("no"), Kind::Communication),
    ] {
        let liar = Server::start(move |_, _| reply(200, &[], &found.to_string())).await;
        let plan = granted(&service, &liar);
        let mut guest = open(plan, AuthScheme::Oidc, members(liar.address), &network).await;
        assert!(guest.get(&service.url("/")).await.is_err());
        assert!(problem(&guest).0.is(kind), "{:?}", guest.refusal());
    }
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn an_endless_answer_of_an_authority_ends() {
    let service = service(&[]).await;
    let flood = Server::start(|_, _| reply(200, &[], &"x".repeat(300 << 10))).await;
    let plan = granted(&service, &flood);
    let members = members(flood.address);
    let mut guest = open(plan, AuthScheme::Oauth2, members, &network(json!({}))).await;
    assert!(guest.get(&service.url("/")).await.is_err());
    assert!(
        problem(&guest).0.is(Kind::Communication),
        "{:?}",
        guest.refusal()
    );
}
