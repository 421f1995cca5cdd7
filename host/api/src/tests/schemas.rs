//! What is sent has the shape that the OpenAPI document says.

use serde_json::{Value, json};

use super::support::{Answer, Server, workflow};

/// Checks answers against the document that the same server gives.
struct Shapes {
    document: Value,
}

impl Shapes {
    fn of(server: &Server) -> Self {
        let answer = server.get("/v1/openapi.json");
        assert_eq!(answer.status, 200);
        Shapes {
            document: answer.json,
        }
    }

    /// Fails where the answer is not what its operation promises under its status.
    fn check(&self, method: &str, path: &str, answer: &Answer) {
        let responses = &self.document["paths"][path][method]["responses"];
        let status = answer.status.to_string();
        let response = responses.get(&status).or_else(|| responses.get("default"));
        let media = match answer.status {
            400.. => "application/problem+json",
            _ => "application/json",
        };
        let response =
            response.unwrap_or_else(|| panic!("{method} {path} does not promise {status}"));
        let mut schema = response["content"][media]["schema"].clone();
        assert!(schema.is_object(), "{method} {path} {status}: {response}");
        schema["components"] = self.document["components"].clone();
        let parts = parts(&schema);
        let schema = strict(schema, &parts);
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&answer.json)
            .map(|e| e.to_string())
            .collect();
        assert!(
            errors.is_empty(),
            "{method} {path} {status}: {errors:?}\n{}",
            answer.json
        );
    }
}

/// The names of the schemas that others are composed of (`allOf`).
fn parts(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut stack = vec![schema];
    while let Some(value) = stack.pop() {
        match value {
            Value::Object(map) => {
                let all = map.get("allOf").and_then(Value::as_array);
                let names = all
                    .into_iter()
                    .flatten()
                    .filter_map(|part| part["$ref"].as_str());
                found.extend(
                    names
                        .filter_map(|name| name.rsplit('/').next())
                        .map(str::to_owned),
                );
                stack.extend(map.values());
            }
            Value::Array(items) => stack.extend(items),
            _ => {}
        }
    }
    found
}

/// The schema, where no object may have members that it does not name: a member that is sent
/// and not documented is found as well. What others are composed of stays open, and is closed
/// in them.
fn strict(mut schema: Value, parts: &[String]) -> Value {
    match &mut schema {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                let inner = strict(value.take(), parts);
                *value = match parts.contains(name) {
                    true => open(inner),
                    false => inner,
                };
            }
            if let Some(Value::Array(all)) = map.get_mut("allOf") {
                *all = all.drain(..).map(open).collect();
            }
            let names = map.contains_key("properties") || map.contains_key("allOf");
            if names && !map.contains_key("additionalProperties") {
                map.insert("unevaluatedProperties".to_owned(), json!(false));
            }
            schema
        }
        Value::Array(items) => items.drain(..).map(|item| strict(item, parts)).collect(),
        _ => schema,
    }
}

fn open(mut schema: Value) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.remove("unevaluatedProperties");
    }
    schema
}

#[test]
fn every_answer_has_the_shape_that_the_document_promises() {
    let server = Server::start();
    let shapes = Shapes::of(&server);
    let source = workflow("flow", "1.0.0", "echo");
    let broken = source.clone() + "      wth: {}\n";
    let post = |path: &str, body: &[u8]| server.post_bytes(path, body);
    shapes.check("get", "/v1/plugins", &server.get("/v1/plugins"));
    shapes.check("get", "/v1/plugins/{name}", &server.get("/v1/plugins/acts"));
    shapes.check("get", "/v1/plugins/{name}", &server.get("/v1/plugins/none"));
    shapes.check(
        "post",
        "/v1/plugins",
        &post("/v1/plugins", &super::support::component("1.0.0", "")),
    );
    shapes.check("post", "/v1/plugins", &post("/v1/plugins", b"x"));
    shapes.check(
        "post",
        "/v1/workflows",
        &post("/v1/workflows", source.as_bytes()),
    );
    shapes.check(
        "post",
        "/v1/workflows",
        &post("/v1/workflows", broken.as_bytes()),
    );
    shapes.check(
        "post",
        "/v1/workflows/check",
        &post("/v1/workflows/check", broken.as_bytes()),
    );
    shapes.check("get", "/v1/workflows", &server.get("/v1/workflows"));
    shapes.check("get", "/healthz", &server.get("/healthz"));
    shapes.check("get", "/readyz", &server.get("/readyz"));
}

