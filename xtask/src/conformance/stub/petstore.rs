//! The petstore of the conformance kit: ten pets, in the words of Swagger's own example.

use serde_json::{Value, json};

use crate::exchange::{Answer, Request};

/// Pets with these numbers exist.
const PETS: std::ops::RangeInclusive<u64> = 1..=10;

/// Answers what a petstore answers; nothing for anything else.
pub(super) fn answer(request: &Request) -> Option<Answer> {
    let path = request
        .path
        .strip_prefix("/v2")
        .or_else(|| request.path.strip_prefix("/api/v3"))?;
    match path {
        "/swagger.json" => return Some(Answer::json(200, &swagger(&request.host))),
        "/openapi.json" => return Some(Answer::json(200, &openapi(&request.host))),
        "/openapi.yaml" => {
            let text = serde_yaml_ng::to_string(&openapi(&request.host)).unwrap_or_default();
            return Some(Answer::new(200, "application/yaml", text.into_bytes()));
        }
        "/store/inventory" => {
            return Some(Answer::json(
                200,
                &json!({"available": 7, "pending": 2, "sold": 1}),
            ));
        }
        "/pet/findByStatus" => return Some(by_status(request)),
        "/pet" if matches!(request.method.as_str(), "POST" | "PUT") => return Some(store(request)),
        _ => {}
    }
    let number = path.strip_prefix("/pet/")?;
    Some(match number.parse().ok().filter(|n| PETS.contains(n)) {
        Some(number) => one(request, number),
        None => missing("Pet not found"),
    })
}

fn one(request: &Request, number: u64) -> Answer {
    match request.method.as_str() {
        "GET" => Answer::json(200, &pet(number)),
        "DELETE" => {
            let key = request.header("api_key").unwrap_or_default();
            Answer::json(
                200,
                &json!({"code": 200, "type": "unknown", "message": number.to_string(), "key": key}),
            )
        }
        _ => Answer::text(405, "this is not done here"),
    }
}

fn by_status(request: &Request) -> Answer {
    let wanted: Vec<String> = request
        .arguments()
        .into_iter()
        .filter(|(name, _)| name == "status")
        .flat_map(|(_, value)| value.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let pets: Vec<Value> = PETS
        .filter(|n| wanted.iter().any(|status| status == status_of(*n)))
        .map(pet)
        .collect();
    Answer::json(200, &json!(pets))
}

fn store(request: &Request) -> Answer {
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(pet) if pet.get("name").is_some() => Answer::json(200, &pet),
        _ => Answer::json(
            405,
            &json!({"code": 405, "type": "error", "message": "Invalid input"}),
        ),
    }
}

fn missing(message: &str) -> Answer {
    Answer::json(
        404,
        &json!({"code": 1, "type": "error", "message": message}),
    )
}

fn status_of(number: u64) -> &'static str {
    match number {
        10 => "sold",
        8 | 9 => "pending",
        _ => "available",
    }
}

fn pet(number: u64) -> Value {
    json!({
        "id": number,
        "category": {"id": 1, "name": "Dogs"},
        "name": format!("Pet {number}"),
        "photoUrls": [format!("https://pets.test/{number}.png")],
        "tags": [{"id": 1, "name": "tag"}],
        "status": status_of(number),
    })
}

/// The operations as both descriptions name them.
fn swagger(host: &str) -> Value {
    let pet = json!({"200": {"description": "a pet"}, "404": {"description": "no pet"}});
    let number = json!({"name": "petId", "in": "path", "required": true, "type": "integer", "format": "int64"});
    let status = json!({"name": "status", "in": "query", "required": true, "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"});
    let body = json!({"in": "body", "name": "body", "required": true, "schema": {"$ref": "#/definitions/Pet"}});
    let key = json!({"name": "api_key", "in": "header", "required": false, "type": "string"});
    json!({
        "swagger": "2.0",
        "info": {"title": "Swagger Petstore", "version": "1.0.7"},
        "host": host,
        "basePath": "/v2",
        "schemes": ["https", "http"],
        "definitions": {"Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
        "paths": {
            "/pet": {"post": {"operationId": "addPet", "consumes": ["application/json"], "produces": ["application/json"], "parameters": [body], "responses": pet}},
            "/pet/{petId}": {
                "get": {"operationId": "getPetById", "produces": ["application/json"], "parameters": [number], "responses": pet},
                "delete": {"operationId": "deletePet", "produces": ["application/json"], "parameters": [key, number], "responses": pet},
            },
            "/pet/findByStatus": {"get": {"operationId": "findPetsByStatus", "produces": ["application/json"], "parameters": [status], "responses": pet}},
            "/store/inventory": {"get": {"operationId": "getInventory", "produces": ["application/json"], "parameters": [], "responses": pet}},
        },
    })
}

fn openapi(host: &str) -> Value {
    let answers = json!({"200": {"description": "a pet", "content": {"application/json": {}}}});
    let number = json!({"name": "petId", "in": "path", "required": true, "schema": {"type": "integer", "format": "int64"}});
    let status = json!({"name": "status", "in": "query", "explode": true, "schema": {"type": "string", "default": "available"}});
    let key = json!({"name": "api_key", "in": "header", "schema": {"type": "string"}});
    let body = json!({"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}});
    json!({
        "openapi": "3.0.4",
        "info": {"title": "Swagger Petstore - OpenAPI 3.0", "version": "1.0.26"},
        "servers": [{"url": format!("https://{host}/api/v3")}],
        "components": {"schemas": {"Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}},
        "paths": {
            "/pet": {"post": {"operationId": "addPet", "requestBody": body, "responses": answers}},
            "/pet/{petId}": {
                "parameters": [number],
                "get": {"operationId": "getPetById", "responses": answers},
                "delete": {"operationId": "deletePet", "parameters": [key], "responses": answers},
            },
            "/pet/findByStatus": {"get": {"operationId": "findPetsByStatus", "parameters": [status], "responses": answers}},
        },
    })
}
