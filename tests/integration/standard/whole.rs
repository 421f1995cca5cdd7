//! Standard calls and scripts through the real binary, which contains their plugins.

use std::path::Path;

use serde_json::{Value, json};

use super::server::{Reply, Server};
use crate::cli::{Done, does, place};

const FLOW: &str = "\
document: { dsl: '1.0.3', namespace: test, name: whole, version: '1.0.0' }
do:
  - pet:
      call: http
      with: { method: get, endpoint: 'SERVER/pet/{id}' }
  - described:
      call: openapi
      with:
        document: { endpoint: SERVER/api.json }
        operationId: getPet
        parameters: { id: '${ .id }' }
  - shout:
      run:
        script:
          language: js
          stdin: '${ .name }'
          code: |
            import { readFileSync } from 'node:fs';
            console.log(readFileSync(0, 'utf8').toUpperCase());
      output: { as: '${ { name: . } }' }
  - count:
      run:
        script:
          language: python
          arguments: [ '${ .name }' ]
          code: |
            import sys
            print(len(sys.argv[1]))
";

const DESCRIPTION: &str = r#"{"openapi": "3.0.3", "paths": {"/pet/{id}": {"get": {
  "operationId": "getPet", "parameters": [{"name": "id", "in": "path", "required": true}]}}}}"#;

async fn pets() -> Server {
    Server::start(|seen| match seen.target.as_str() {
        "/pet/1" => Reply::json(200, r#"{"id": 1, "name": "Rex"}"#),
        "/api.json" => Reply::json(200, DESCRIPTION),
        _ => Reply::json(404, "{}"),
    })
    .await
}

/// Runs a workflow in a binary of its own, with a grant for the server.
async fn run(flow: &str, server: &Server) -> (tempfile::TempDir, Done) {
    let flow = flow.replace("SERVER", &server.url(""));
    let port = server.grants().http[0].port;
    let grant = format!(
        "[[workflows.\"test/*\".grants.http]]\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {port}\nallow-private = true\n"
    );
    let here = place(&[("flow.yaml", &flow), ("segue.toml", &grant)]);
    let place = here.path().to_owned();
    let done = tokio::task::spawn_blocking(move || execute(&place)).await;
    (here, done.unwrap())
}

fn execute(place: &Path) -> Done {
    does(place, &["run", "flow.yaml", "--input", "{\"id\": 1}"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_calls_services_and_runs_scripts_without_deploying_anything() {
    let server = pets().await;
    let (_here, done) = run(FLOW, &server).await;
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(done.json(), json!("3"), "{}", done.err);
    assert!(done.err.contains("python/run:1.0.0"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_a_failed_call_can_be_caught() {
    let server = pets().await;
    let flow = "\
document: { dsl: '1.0.3', namespace: test, name: caught, version: '1.0.0' }
do:
  - attempt:
      try:
        - pet:
            call: http
            with: { method: get, endpoint: SERVER/pet/9 }
      catch:
        errors:
          with: { type: 'https://open-workflow-specification.org/spec/1.0.0/errors/communication', status: 404 }
        as: error
        do:
          - say: { set: { status: '${ $error.status }', content: '${ $error.response.content }' } }
";
    let (_here, done) = run(flow, &server).await;
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(done.json(), json!({"status": 404, "content": {}}));
}

#[test]
fn the_binary_says_which_standard_plugins_it_contains() {
    let here = place(&[]);
    let said = does(here.path(), &["version"]);
    for plugin in [
        "http 1.0.0",
        "openapi 1.0.0",
        "javascript 1.0.0",
        "python 1.0.0",
    ] {
        assert!(said.out.contains(plugin), "{plugin}: {}", said.out);
    }
    let json = does(here.path(), &["version", "--output", "json"]).json();
    let names = json["standardPlugins"].as_array().map(Vec::len);
    assert_eq!(names, Some(4));
}

#[test]
fn what_needs_no_plugin_compiles_none() {
    let flow = "document: { dsl: '1.0.3', namespace: test, name: plain, version: '1.0.0' }\ndo:\n  - a: { set: { b: 1 } }\n";
    let here = place(&[("flow.yaml", flow)]);
    let done = does(here.path(), &["run", "flow.yaml"]);
    assert_eq!(done.json(), json!({"b": 1}), "{}", done.err);
    let compiled = here.path().join("segue-data").join("compiled");
    let files = std::fs::read_dir(compiled).map_or(0, Iterator::count);
    assert_eq!(files, 0);
    let _: Value = does(here.path(), &["check", "flow.yaml", "--output", "json"]).json();
}
