//! `http/request` against a server.

use segue_model::outcome::Outcome;
use serde_json::{Value, json};

use super::server::{Reply, Server};
use super::{kind, step_error};
use crate::sandbox::harness::{Attempt, attempt, output};

fn request(server: &Server, path: &str, more: Value) -> Attempt {
    let mut input = json!({"method": "get", "endpoint": server.url(path)});
    let members = input.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    attempt("http", input)
        .step("request")
        .real()
        .grants(server.grants())
}

async fn pets() -> Server {
    Server::start(|seen| match seen.target.split('?').next().unwrap_or("") {
        "/pet/1" => Reply::json(200, r#"{"id":1,"name":"Rex"}"#).header("x-rate", "7"),
        "/text" => Reply::new(
            200,
            "text/plain; charset=iso-8859-1",
            b"gr\xfc\xdf".as_slice(),
        ),
        "/bytes" => Reply::new(200, "image/png", [0x89, b'P'].as_slice()),
        "/empty" => Reply::new(204, "application/json", ""),
        "/moved" => Reply::new(302, "text/plain", "over there").header("location", "/pet/1"),
        "/busy" => Reply::new(503, "text/plain", "later").header("retry-after", "3"),
        _ => Reply::json(404, r#"{"code":1,"message":"Pet not found"}"#),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_of_an_answer_follows_its_content_type() {
    let server = pets().await;
    for (path, content) in [
        ("/pet/1", json!({"id": 1, "name": "Rex"})),
        ("/text", json!("grüß")),
        ("/bytes", json!("iVA=")),
        ("/empty", Value::Null),
    ] {
        let report = request(&server, path, json!({})).run().await;
        assert_eq!(*output(&report), content, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_response_and_the_raw_bytes_can_be_had() {
    let server = pets().await;
    let whole = request(
        &server,
        "/pet/1?a=1",
        json!({"output": "response", "headers": {"X-A": "b"}}),
    );
    let report = whole.run().await;
    let said = output(&report);
    assert_eq!(said["statusCode"], 200);
    assert_eq!(said["content"], json!({"id": 1, "name": "Rex"}));
    assert_eq!(said["headers"]["x-rate"], "7");
    assert_eq!(said["request"]["method"], "GET");
    assert_eq!(said["request"]["uri"], server.url("/pet/1?a=1"));
    assert_eq!(said["request"]["headers"]["x-a"], "b");
    let raw = request(&server, "/text", json!({"output": "raw"}))
        .run()
        .await;
    assert_eq!(*output(&raw), json!("Z3L83w=="));
}

#[tokio::test(flavor = "multi_thread")]
async fn method_query_headers_and_body_arrive() {
    let server = Server::start(|_| Reply::json(200, "{}")).await;
    let send = request(
        &server,
        "/pets?z=0",
        json!({
            "method": "PoSt",
            "query": {"status": ["sold", "a b"], "n": 1},
            "headers": {"X-Count": 2},
            "body": {"name": "Rex"},
        }),
    );
    assert_eq!(*output(&send.run().await), json!({}));
    let seen = server.only();
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target, "/pets?z=0&status=sold&status=a%20b&n=1");
    assert_eq!(seen.header("x-count"), Some("2"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("accept"), Some("application/json, */*;q=0.8"));
    assert!(seen.header("idempotency-key").is_some());
    assert_eq!(seen.body, r#"{"name":"Rex"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_and_texts_are_bodies_too() {
    let server = Server::start(|_| Reply::json(200, "{}")).await;
    let form = json!({
        "method": "post",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": {"a": "1 2", "b": true},
    });
    request(&server, "/", form).run().await;
    let text =
        json!({"method": "put", "body": "<a/>", "headers": {"content-type": "application/xml"}});
    request(&server, "/", text).run().await;
    let seen = server.seen();
    assert_eq!(seen[0].body, "a=1+2&b=true");
    assert_eq!(
        (seen[1].method.as_str(), seen[1].body.as_str()),
        ("PUT", "<a/>")
    );
    assert_eq!(seen[1].header("content-type"), Some("application/xml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_an_error_with_the_status_of_the_answer() {
    let server = pets().await;
    let report = request(&server, "/pet/9", json!({})).run().await;
    let (problem, retryable) = step_error(&report);
    assert_eq!(kind(problem), "communication");
    assert_eq!((problem.status, retryable), (404, false));
    let text = problem.to_string();
    assert!(text.contains("Pet not found"), "{text}");
    let members = serde_json::to_value(problem).unwrap();
    assert_eq!(members["response"]["content"]["code"], 1, "{members}");

    let report = request(&server, "/busy", json!({})).run().await;
    let Outcome::StepError {
        problem,
        retryable,
        retry_after_ms,
    } = &report.outcome
    else {
        panic!("{report:?}")
    };
    assert_eq!(
        (problem.status, *retryable, *retry_after_ms),
        (503, true, Some(3000))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirection_is_an_error_unless_it_is_wanted_and_never_followed() {
    let server = pets().await;
    let report = request(&server, "/moved", json!({})).run().await;
    let (problem, _) = step_error(&report);
    assert_eq!(problem.status, 302);
    assert!(problem.to_string().contains("redirect: true"), "{problem}");
    let wanted = json!({"redirect": true, "output": "response"});
    let report = request(&server, "/moved", wanted).run().await;
    assert_eq!(output(&report)["statusCode"], 302);
    assert_eq!(output(&report)["headers"]["location"], "/pet/1");
    assert!(server.seen().iter().all(|seen| seen.target == "/moved"));
    let report = request(&server, "/pet/9", json!({"redirect": true}))
        .run()
        .await;
    assert_eq!(step_error(&report).0.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_is_an_error_that_can_be_retried() {
    let server = pets().await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let mut grants = server.grants();
    grants.http[0].port = port;
    let input = json!({"endpoint": format!("http://127.0.0.1:{port}/?token=t")});
    let report = request(&server, "/", input).grants(grants).run().await;
    let (problem, retryable) = step_error(&report);
    assert_eq!(
        (kind(problem).as_str(), problem.status, retryable),
        ("communication", 500, true)
    );
    assert!(!problem.to_string().contains("token"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_denied_and_what_is_wrong_is_named() {
    let server = pets().await;
    let elsewhere = json!({"endpoint": "http://127.0.0.1:9/"});
    let report = request(&server, "/", elsewhere).run().await;
    assert!(
        matches!(report.outcome, Outcome::Denied { .. }),
        "{report:?}"
    );
    for (more, name) in [
        (json!({"headers": {"host": "x"}}), "host"),
        (json!({"endpoint": "/pets"}), "endpoint"),
        (json!({"method": "a b"}), "method"),
    ] {
        let report = request(&server, "/", more).run().await;
        let (problem, retryable) = step_error(&report);
        assert_eq!((kind(problem).as_str(), retryable), ("validation", false));
        assert!(problem.to_string().contains(name), "{problem}");
    }
}
