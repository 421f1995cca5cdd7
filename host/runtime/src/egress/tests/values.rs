//! Placeholders on the way out, and echoes on the way back.

use http::Request;
use segue_model::Outcome;
use segue_model::problem::Kind;
use serde_json::json;
use wasmtime_wasi_http::Error;

use super::attempt::{named, network, plan};
use super::server::{Server, in_pieces, reply};
use crate::egress::Refusal;

const PLACEHOLDER: &str = "segue-secret-00112233445566778899aabbccddeeff";
const OTHER: &str = "segue-secret-ffeeddccbbaa99887766554433221100";

#[tokio::test]
async fn a_value_takes_the_place_of_its_placeholder_wherever_it_stands() {
    let server = Server::start(|_, _| reply(200, &[], "ok")).await;
    let network = network(json!({"key": "p/ä\"x"}));
    let plan = plan().grant(server.address).secret(PLACEHOLDER, "key");
    let mut guest = plan.open(&network).await.unwrap();
    let body = format!("{{\"k\": \"{PLACEHOLDER}\"}}");
    let (first, second) = body.as_bytes().split_at(20);
    let request = Request::post(server.url(&format!("/{PLACEHOLDER}/a?k={PLACEHOLDER}")))
        .header("x-key", PLACEHOLDER.replace("segue", "other"))
        .header("content-type", "application/json")
        .header("content-length", body.len());
    guest.send(request, &[first, second]).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(seen.target, "/p%2F%C3%A4%22x/a?k=p%2F%C3%A4%22x");
    assert_eq!(seen.body, "{\"k\": \"p/ä\\\"x\"}");
    assert_eq!(seen.field("content-length"), seen.body.len().to_string());
    assert_eq!(seen.field("x-key"), PLACEHOLDER.replace("segue", "other"));
    assert_eq!(seen.field("accept-encoding"), "identity");
}

#[tokio::test]
async fn a_placeholder_that_is_not_bound_stays_what_it_is() {
    let server = Server::start(|_, _| reply(200, &[], "ok")).await;
    let network = network(json!({"key": "hunter2", "other": "not this"}));
    let mut plan = plan().grant(server.address).secret(PLACEHOLDER, "key");
    // Bound, but not given to this attempt.
    plan.invocation
        .secrets
        .push(segue_model::secret::SecretBinding {
            placeholder: OTHER.to_owned(),
            path: segue_model::SecretPath::whole("other"),
        });
    let mut guest = plan.open(&network).await.unwrap();
    let request = Request::get(server.url("/"))
        .header("x-a", PLACEHOLDER)
        .header("x-b", OTHER);
    guest.send(request, &[]).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!((seen.field("x-a"), seen.field("x-b")), ("hunter2", OTHER));
}

#[tokio::test]
async fn a_missing_secret_ends_the_attempt_before_it_begins() {
    let opened = plan()
        .secret(PLACEHOLDER, "gone")
        .open(&network(json!({})))
        .await;
    let Err(outcome) = opened else {
        panic!("opened")
    };
    let Outcome::StepError {
        problem, retryable, ..
    } = *outcome
    else {
        panic!("{outcome:?}")
    };
    assert!(problem.is(Kind::Authorization) && !retryable);
    assert_eq!(problem.status, 403);
    assert!(problem.detail.unwrap().contains("segue secrets put gone"));
}

#[tokio::test]
async fn an_echo_is_redacted_however_it_is_cut() {
    let server = Server::start(|seen, _| {
        let echo = format!("x-echo: {}", seen.field("x-key"));
        let body = format!("<{}> aHVudGVyMi1odW50ZXIy <", seen.field("x-key"));
        let mut pieces: Vec<&[u8]> = body.as_bytes().chunks(3).collect();
        pieces.push(b"hunter2-");
        pieces.push(b"hunter2>");
        in_pieces(200, &[&echo], &pieces)
    })
    .await;
    let network = network(json!({"key": "hunter2-hunter2"}));
    let plan = plan().grant(server.address).secret(PLACEHOLDER, "key");
    let mut guest = plan.open(&network).await.unwrap();
    let request = Request::get(server.url("/")).header("x-key", PLACEHOLDER);
    let answer = guest.send(request, &[]).await.unwrap();
    assert_eq!(server.seen()[0].field("x-key"), "hunter2-hunter2");
    assert_eq!(answer.body, "<[redacted]> [redacted] <[redacted]>");
    assert_eq!(answer.headers["x-echo"], "[redacted]");
}

#[tokio::test]
async fn a_compressed_answer_is_not_taken() {
    let server = Server::start(|_, _| reply(200, &["content-encoding: gzip"], "?")).await;
    let network = network(json!({"key": "hunter2"}));
    let plan = plan().grant(server.address).secret(PLACEHOLDER, "key");
    let mut guest = plan.open(&network).await.unwrap();
    let error = guest.get(&server.url("/")).await.unwrap_err();
    assert!(
        matches!(error, Error::HttpResponseContentCoding(_)),
        "{error}"
    );
    let Refusal::Problem { problem, .. } = guest.refusal() else {
        panic!("{:?}", guest.refusal())
    };
    assert!(problem.is(Kind::Communication), "{problem:?}");
}

#[tokio::test]
async fn a_value_that_a_field_cannot_hold_is_refused_and_not_sent() {
    let server = Server::start(|_, _| reply(200, &[], "ok")).await;
    let network = network(json!({"key": "a\r\nx-evil: 1"}));
    let plan = plan().grant(server.address).secret(PLACEHOLDER, "key");
    let mut guest = plan.open(&network).await.unwrap();
    let request = Request::get(server.url("/")).header("x-key", PLACEHOLDER);
    assert!(guest.send(request, &[]).await.is_err());
    let Refusal::Problem { problem, .. } = guest.refusal() else {
        panic!("{:?}", guest.refusal())
    };
    assert!(problem.is(Kind::Configuration) && !problem.to_string().contains("evil"));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_name_with_an_address_of_its_own_is_dialled_there_and_still_checked() {
    let server = Server::start(|_, _| reply(200, &[], "ok")).await;
    let network = named("pet.test", server.address);
    let grant = |allow_private| {
        let mut plan = plan();
        plan.invocation.grants.http.push(segue_model::HttpGrant {
            scheme: "http".to_owned(),
            host: "pet.test".to_owned(),
            port: 80,
            allow_private,
        });
        plan
    };
    let mut guest = grant(true).open(&network).await.unwrap();
    assert_eq!(
        guest.get("http://pet.test/v2/pet/1").await.unwrap().body,
        "ok"
    );
    assert_eq!(server.seen()[0].field("host"), "pet.test");
    let mut guest = grant(false).open(&network).await.unwrap();
    let error = guest.get("http://pet.test/v2/pet/1").await.unwrap_err();
    assert!(matches!(error, Error::DestinationIpProhibited), "{error}");
    let Refusal::Denied(detail) = guest.refusal() else {
        panic!("{:?}", guest.refusal())
    };
    assert!(
        detail.contains("[[workflows.\"shop/order\".grants.http]]"),
        "{detail}"
    );
    assert_eq!(server.seen().len(), 1);
}
