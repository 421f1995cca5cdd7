//! Requests out of descriptions.

use super::*;
use serde_json::json;

const SWAGGER: &str = r##"{
  "swagger": "2.0",
  "host": "petstore.test",
  "basePath": "/v2",
  "schemes": ["https", "http"],
  "paths": {
    "/pet/findByStatus": {"get": {
      "operationId": "findPetsByStatus",
      "produces": ["application/xml", "application/json"],
      "parameters": [{"name": "status", "in": "query", "required": true, "type": "array", "collectionFormat": "multi"}]
    }},
    "/pet/{petId}": {
      "parameters": [{"$ref": "#/parameters/petId"}],
      "get": {"operationId": "getPetById", "produces": ["application/xml"]},
      "delete": {"operationId": "deletePet", "parameters": [{"name": "api_key", "in": "header", "type": "string"}]},
      "post": {
        "operationId": "updatePetWithForm",
        "consumes": ["application/x-www-form-urlencoded"],
        "parameters": [{"name": "name", "in": "formData", "type": "string"}, {"name": "status", "in": "formData", "type": "string"}]
      }
    },
    "/pet/{petId}/image": {"post": {
      "operationId": "uploadFile",
      "consumes": ["multipart/form-data"],
      "parameters": [
        {"$ref": "#/parameters/petId"},
        {"name": "file", "in": "formData", "type": "file"},
        {"name": "note", "in": "formData", "type": "string"}
      ]
    }},
    "/pet": {"post": {
      "operationId": "addPet",
      "consumes": ["application/json", "application/xml"],
      "parameters": [{"in": "body", "name": "pet", "required": true, "schema": {"$ref": "#/definitions/Pet"}}]
    }}
  },
  "parameters": {"petId": {"name": "petId", "in": "path", "required": true, "type": "integer"}},
  "definitions": {"Pet": {"type": "object", "properties": {"name": {"type": "string"}, "tags": {"type": "array"}}}}
}"##;

const OPENAPI: &str = r##"
openapi: 3.1.0
servers:
  - url: https://{region}.api.test/{base}/
    variables:
      region: {default: eu}
      base: {default: v1}
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: getOrder
      parameters:
        - {name: fields, in: query, explode: false, schema: {type: array}}
        - {name: filter, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: session, in: cookie, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: limit, in: query, required: true, schema: {type: integer, default: 20}}
      responses:
        '200': {content: {text/csv: {}}}
    put:
      operationId: replaceOrder
      requestBody:
        required: true
        content:
          application/xml: {}
          application/json:
            schema: {$ref: '#/components/schemas/Order'}
  /upload:
    servers: [{url: /files}]
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data: {schema: {properties: {file: {type: string, format: binary}}}}
  /circle:
    get:
      operationId: circle
      parameters: [{$ref: '#/components/parameters/a'}]
components:
  parameters:
    a: {$ref: '#/components/parameters/b'}
    b: {$ref: '#/components/parameters/a'}
  schemas:
    Order:
      allOf:
        - {type: object, properties: {note: {type: string}}}
        - {type: object, properties: {lines: {type: array}}}
"##;

fn document(text: &str) -> Document {
    let url = Url::parse("https://docs.test/specs/api.json", "the document").unwrap();
    Document::read(text, url).unwrap()
}

fn call(text: &str, operation: &str, parameters: Value) -> Result<Call, StepError> {
    let input = json!({
        "document": {"endpoint": "https://docs.test/specs/api.json"},
        "operationId": operation,
        "parameters": parameters,
    });
    serde_json::from_value::<Operation>(input)
        .unwrap()
        .call(&document(text))
}

fn url(text: &str, operation: &str, parameters: Value) -> String {
    call(text, operation, parameters).unwrap().url.to_string()
}

fn refused(text: &str, operation: &str, parameters: Value) -> (String, String) {
    let error = call(text, operation, parameters).unwrap_err();
    let kind = error.kind().rsplit('/').next().unwrap().to_owned();
    (kind, error.to_string())
}

#[test]
fn an_operation_of_swagger_2_is_found_and_filled_in() {
    assert_eq!(
        url(
            SWAGGER,
            "findPetsByStatus",
            json!({"status": ["sold", "a b"]})
        ),
        "https://petstore.test/v2/pet/findByStatus?status=sold&status=a%20b"
    );
    assert_eq!(
        url(SWAGGER, "getPetById", json!({"petId": 7})),
        "https://petstore.test/v2/pet/7"
    );
    let call = call(SWAGGER, "deletePet", json!({"petId": 7, "api_key": "k"})).unwrap();
    assert_eq!(call.method.as_str(), "DELETE");
    assert_eq!(call.headers.get("api_key"), Some("k"));
}

#[test]
fn the_answer_that_an_operation_gives_is_asked_for() {
    let accept = |text, operation, parameters| {
        let call = call(text, operation, parameters).unwrap();
        call.headers.get("accept").map(str::to_owned)
    };
    assert_eq!(
        accept(SWAGGER, "getPetById", json!({"petId": 7})).as_deref(),
        Some("application/xml, */*;q=0.8")
    );
    assert_eq!(
        accept(SWAGGER, "findPetsByStatus", json!({"status": "sold"})),
        None
    );
    assert_eq!(
        accept(OPENAPI, "getOrder", json!({"id": "o"})).as_deref(),
        Some("text/csv, */*;q=0.8")
    );
}

