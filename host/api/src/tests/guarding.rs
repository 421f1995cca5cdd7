//! Who gets in, and what anybody gets who asks wrongly.

use serde_json::json;

use super::support::{Answer, Server, TOKEN, header};

/// Every refusal is a problem document that says its own status.
fn refused(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status, status, "{}", answer.json);
    assert_eq!(header(answer, "content-type"), "application/problem+json");
    assert_eq!(answer.json["status"], status);
    assert!(
        answer.json["type"].as_str().unwrap().ends_with(kind),
        "{}",
        answer.json
    );
    assert!(
        answer.json["detail"]
            .as_str()
            .is_some_and(|detail| detail.len() > 10),
        "{}",
        answer.json
    );
}

#[test]
fn nothing_but_health_answers_without_the_token() {
    let server = Server::empty();
    for path in ["/healthz", "/readyz"] {
        let answer = server.send("GET", path, &[("authorization", "")], b"");
        assert_eq!(answer.status, 200, "{path}");
    }
    for (method, path) in [
        ("GET", "/v1/runs"),
        ("POST", "/v1/runs"),
        ("GET", "/v1/openapi.json"),
        ("DELETE", "/v1/runs"),
        ("GET", "/nowhere"),
        ("GET", "/"),
    ] {
        let wrong = format!("Bearer {TOKEN}x");
        for authorization in ["", wrong.as_str(), "Basic YTpi"] {
            let answer = server.send(method, path, &[("authorization", authorization)], b"");
            refused(&answer, 401, "unauthorized");
            assert!(header(&answer, "www-authenticate").starts_with("Bearer"));
        }
    }
}

#[test]
fn health_names_the_instance_and_readiness_its_reasons() {
    let server = Server::empty();
    let health = server.get("/healthz").json;
    assert_eq!(
        (health["status"].as_str(), health["instance"].as_str()),
        (Some("ok"), Some("this-instance"))
    );
    let ready = server.get("/readyz").json;
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["reasons"], json!([]));
}

#[test]
fn unknown_paths_methods_and_queries_are_problems() {
    let server = Server::empty();
    refused(&server.get("/v1/nothing"), 404, "not-found");
    refused(&server.get("/v1/runs/not-a-run"), 404, "not-found");
    refused(
        &server.get("/v1/runs/run-00000000000000000000000000"),
        404,
        "not-found",
    );
    refused(
        &server.get("/v1/runs/run-00000000000000000000000000/events"),
        404,
        "not-found",
    );
    refused(&server.get("/v1/plugins/none"), 404, "not-found");
    let answer = server.send("DELETE", "/v1/runs", &[], b"");
    refused(&answer, 405, "about:blank");
    let allowed = header(&answer, "allow");
    assert!(
        allowed.contains("GET") && allowed.contains("POST"),
        "{allowed}"
    );
    let answer = server.send("POST", "/healthz", &[("authorization", "")], b"");
    refused(&answer, 405, "about:blank");
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "before=x",
        "status=done",
        "workflow=a/b/c",
        "colour=red",
    ] {
        refused(
            &server.get(&format!("/v1/runs?{query}")),
            400,
            "bad-request",
        );
    }
    refused(&server.get("/v1/runs/%ff"), 400, "bad-request");
}

#[test]
fn bodies_that_cannot_be_used_say_why_and_where() {
    let server = Server::empty();
    let send = |body: &str| {
        server.send(
            "POST",
            "/v1/runs",
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    };
    let broken = send("{\"workflow\": ");
    refused(&broken, 400, "bad-request");
    assert!(
        broken.json["detail"]
            .as_str()
            .unwrap()
            .contains("line 1 column 13")
    );
    let unknown = send("{\"workflow\": \"a/b\", \"inptu\": 1}");
    assert!(unknown.json["detail"].as_str().unwrap().contains("inptu"));
    refused(&unknown, 400, "bad-request");
    refused(&send("{\"workflow\": \"nonsense\"}"), 400, "bad-request");
    refused(&send("{\"workflow\": \"a/b\"}"), 404, "not-found");
    let text = server.send("POST", "/v1/runs", &[("content-type", "text/plain")], b"{}");
    refused(&text, 415, "about:blank");
    refused(&server.post_bytes("/v1/plugins", b""), 400, "bad-request");
    refused(
        &server.post_bytes("/v1/workflows", b"  \n"),
        400,
        "bad-request",
    );
    refused(
        &server.post_bytes("/v1/workflows", b"\xff"),
        400,
        "bad-request",
    );
}

#[test]
fn oversized_bodies_are_refused_before_they_are_looked_at() {
    let server = Server::empty();
    let large = vec![b' '; crate::limits::WORKFLOW_BODY_BYTES_MAX + 1];
    refused(
        &server.post_bytes("/v1/workflows", &large),
        413,
        "too-large",
    );
    let large = vec![b' '; crate::limits::START_BYTES_MAX + 1];
    refused(
        &server.send(
            "POST",
            "/v1/runs",
            &[("content-type", "application/json")],
            &large,
        ),
        413,
        "too-large",
    );
}

#[test]
fn headers_that_name_a_run_are_checked() {
    let server = Server::with("echo");
    let body = json!({ "workflow": "test/flow" });
    for key in ["\"", "\"a", &"k".repeat(300)] {
        let answer = server.post("/v1/runs", &body, &[("idempotency-key", key)]);
        refused(&answer, 400, "bad-request");
    }
    for wait in ["51", "-1", "x"] {
        refused(
            &server.post(&format!("/v1/runs?wait={wait}"), &body, &[]),
            400,
            "bad-request",
        );
    }
}
