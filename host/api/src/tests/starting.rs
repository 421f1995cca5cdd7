//! Starting runs.

use serde_json::json;

use super::support::{Server, header};

#[test]
fn a_run_that_ends_in_time_answers_with_its_result() {
    let server = Server::with("echo");
    let body = json!({ "workflow": "test/flow:1.0.0", "input": { "a": [1, null] } });
    let answer = server.post("/v1/runs?wait=20", &body, &[]);
    assert_eq!(
        (answer.status, &answer.json["status"]),
        (200, &json!("completed")),
        "{}",
        answer.json
    );
    assert_eq!(answer.json["output"], json!({ "a": [1, null] }));
    let id = answer.json["id"].as_str().unwrap();
    assert_eq!(header(&answer, "location"), format!("/v1/runs/{id}"));
    assert_eq!(server.get(&format!("/v1/runs/{id}")).json, answer.json);
}

#[test]
fn a_run_that_goes_on_is_accepted_and_found_at_its_location() {
    let server = Server::with("hold");
    let answer = server.post(
        "/v1/runs",
        &json!({ "workflow": "test/flow", "input": {} }),
        &[],
    );
    assert_eq!(answer.status, 202);
    let location = header(&answer, "location").to_owned();
    assert!(matches!(
        server.get(&location).json["status"].as_str(),
        Some("running" | "pending")
    ));
    assert_eq!(
        server.get(&format!("{location}?wait=1")).json["output"],
        json!(null)
    );
    server.release();
    let ended = server.get(&format!("{location}?wait=20")).json;
    assert_eq!(
        (&ended["status"], &ended["output"]),
        (&json!("completed"), &json!({}))
    );
}

#[test]
fn a_run_that_faults_is_still_an_answer() {
    let server = Server::with("fail");
    let answer = server.post("/v1/runs?wait=20", &json!({ "workflow": "test/flow" }), &[]);
    assert_eq!(
        (answer.status, &answer.json["status"]),
        (200, &json!("faulted"))
    );
    assert_eq!(answer.json["problem"]["type"], "urn:test:no");
    assert_eq!(answer.json["attempts"][0]["outcome"], "failed");
}

#[test]
fn the_same_key_with_the_same_request_gives_the_same_run_and_answer() {
    let server = Server::with("echo");
    let body = json!({ "workflow": "test/flow", "input": { "n": 1 } });
    let key = [("idempotency-key", "\"order 7\"")];
    let first = server.post("/v1/runs?wait=20", &body, &key);
    let again = server.post("/v1/runs?wait=20", &body, &key);
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.json, again.json);
    assert_eq!(header(&first, "idempotency-replayed"), "");
    assert_eq!(header(&again, "idempotency-replayed"), "true");
    assert_eq!(
        server.get("/v1/runs").json["runs"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_same_key_with_another_request_is_refused() {
    let server = Server::with("echo");
    let key = [("idempotency-key", "k")];
    let first = json!({ "workflow": "test/flow", "input": 1 });
    assert_eq!(server.post("/v1/runs?wait=20", &first, &key).status, 200);
    let other = server.post(
        "/v1/runs",
        &json!({ "workflow": "test/flow", "input": 2 }),
        &key,
    );
    assert_eq!(
        (other.status, &other.json["type"]),
        (422, &json!("urn:segue:problem:idempotency-key-reused"))
    );
}

#[test]
fn a_key_sent_by_many_callers_at_once_starts_one_run() {
    let server = Server::with("echo");
    let body = json!({ "workflow": "test/flow", "input": 1 });
    let ids: Vec<_> = std::thread::scope(|scope| {
        let start = || {
            server
                .post("/v1/runs", &body, &[("idempotency-key", "k")])
                .json["id"]
                .clone()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(
        ids.iter().all(|id| id.is_string() && *id == ids[0]),
        "{ids:?}"
    );
    assert_eq!(
        server.get("/v1/runs").json["runs"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_trace_parent_reaches_the_steps_and_a_malformed_one_does_not() {
    let server = Server::with("trace");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let body = json!({ "workflow": "test/flow" });
    let traced = |value| {
        server
            .post("/v1/runs?wait=20", &body, &[("traceparent", value)])
            .json["output"]
            .clone()
    };
    assert_eq!(traced(parent), json!(parent));
    assert_eq!(traced("00-nonsense"), json!(null));
}
