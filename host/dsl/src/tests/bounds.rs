//! What a document makes the host do is bounded, whichever door the document takes.

use serde_json::{Value, json};

use super::compiled;
use crate::{Code, Severity, schema_fault, schema_options};

/// A task with a schema in each place that takes one.
fn places(schema: &str) -> Vec<String> {
    vec![
        format!(
            "input: {{ schema: {{ document: {schema} }} }}\ndo: [ a: {{ set: {{ x: 1 }} }} ]\n"
        ),
        format!(
            "do: [ a: {{ set: {{ x: 1 }}, output: {{ schema: {{ document: {schema} }} }} }} ]\n"
        ),
        format!(
            "do: [ a: {{ set: {{ x: 1 }}, export: {{ schema: {{ document: {schema} }} }} }} ]\n"
        ),
        format!(
            "do: [ a: {{ call: 'await-callback:1.0.0@default', with: {{ form: {schema} }} }} ]\n"
        ),
    ]
}

fn codes(body: &str) -> Vec<Code> {
    let found = compiled(body).diagnostics;
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| d.code).collect()
}

#[test]
fn no_pattern_of_a_schema_backtracks() {
    let text = format!("{}!", "a".repeat(50_000));
    for schema in [
        json!({"pattern": "^(a+)+$"}),
        json!({"pattern": "^(a|aa)+$"}),
        json!({"propertyNames": {"pattern": "^(a|a)*$"}}),
        json!({"patternProperties": {"^(a+)+$": false}, "additionalProperties": false}),
    ] {
        assert_eq!(schema_fault(&schema), None, "{schema}");
        let validator = schema_options().build(&schema).unwrap();
        let value = match schema.get("pattern") {
            Some(_) => json!(text),
            None => json!({ text.as_str(): 1 }),
        };
        // One that backtracks would not come back within the age of the universe.
        assert!(!validator.is_valid(&value), "{schema}");
    }
}

#[test]
fn no_schema_is_fetched_or_recurses_without_end() {
    for schema in [
        r##"{ $ref: "https://schemas.example/a.json" }"##,
        r##"{ $ref: "file:///etc/passwd" }"##,
        r##"{ $dynamicRef: "https://schemas.example/a.json#x" }"##,
        r##"{ $schema: "https://schemas.example/dialect" }"##,
        r##"{ $ref: "#" }"##,
        r##"{ allOf: [ { $ref: "#" } ] }"##,
        r##"{ $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } }"##,
        r##"{ pattern: "(?=a)b" }"##,
        r##"{ pattern: "(a)\\1" }"##,
    ] {
        for body in places(schema) {
            assert!(codes(&body).contains(&Code::InvalidSchema), "{body}");
        }
    }
}

#[test]
fn a_schema_that_recurses_with_its_value_is_taken() {
    let schema = r##"{ type: object, properties: { next: { $ref: "#" } } }"##;
    for body in places(schema) {
        assert_eq!(codes(&body), [], "{body}");
    }
    let list = (0..90).fold(Value::Null, |next, _| json!({ "next": next }));
    let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
    let validator = schema_options().build(&schema).unwrap();
    assert!(!validator.is_valid(&list), "null is no object");
}

#[test]
fn no_event_filter_backtracks() {
    let body = |pattern: &str| {
        format!(
            "do: [ a: {{ listen: {{ to: {{ one: {{ with: {{ type: '{pattern}' }} }} }} }} }} ]\n"
        )
    };
    assert_eq!(codes(&body("^(a+)+$")), []);
    for pattern in ["^(?=a)b$", "^(a)\\1$", "^(\\w{1,1000}){1,1000}$"] {
        assert!(!codes(&body(pattern)).is_empty(), "{pattern}");
    }
}
