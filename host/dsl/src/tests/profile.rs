//! The published schema of the profile and the front end: neither knows a key that the other
//! does not, and what the one takes, the other takes too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Shelf;
use super::examples::examples;
use crate::{Code, Compiled, Severity, compile_with, profile_schema};

/// A key that nothing has, and that is no misspelling of one.
const NONSENSE: &str = "zzzz-qqqq-xxxx";

/// Compiles on a host with a catalog that has what the documents of `testdata/profile` name.
fn compile(source: &str) -> Compiled {
    let shelf = Shelf {
        catalogs: vec![("ours", "https://example.com/catalog")],
        files: vec![
            ("ours/order.json", "{ type: object }".to_owned()),
            ("ours/script.js", "console.log(1)".to_owned()),
            (
                "ours/functions/log/1.0.0/function.yaml",
                "set: '${ .message }'".to_owned(),
            ),
        ],
    };
    compile_with(source, &shelf)
}

fn schema() -> Value {
    serde_json::from_str(profile_schema()).unwrap()
}

fn validator(schema: &Value) -> Validator {
    crate::schema_options().build(schema).unwrap()
}

/// Documents that the front end takes, by name, as JSON.
fn accepted() -> Vec<(String, Value)> {
    let mut texts = examples();
    for folder in ["testdata", "testdata/graph", "testdata/profile"] {
        texts.extend(files(folder, &["yaml", "json"]));
    }
    for (name, feature) in files("../../tests/conformance", &["feature"]) {
        for (at, text) in documents(&feature).into_iter().enumerate() {
            texts.push((format!("{name} {at}"), text));
        }
    }
    let taken = texts.into_iter().filter_map(|(name, text)| {
        let workflow = compile(&text).workflow?;
        Some((name, workflow.definition))
    });
    taken.collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test reads documents of the repository"
)]
fn files(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|e| extensions.iter().any(|x| e == *x))
        })
        .collect();
    paths.sort();
    let text = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(text).collect()
}

/// The workflows of a feature.
fn documents(feature: &str) -> Vec<String> {
    let parts = feature.split("\"\"\"").skip(1).step_by(2);
    let texts = parts.map(|part| part.strip_prefix("yaml").unwrap_or(part).to_owned());
    texts.filter(|text| text.contains("document:")).collect()
}