#[test]
fn runs_in_every_state_have_the_shape_that_the_document_promises() {
    let server = Server::with("hold");
    let shapes = Shapes::of(&server);
    let failing = workflow("failing", "1.0.0", "fail");
    assert_eq!(
        server
            .post_bytes("/v1/workflows", failing.as_bytes())
            .status,
        201
    );
    let started = server.post(
        "/v1/runs",
        &json!({ "workflow": "test/flow", "input": 1 }),
        &[],
    );
    shapes.check("post", "/v1/runs", &started);
    let run = format!("/v1/runs/{}", started.json["id"].as_str().unwrap());
    shapes.check("get", "/v1/runs/{id}", &server.get(&run));
    server.release();
    shapes.check(
        "get",
        "/v1/runs/{id}",
        &server.get(&format!("{run}?wait=20")),
    );
    shapes.check(
        "get",
        "/v1/runs/{id}/journal",
        &server.get(&format!("{run}/journal")),
    );
    shapes.check(
        "post",
        "/v1/runs/{id}/cancel",
        &server.post_bytes(&format!("{run}/cancel"), b""),
    );
    let faulted = server.post(
        "/v1/runs?wait=20",
        &json!({ "workflow": "test/failing" }),
        &[],
    );
    assert_eq!(faulted.json["status"], "faulted");
    shapes.check("post", "/v1/runs", &faulted);
    shapes.check("get", "/v1/runs", &server.get("/v1/runs?limit=1"));
    shapes.check("get", "/v1/runs", &server.get("/v1/runs?limit=0"));
}

#[test]
fn what_comes_from_outside_has_the_shape_that_the_document_promises() {
    let server = Server::start();
    let shapes = Shapes::of(&server);
    let body = "do:
  - both:
      fork:
        branches:
          - hear: { listen: { to: { one: { with: { type: t } } } } }
          - ask: { call: await-callback:1.0.0@default, with: { title: Well?, data: 1, form: true } }
          - nap: { wait: { hours: 1 } }
";
    let source = super::support::document("both", body);
    assert_eq!(
        server.post_bytes("/v1/workflows", source.as_bytes()).status,
        201
    );
    let started = server.post("/v1/runs", &json!({ "workflow": "test/both" }), &[]);
    shapes.check("post", "/v1/runs", &started);
    let waiting = &started.json["waiting"];
    for part in ["listeners", "callbacks", "timers"] {
        assert_eq!(
            waiting[part].as_array().map(Vec::len),
            Some(1),
            "{part}: {waiting}"
        );
    }
    let run = format!("/v1/runs/{}", started.json["id"].as_str().unwrap());
    let callbacks = server.get(&format!("{run}/callbacks"));
    shapes.check("get", "/v1/runs/{id}/callbacks", &callbacks);
    let url = callbacks.json["callbacks"][0]["url"].as_str().unwrap();
    shapes.check("get", "/v1/callbacks/{run}/{token}", &server.get(url));
    let answered = server.post(url, &json!(1), &[]);
    shapes.check("post", "/v1/callbacks/{run}/{token}", &answered);
    let suspended = server.post_bytes(&format!("{run}/suspend"), b"");
    shapes.check("post", "/v1/runs/{id}/suspend", &suspended);
    let resumed = server.post_bytes(&format!("{run}/resume"), b"");
    shapes.check("post", "/v1/runs/{id}/resume", &resumed);
    let event = json!({ "specversion": "1.0", "id": "1", "source": "s", "type": "t" });
    let media = [("content-type", "application/cloudevents+json")];
    let sent = server.send("POST", "/v1/events", &media, event.to_string().as_bytes());
    shapes.check("post", "/v1/events", &sent);
    server.send("PUT", "/v1/secrets/a", &[], b"\"b\"");
    shapes.check("get", "/v1/secrets", &server.get("/v1/secrets"));
}
