//! What comes from outside and goes there: events, callbacks, secrets, lifecycle events.

use serde_json::{Value, json};

use super::support::{Answer, Server, document, header};

const LISTEN: &str = "do:
  - hear:
      listen:
        to:
          one:
            with: { type: com.example.paid }
";

const ASK: &str = "do:
  - ask:
      call: await-callback:1.0.0@default
      with:
        title: Well?
        form: { type: boolean }
";

fn deploy(server: &Server, name: &str, body: &str) {
    let source = document(name, body);
    let answer = server.post_bytes("/v1/workflows", source.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.json);
}

fn start(server: &Server, name: &str) -> String {
    let body = json!({ "workflow": format!("test/{name}"), "input": null });
    let answer = server.post("/v1/runs", &body, &[]);
    assert_eq!(answer.status, 202, "{}", answer.json);
    format!("/v1/runs/{}", answer.json["id"].as_str().unwrap())
}

fn ended(server: &Server, run: &str) -> Value {
    server.get(&format!("{run}?wait=20")).json
}

fn paid(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "https://shop.example",
        "type": "com.example.paid", "data": { "amount": 5 },
    })
}

fn send(server: &Server, media: &str, body: &Value) -> Answer {
    let headers = [("content-type", media)];
    server.send("POST", "/v1/events", &headers, body.to_string().as_bytes())
}

#[test]
fn events_are_taken_in_every_mode_and_heard() {
    let server = Server::start();
    deploy(&server, "hear", LISTEN);
    let headers = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "b1"),
        ("ce-source", "https://shop.example"),
        ("ce-type", "com.example.paid"),
    ];
    let modes: [&dyn Fn() -> Answer; 3] = [
        &|| send(&server, "application/cloudevents+json", &paid("s1")),
        &|| {
            send(
                &server,
                "application/cloudevents-batch+json",
                &json!([paid("t1"), paid("t2")]),
            )
        },
        &|| server.send("POST", "/v1/events", &headers, b"{\"amount\": 5}"),
    ];
    for mode in modes {
        let run = start(&server, "hear");
        let answer = mode();
        assert_eq!(answer.status, 202, "{}", answer.json);
        assert_eq!(answer.json["events"][0]["duplicate"], false);
        let view = ended(&server, &run);
        assert_eq!(view["output"], json!([{ "amount": 5 }]), "{view}");
    }
    let again = send(&server, "application/cloudevents+json", &paid("s1"));
    assert_eq!(again.json["events"][0]["duplicate"], true);
    assert_eq!(again.json["events"][0]["number"], 1);
}

#[test]
fn what_is_no_event_is_refused_with_what_is_wrong() {
    let server = Server::empty();
    let mut nameless = paid("1");
    nameless.as_object_mut().unwrap().remove("id");
    let answer = send(&server, "application/cloudevents+json", &nameless);
    assert_eq!(
        (answer.status, &answer.json["attribute"]),
        (400, &json!("id"))
    );
    let answer = send(&server, "application/json", &paid("1"));
    assert_eq!(answer.status, 415, "{}", answer.json);
    assert!(
        answer.json["detail"]
            .as_str()
            .unwrap()
            .contains("application/cloudevents+json")
    );
    let mut large = paid("1");
    large["data"] = json!("x".repeat(300_000));
    let answer = send(&server, "application/cloudevents+json", &large);
    assert_eq!(answer.status, 413, "{}", answer.json);
}

