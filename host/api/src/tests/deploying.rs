//! Plugins and workflows.

use serde_json::json;

use super::support::{Server, component, header, workflow};

#[test]
fn a_plugin_is_created_once_and_shows_its_steps_and_what_the_policy_makes_of_them() {
    let server = Server::empty();
    let first = server.post_bytes("/v1/plugins", &component("1.0.0", "one"));
    assert_eq!(first.status, 201, "{}", first.json);
    assert_eq!(
        server
            .post_bytes("/v1/plugins", &component("1.0.0", "one"))
            .status,
        200
    );
    let other = server.post_bytes("/v1/plugins", &component("1.0.0", "two"));
    assert_eq!(
        (other.status, &other.json["type"]),
        (409, &json!("urn:segue:problem:conflict"))
    );
    assert_eq!(
        server
            .post_bytes("/v1/plugins", &component("1.1.0", "two"))
            .status,
        201
    );

    let newest = server.get("/v1/plugins/acts").json;
    assert_eq!(
        (&newest["name"], &newest["version"]),
        (&json!("acts"), &json!("1.1.0"))
    );
    assert_eq!(
        server.get("/v1/plugins/acts:1.0.0").json["version"],
        "1.0.0"
    );
    assert_eq!(server.get("/v1/plugins/acts:2.0.0").status, 404);
    let step = &newest["steps"][0];
    assert_eq!(
        (&step["name"], &step["policy"]["effect"]),
        (&json!("echo"), &json!("pure"))
    );
    assert_eq!(step["policy"]["limits"]["fuel"], 1000);
    assert_eq!(
        server.get("/v1/plugins").json["plugins"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn what_is_no_component_is_unprocessable() {
    let answer = Server::empty().post_bytes("/v1/plugins", b"\0asm but not really");
    assert_eq!(
        (answer.status, &answer.json["type"]),
        (422, &json!("urn:segue:problem:invalid-component"))
    );
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
}

#[test]
fn a_workflow_is_created_once_as_yaml_or_json() {
    let server = Server::start();
    let yaml = workflow("flow", "1.0.0", "echo");
    let first = server.post_bytes("/v1/workflows", yaml.as_bytes());
    assert_eq!(first.status, 201, "{}", first.json);
    assert_eq!(first.json["workflow"], "test/flow:1.0.0");
    assert_eq!(first.json["created"], true);
    let again = server.post_bytes("/v1/workflows", yaml.as_bytes());
    assert_eq!((again.status, &again.json["created"]), (200, &json!(false)));
    let json = json!({
        "document": { "dsl": "1.0.3", "namespace": "test", "name": "other", "version": "1.0.0" },
        "do": [{ "first": { "call": "acts/echo:1.0.0@default" } }],
    });
    assert_eq!(server.post("/v1/workflows", &json, &[]).status, 201);
    let listed = server.get("/v1/workflows").json;
    let names: Vec<_> = listed["workflows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| &w["workflow"])
        .collect();
    assert_eq!(names, ["test/flow:1.0.0", "test/other:1.0.0"]);
}

#[test]
fn a_bad_workflow_is_refused_with_the_line_and_column_of_each_finding() {
    let server = Server::start();
    let source = workflow("flow", "1.0.0", "echo") + "      wth: {}\n";
    let answer = server.post_bytes("/v1/workflows", source.as_bytes());
    assert_eq!(
        (answer.status, &answer.json["type"]),
        (422, &json!("urn:segue:problem:invalid-workflow"))
    );
    let finding = &answer.json["diagnostics"][0];
    assert_eq!(
        (&finding["code"], &finding["severity"]),
        (&json!("unknown-key"), &json!("error"))
    );
    assert_eq!(
        (&finding["place"]["line"], &finding["place"]["column"]),
        (&json!(9), &json!(7))
    );
}

#[test]
fn a_step_that_is_not_deployed_is_found_where_it_is_called() {
    let server = Server::start();
    let source = workflow("flow", "1.0.0", "missing");
    let answer = server.post_bytes("/v1/workflows", source.as_bytes());
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json["diagnostics"][0]["place"]["line"], 8,
        "{}",
        answer.json
    );
    let checked = server.post_bytes("/v1/workflows/check", source.as_bytes());
    assert_eq!(
        (checked.status, &checked.json["valid"]),
        (200, &json!(false))
    );
    let good = workflow("flow", "1.0.0", "echo");
    assert_eq!(
        server
            .post_bytes("/v1/workflows/check", good.as_bytes())
            .json["valid"],
        true
    );
    assert_eq!(server.get("/v1/workflows").json["workflows"], json!([]));
}