#[test]
fn bodies_are_given_whole_or_by_their_members() {
    let body = |text, operation, parameters| {
        let body = call(text, operation, parameters).unwrap().body;
        (
            String::from_utf8(body.bytes).unwrap(),
            body.content_type.unwrap(),
        )
    };
    let json_type = "application/json".to_owned();
    let pet = (r#"{"name":"Rex"}"#.to_owned(), json_type.clone());
    for parameters in [
        json!({"pet": {"name": "Rex"}}),
        json!({"body": {"name": "Rex"}}),
        json!({"name": "Rex"}),
        json!({"pet": "{\"name\":\"Rex\"}"}),
    ] {
        assert_eq!(body(SWAGGER, "addPet", parameters), pet);
    }
    assert_eq!(
        body(
            OPENAPI,
            "replaceOrder",
            json!({"id": 1, "lines": [2], "note": "x"})
        ),
        (r#"{"lines":[2],"note":"x"}"#.to_owned(), json_type)
    );
    let (form, kind) = body(
        SWAGGER,
        "updatePetWithForm",
        json!({"petId": 1, "name": "a b"}),
    );
    assert_eq!(
        (form.as_str(), kind.as_str()),
        ("name=a+b", "application/x-www-form-urlencoded")
    );
}

#[test]
fn files_are_parts_of_a_form() {
    let parameters = json!({"petId": 1, "file": "hello", "note": "n"});
    let body = call(SWAGGER, "uploadFile", parameters).unwrap().body;
    let text = String::from_utf8(body.bytes).unwrap();
    assert!(
        text.contains("name=\"file\"; filename=\"file\"\r\n"),
        "{text}"
    );
    assert!(text.contains("name=\"note\"\r\n\r\nn\r\n"), "{text}");
    let file = json!({"file": {"filename": "a.png", "contentType": "image/png", "base64": "aGk="}});
    let call = call(OPENAPI, "upload", json!({"body": file})).unwrap();
    assert_eq!(call.url.to_string(), "https://docs.test/files/upload");
    let text = String::from_utf8(call.body.bytes).unwrap();
    assert!(
        text.contains("filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\nhi\r\n"),
        "{text}"
    );
}

#[test]
fn an_operation_of_openapi_3_has_servers_styles_and_defaults() {
    let parameters = json!({
        "id": "a/b",
        "fields": ["x", "y"],
        "filter": {"state": "open"},
        "session": "s 1",
        "X-Trace": "t",
    });
    let call = call(OPENAPI, "getOrder", parameters).unwrap();
    assert_eq!(
        call.url.to_string(),
        "https://eu.api.test/v1/orders/a%2Fb?fields=x,y&filter%5Bstate%5D=open&limit=20"
    );
    assert_eq!(call.headers.get("cookie"), Some("session=s%201"));
    assert_eq!(call.headers.get("x-trace"), Some("t"));
}

#[test]
fn a_missing_or_unknown_argument_is_named() {
    let (kind, text) = refused(OPENAPI, "replaceOrder", json!({}));
    assert_eq!(kind, "validation");
    assert!(text.contains("`id`, `body`"), "{text}");
    let (kind, text) = refused(SWAGGER, "getPetById", json!({"petID": 7, "petId": 7}));
    assert_eq!(kind, "validation");
    assert!(text.contains("`petID`; did you mean `petId`?"), "{text}");
    let (_, text) = refused(OPENAPI, "replaceOrder", json!({"id": 1, "liens": []}));
    assert!(text.contains("did you mean `lines`"), "{text}");
    let (_, text) = refused(SWAGGER, "getPetById", json!({"petId": ""}));
    assert!(text.contains("petId"), "{text}");
}

#[test]
fn an_unknown_operation_is_an_error_of_configuration_with_the_nearest_names() {
    let (kind, text) = refused(SWAGGER, "getPetByID", json!({}));
    assert_eq!(kind, "configuration");
    assert!(text.contains("did you mean `getPetById`"), "{text}");
    let (_, text) = refused(SWAGGER, "zzz", json!({}));
    assert!(text.contains("it has `findPetsByStatus`"), "{text}");
}

#[test]
fn what_cannot_be_used_is_an_error_of_configuration() {
    let url = || Url::parse("https://docs.test/", "the document").unwrap();
    for (text, why) in [
        ("{", "no JSON"),
        ("a: [", "no YAML"),
        ("<html>", "HTML"),
        ("openapi: 4.0.0", "neither"),
    ] {
        let error = Document::read(text, url()).err().unwrap();
        assert!(error.kind().ends_with("/configuration"));
        assert!(error.to_string().contains(why), "{error}");
    }
    let (kind, text) = refused(OPENAPI, "circle", json!({}));
    assert_eq!(kind, "configuration");
    assert!(text.contains("circle"), "{text}");
    let elsewhere = OPENAPI.replace("'#/components/schemas/Order'", "other.yaml#/Order");
    let (_, text) = refused(&elsewhere, "replaceOrder", json!({"id": 1}));
    assert!(text.contains("other.yaml"), "{text}");
}

#[test]
fn swagger_without_a_host_is_where_its_document_is() {
    let text = SWAGGER
        .replace(r#""host": "petstore.test","#, "")
        .replace(r#""schemes": ["https", "http"],"#, "");
    assert_eq!(
        self::url(&text, "getPetById", json!({"petId": 1})),
        "https://docs.test/v2/pet/1"
    );
}