#[test]
fn the_schema_takes_every_document_that_the_front_end_takes() {
    let validator = validator(&schema());
    let accepted = accepted();
    assert!(accepted.len() > 60, "{} documents", accepted.len());
    let mut refused = Vec::new();
    for (name, document) in &accepted {
        if let Some(error) = validator.iter_errors(document).next() {
            refused.push(format!("{name}: {} {error:.300}", error.instance_path()));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// A closed object of the schema: its name in `$defs`, and a document that has it somewhere.
struct Closed {
    document: Value,
    pointer: String,
    properties: BTreeSet<String>,
}

/// Every closed object of the schema that occurs in the documents.
fn occurring(schema: &Value, documents: &[(String, Value)]) -> BTreeMap<String, Closed> {
    let mut found = BTreeMap::new();
    let mut walk = Walk {
        schema,
        validators: BTreeMap::new(),
        found: &mut found,
        document: &Value::Null,
    };
    for (_, document) in documents {
        walk.document = document;
        walk.visit(schema, "workflow", document, String::new());
    }
    found
}

struct Walk<'a> {
    schema: &'a Value,
    validators: BTreeMap<String, Validator>,
    found: &'a mut BTreeMap<String, Closed>,
    document: &'a Value,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, node: &'a Value, name: &str, value: &Value, pointer: String) {
        if let Some(target) = node["$ref"].as_str() {
            let name = target.strip_prefix("#/$defs/").unwrap();
            let schema: &'a Value = self.schema;
            return self.visit(&schema["$defs"][name], name, value, pointer);
        }
        let choices = node["anyOf"].as_array().into_iter().flatten();
        for choice in choices.filter(|choice| {
            choice
                .get("required")
                .is_none_or(|_| choice.get("properties").is_some())
        }) {
            if self.fits(choice, value) {
                self.visit(choice, name, value, pointer.clone());
            }
        }
        for (at, item) in value.as_array().into_iter().flatten().enumerate() {
            self.visit(&node["items"], name, item, format!("{pointer}/{at}"));
        }
        let Some(members) = value.as_object() else {
            return;
        };
        if node["additionalProperties"] == json!(false) {
            let properties = node["properties"].as_object().unwrap();
            self.found.entry(name.to_owned()).or_insert_with(|| Closed {
                document: self.document.clone(),
                pointer: pointer.clone(),
                properties: properties.keys().cloned().collect(),
            });
        }
        for (key, member) in members {
            let segment = key.replace('~', "~0").replace('/', "~1");
            let known = node["properties"].get(key);
            let next = known.unwrap_or(&node["additionalProperties"]);
            self.visit(next, name, member, format!("{pointer}/{segment}"));
        }
    }

    fn fits(&mut self, choice: &Value, value: &Value) -> bool {
        let key = choice.to_string();
        if !self.validators.contains_key(&key) {
            let mut schema = choice.clone();
            schema["$defs"] = self.schema["$defs"].clone();
            self.validators.insert(key.clone(), validator(&schema));
        }
        self.validators[&key].is_valid(value)
    }
}

/// The keys that the front end names where it meets one that it does not know.
fn keys_of_front_end(closed: &Closed) -> Option<BTreeSet<String>> {
    let mut document = closed.document.clone();
    document.pointer_mut(&closed.pointer)?[NONSENSE] = json!(1);
    let found = compile(&document.to_string()).diagnostics;
    let pointer = format!("{}/{NONSENSE}", closed.pointer);
    let finding = found
        .into_iter()
        .find(|d| d.code == Code::UnknownKey && d.pointer == pointer)?;
    let help = finding.help?;
    let keys = help.split('`').skip(1).step_by(2);
    Some(keys.map(str::to_owned).collect())
}

#[test]
fn the_schema_and_the_front_end_know_the_same_keys() {
    let schema = schema();
    let accepted = accepted();
    let found = occurring(&schema, &accepted);
    let mut drift = Vec::new();
    for (name, closed) in &found {
        match keys_of_front_end(closed) {
            Some(keys) if keys == closed.properties => {}
            Some(keys) => {
                let missing: Vec<_> = keys.difference(&closed.properties).collect();
                let more: Vec<_> = closed.properties.difference(&keys).collect();
                drift.push(format!(
                    "{name}: the schema lacks {missing:?}, the front end {more:?}"
                ));
            }
            None => drift.push(format!(
                "{name}: the front end took an unknown key at {}",
                closed.pointer
            )),
        }
    }
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        if definition["additionalProperties"] == json!(false) && !found.contains_key(name) {
            drift.push(format!(
                "{name}: no document has it; add it to testdata/profile"
            ));
        }
    }
    assert!(drift.is_empty(), "{}", drift.join("\n"));
}

#[test]
fn the_schema_refuses_unknown_keys_wherever_the_front_end_does() {
    let schema = schema();
    let validator = validator(&schema);
    for (name, closed) in occurring(&schema, &accepted()) {
        let mut document = closed.document.clone();
        document.pointer_mut(&closed.pointer).unwrap()[NONSENSE] = json!(1);
        assert!(!validator.is_valid(&document), "{name}");
    }
}

#[test]
fn every_key_of_the_schema_is_explained() {
    fn check(node: &Value, path: &str, bare: &mut Vec<String>) {
        for (key, member) in node["properties"].as_object().into_iter().flatten() {
            if member.get("description").is_none() && member.get("$ref").is_none() {
                bare.push(format!("{path}/{key}"));
            }
        }
    }
    let schema = schema();
    let mut bare = Vec::new();
    check(&schema, "workflow", &mut bare);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        check(definition, name, &mut bare);
        if definition.get("description").is_none() {
            bare.push(name.clone());
        }
    }
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn the_document_with_every_key_is_taken() {
    for (name, text) in files("testdata/profile", &["yaml"]) {
        let found = compile(&text).diagnostics;
        let errors: Vec<_> = found
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}