#[test]
fn a_callback_is_answered_without_the_token_of_the_api() {
    let server = Server::start();
    deploy(&server, "ask", ASK);
    let run = start(&server, "ask");
    let listed = server.get(&format!("{run}/callbacks"));
    let url = listed.json["callbacks"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = [("authorization", ""), ("content-type", "application/json")];
    let shown = server.send("GET", &url, &stranger, b"");
    assert_eq!(shown.status, 200, "{}", shown.json);
    assert_eq!(shown.json["title"], "Well?");
    assert_eq!(header(&shown, "cache-control"), "no-store");
    let wrong = server.send("POST", &url, &stranger, b"5");
    assert_eq!(wrong.status, 400, "{}", wrong.json);
    let answered = server.send("POST", &format!("{url}?by=ada"), &stranger, b"true");
    assert_eq!(answered.status, 200, "{}", answered.json);
    assert_eq!(answered.json["replayed"], false);
    assert_eq!(ended(&server, &run)["output"], json!(true));
    let again = server.send("POST", &url, &stranger, b"true");
    assert_eq!((again.status, &again.json["replayed"]), (200, &json!(true)));
    assert_eq!(server.send("POST", &url, &stranger, b"false").status, 409);
    assert_eq!(server.send("GET", &url, &stranger, b"").status, 404);
    let guess = format!("{}{}", &url[..url.len() - 64], "0".repeat(64));
    assert_eq!(server.send("GET", &guess, &stranger, b"").status, 404);
    assert_eq!(
        server
            .send("GET", &format!("{run}/callbacks"), &stranger, b"")
            .status,
        401
    );
}

#[test]
fn a_secret_is_put_and_listed_and_never_given_out() {
    let server = Server::empty();
    let put = |body: &str| {
        let json = [("content-type", "application/json")];
        server
            .send("PUT", "/v1/secrets/mail", &json, body.as_bytes())
            .status
    };
    assert_eq!(put("\"hunter2\""), 201);
    assert_eq!(put("{\"password\": \"hunter2\"}"), 204);
    assert_eq!(put("5"), 400);
    let listed = server.get("/v1/secrets").json;
    assert_eq!(listed["secrets"][0]["name"], "mail");
    assert!(!listed.to_string().contains("hunter2"));
    assert_eq!(server.get("/v1/secrets/mail").status, 405);
    let delete = || server.send("DELETE", "/v1/secrets/mail", &[], b"").status;
    assert_eq!((delete(), delete()), (204, 404));
}

#[test]
fn a_run_is_suspended_and_goes_on_when_it_is_resumed() {
    let server = Server::start();
    deploy(&server, "hear", LISTEN);
    let run = start(&server, "hear");
    let reason = json!({ "reason": "lunch" });
    let suspended = server.post(&format!("{run}/suspend"), &reason, &[]);
    assert_eq!(suspended.json["status"], "suspended");
    assert_eq!(suspended.json["waiting"]["suspended"]["reason"], "lunch");
    send(&server, "application/cloudevents+json", &paid("1"));
    let resumed = server.post_bytes(&format!("{run}/resume"), b"");
    assert_eq!(resumed.status, 200, "{}", resumed.json);
    assert_eq!(ended(&server, &run)["status"], "completed");
    assert_eq!(server.post_bytes(&format!("{run}/resume"), b"").status, 409);
    assert_eq!(
        server.post_bytes(&format!("{run}/suspend"), b"").status,
        409
    );
}

#[test]
fn the_lifecycle_of_all_runs_is_followed() {
    let server = Server::with("echo");
    let mut events = server.stream_of("/v1/events/lifecycle");
    let run = server.run(&json!(1), "?wait=20");
    let first = events.next().unwrap();
    assert_eq!(first.name, "lifecycle");
    assert_eq!(
        first.data["type"],
        "io.serverlessworkflow.workflow.started.v1"
    );
    assert_eq!(first.data["subject"], run);
    let last =
        events.find(|event| event.data["type"] == "io.serverlessworkflow.workflow.completed.v1");
    assert_eq!(
        last.unwrap().data["data"]["outputUri"],
        format!("/v1/runs/{run}")
    );
}

#[test]
fn children_are_listed_under_their_parent() {
    let server = Server::with("echo");
    let body = "do:
  - inner:
      run:
        workflow: { namespace: test, name: flow, version: '1.0.0' }
";
    deploy(&server, "outer", body);
    let asked = json!({ "workflow": "test/outer", "input": null });
    let outer = server.post("/v1/runs?wait=20", &asked, &[]).json;
    assert_eq!(outer["status"], "completed", "{outer}");
    let id = outer["id"].as_str().unwrap();
    let listed = server.get(&format!("/v1/runs?parent={id}&role=run")).json;
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1);
    assert_eq!(listed["runs"][0]["parent"]["run"], id);
    assert_eq!(server.get("/v1/runs?role=schedule").json["runs"], json!([]));
}
