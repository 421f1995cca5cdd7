//! `openapi/call` against a service that describes itself.

use serde_json::{Value, json};

use super::server::{Reply, Seen, Server};
use super::{kind, step_error};
use crate::sandbox::harness::{Attempt, attempt, output};

const SWAGGER: &str = r##"{
  "swagger": "2.0", "basePath": "/v2",
  "paths": {
    "/pet/findByStatus": {"get": {"operationId": "findPetsByStatus", "parameters":
      [{"name": "status", "in": "query", "required": true, "type": "array", "collectionFormat": "multi"}]}},
    "/pet/{petId}": {"get": {"operationId": "getPetById", "parameters": [{"$ref": "#/parameters/petId"}]}},
    "/pet": {"post": {"operationId": "addPet", "consumes": ["application/json"],
      "parameters": [{"in": "body", "name": "body", "required": true, "schema": {"type": "object"}}]}}
  },
  "parameters": {"petId": {"name": "petId", "in": "path", "required": true, "type": "integer"}}
}"##;

const OPENAPI: &str = r##"
openapi: 3.1.0
servers: [{url: /v3}]
paths:
  /pet/{petId}:
    parameters:
      - {name: petId, in: path, required: true, schema: {type: integer}}
    get:
      operationId: getPetById
      parameters:
        - {name: fields, in: query, explode: false, schema: {type: array}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string}}
    put:
      operationId: replacePet
      requestBody: {$ref: '#/components/requestBodies/Pet'}
components:
  requestBodies:
    Pet:
      required: true
      content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}
"##;

fn answer(seen: &Seen) -> Reply {
    match seen.target.split('?').next().unwrap_or("") {
        "/v2/swagger.json" => Reply::json(200, SWAGGER),
        "/v3/openapi.yaml" => Reply::new(200, "application/yaml", OPENAPI),
        "/moved.json" => Reply::new(301, "text/plain", "").header("location", "/v2/swagger.json"),
        "/page" => Reply::new(200, "text/html", "<html></html>"),
        "/v2/pet/1" | "/v3/pet/1" => Reply::json(200, r#"{"id":1,"name":"Rex"}"#),
        "/v2/pet/findByStatus" => Reply::json(200, r#"[{"id":1},{"id":2}]"#),
        "/v2/pet" => Reply::json(200, &seen.body),
        _ => Reply::json(404, r#"{"message":"Pet not found"}"#),
    }
}

fn call(server: &Server, document: &str, operation: &str, more: Value) -> Attempt {
    let mut input = json!({
        "document": {"endpoint": server.url(document)},
        "operationId": operation,
    });
    let members = input.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    attempt("openapi", input)
        .step("call")
        .real()
        .grants(server.grants())
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_of_swagger_2_in_json() {
    let server = Server::start(answer).await;
    let swagger = "/v2/swagger.json";
    let parameters = json!({"parameters": {"status": "available"}});
    let report = call(&server, swagger, "findPetsByStatus", parameters)
        .run()
        .await;
    assert_eq!(*output(&report), json!([{"id": 1}, {"id": 2}]));
    let parameters = json!({"parameters": {"petId": 1}, "output": "response"});
    let report = call(&server, swagger, "getPetById", parameters).run().await;
    let said = output(&report);
    assert_eq!(said["content"]["name"], "Rex");
    assert_eq!(said["request"]["uri"], server.url("/v2/pet/1"));
    assert_eq!(said["statusCode"], 200);
    let parameters = json!({"parameters": {"body": {"name": "Tom"}}});
    let report = call(&server, swagger, "addPet", parameters).run().await;
    assert_eq!(*output(&report), json!({"name": "Tom"}));
    let targets: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    assert!(
        targets.contains(&"/v2/pet/findByStatus?status=available".to_owned()),
        "{targets:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_of_openapi_3_in_yaml() {
    let server = Server::start(answer).await;
    let parameters = json!({"parameters":
        {"petId": 1, "fields": ["id", "name"], "X-Trace": "t", "session": "s"}});
    let report = call(&server, "/v3/openapi.yaml", "getPetById", parameters)
        .run()
        .await;
    assert_eq!(output(&report)["id"], 1);
    let seen = server.seen();
    assert_eq!(seen[1].target, "/v3/pet/1?fields=id,name");
    assert_eq!(seen[1].header("x-trace"), Some("t"));
    assert_eq!(seen[1].header("cookie"), Some("session=s"));
    let parameters = json!({"parameters": {"petId": 1, "name": "Tom"}});
    let report = call(&server, "/v3/openapi.yaml", "replacePet", parameters)
        .run()
        .await;
    assert_eq!(output(&report)["id"], 1);
    let put = server.seen().pop().unwrap();
    assert_eq!(
        (put.method.as_str(), put.body.as_str()),
        ("PUT", r#"{"name":"Tom"}"#)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_moved_is_followed() {
    let server = Server::start(answer).await;
    let parameters = json!({"parameters": {"petId": 1}});
    let report = call(&server, "/moved.json", "getPetById", parameters)
        .run()
        .await;
    assert_eq!(output(&report)["id"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_the_service_are_those_of_http() {
    let server = Server::start(answer).await;
    let parameters = json!({"parameters": {"petId": 9}});
    let report = call(&server, "/v2/swagger.json", "getPetById", parameters)
        .run()
        .await;
    let (problem, retryable) = step_error(&report);
    assert_eq!(
        (kind(problem).as_str(), problem.status, retryable),
        ("communication", 404, false)
    );
    assert!(problem.to_string().contains("Pet not found"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_call_is_named_before_it_is_sent() {
    let server = Server::start(answer).await;
    for (document, operation, parameters, kind_of_it, name) in [
        (
            "/v2/swagger.json",
            "getPet",
            json!({}),
            "configuration",
            "getPetById",
        ),
        (
            "/v2/swagger.json",
            "getPetById",
            json!({}),
            "validation",
            "petId",
        ),
        (
            "/v2/swagger.json",
            "getPetById",
            json!({"petId": 1, "pet": 2}),
            "validation",
            "did you mean `petId`",
        ),
        ("/page", "getPetById", json!({}), "configuration", "HTML"),
        (
            "/nowhere.json",
            "getPetById",
            json!({}),
            "communication",
            "404",
        ),
    ] {
        let more = json!({"parameters": parameters});
        let report = call(&server, document, operation, more).run().await;
        let (problem, _) = step_error(&report);
        assert_eq!(kind(problem), kind_of_it, "{problem}");
        assert!(problem.to_string().contains(name), "{problem}");
    }
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| !seen.target.contains("/pet/"))
    );
}
