//! The body that an operation wants.

use http_common::{Body, encode, is_json};
use segue_plugin::StepError;
use serde_json::{Map, Value};

use crate::argument::{Arguments, unknown_argument};
use crate::document::{Document, Version};
use crate::operation::Operation;
use crate::parameter::{Parameter, Place};

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";
/// Schemas that are made of schemas: how deep members are looked for.
const SCHEMAS_MAX: usize = 16;
/// Media types that a request names in `accept`.
const ACCEPTED_MAX: usize = 8;

/// What is known of an operation's body.
pub(crate) struct Wanted<'d> {
    /// The argument that is the whole body.
    pub(crate) name: &'d str,
    pub(crate) is_required: bool,
    /// The media type to send.
    media: String,
    /// Whether a text is a JSON string, and not JSON as text.
    is_text: bool,
    /// The members of an object that is the body, where they are known.
    members: Vec<&'d str>,
    /// Whether it may have others.
    is_open: bool,
}

/// The body that an operation wants, if it wants one.
pub(crate) fn wanted<'d>(
    operation: &Operation<'d>,
    parameters: &[Parameter<'d>],
) -> Result<Option<Wanted<'d>>, StepError> {
    let document = operation.document;
    if document.version == Version::Swagger2 {
        return of_swagger(operation, parameters);
    }
    let Some(body) = operation.node.get("requestBody") else {
        return Ok(None);
    };
    let body = document.resolve(body)?;
    let contents = body.get("content").and_then(Value::as_object);
    let offered: Vec<String> = contents
        .into_iter()
        .flat_map(|contents| contents.keys().cloned())
        .collect();
    let key = preferred(&offered);
    let content = contents.and_then(|contents| contents.get(&key));
    let schema = content.and_then(|content| content.get("schema"));
    let mut members = Members::default();
    if let Some(schema) = schema {
        members.read(document, schema, 0)?;
    }
    Ok(Some(Wanted {
        name: "body",
        is_required: body.get("required").and_then(Value::as_bool) == Some(true),
        media: concrete(&key),
        is_text: members.is_text,
        is_open: members.is_open || members.names.is_empty(),
        members: members.names,
    }))
}

/// Swagger 2.0 has the body, or the members of a form, among the parameters.
fn of_swagger<'d>(
    operation: &Operation<'d>,
    parameters: &[Parameter<'d>],
) -> Result<Option<Wanted<'d>>, StepError> {
    let consumed = operation.document.texts(operation.node, "consumes");
    let at = |place| parameters.iter().find(|parameter| parameter.place == place);
    if let Some(body) = at(Place::Body) {
        let mut members = Members::default();
        members.read(operation.document, body.schema, 0)?;
        return Ok(Some(Wanted {
            name: body.name,
            is_required: body.is_required,
            media: concrete(&preferred(&consumed)),
            is_text: members.is_text,
            is_open: members.is_open || members.names.is_empty(),
            members: members.names,
        }));
    }
    let has_file = parameters.iter().any(|parameter| parameter.is_file);
    let takes = |media: &str| consumed.iter().any(|other| other == media);
    let is_multipart = has_file || (takes(MULTIPART) && !takes(FORM));
    let media = if is_multipart { MULTIPART } else { FORM };
    Ok(at(Place::FormData).map(|form| Wanted {
        name: form.name,
        // The parameters say so themselves.
        is_required: false,
        media: media.to_owned(),
        is_text: false,
        members: Vec::new(),
        is_open: false,
    }))
}

/// JSON before forms before text before anything else.
fn preferred(offered: &[String]) -> String {
    let rank = |media: &&String| match media.as_str() {
        media if is_json(media) || media == "*/*" || media == "application/*" => 0,
        media if media.starts_with(FORM) => 1,
        media if media.starts_with(MULTIPART) => 2,
        media if media.starts_with("text/") => 3,
        _ => 4,
    };
    let first = offered.iter().min_by_key(rank);
    first
        .cloned()
        .unwrap_or_else(|| "application/json".to_owned())
}

/// A media type that can be sent, out of one that may be a range.
fn concrete(media: &str) -> String {
    match media {
        "*/*" | "application/*" => "application/json".to_owned(),
        "text/*" => "text/plain; charset=utf-8".to_owned(),
        media => media.to_owned(),
    }
}

impl<'d> Wanted<'d> {
    /// Takes the body out of the arguments: the whole, or its members.
    pub(crate) fn take(
        &self,
        operation: &Operation<'_>,
        arguments: &mut Arguments,
    ) -> Result<Option<Value>, StepError> {
        let whole = arguments.take(self.name).or_else(|| arguments.take("body"));
        if whole.is_some() {
            return Ok(whole);
        }
        let rest = arguments.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let is_member = |name: &&String| self.is_open || self.members.contains(&name.as_str());
        match rest.keys().find(|name| !is_member(name)) {
            Some(name) => Err(unknown_argument(operation.id, name, &self.names())),
            None => Ok(Some(Value::Object(rest))),
        }
    }

    /// The names under which it may be given.
    pub(crate) fn names(&self) -> Vec<&'d str> {
        let mut names = self.members.clone();
        names.push(self.name);
        names
    }

    pub(crate) fn encode(&self, value: &Value, named: Option<&str>) -> Result<Body, StepError> {
        let media = named.unwrap_or(&self.media);
        match value {
            Value::String(text) if is_json(media) && self.is_text => Ok(Body {
                bytes: serde_json::to_vec(text).map_err(StepError::other)?,
                content_type: Some(media.to_owned()),
            }),
            Value::Object(_) if is_xml(media) => Err(StepError::invalid_input(format!(
                "the operation wants a body of {media}, which is not made from objects: give it as text"
            ))),
            value => encode(value, Some(media)),
        }
    }
}

fn is_xml(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim();
    media == "application/xml" || media == "text/xml" || media.ends_with("+xml")
}

/// The members that a schema names.
#[derive(Default)]
struct Members<'d> {
    names: Vec<&'d str>,
    is_open: bool,
    is_text: bool,
}

impl<'d> Members<'d> {
    fn read(
        &mut self,
        document: &'d Document,
        schema: &'d Value,
        depth: usize,
    ) -> Result<(), StepError> {
        if depth >= SCHEMAS_MAX {
            self.is_open = true;
            return Ok(());
        }
        let schema = document.resolve(schema)?;
        self.is_text |= schema.get("type").and_then(Value::as_str) == Some("string");
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            self.names.extend(properties.keys().map(String::as_str));
        }
        self.is_open |= match schema.get("additionalProperties") {
            None | Some(Value::Bool(false)) => false,
            Some(_) => true,
        };
        for part in ["allOf", "anyOf", "oneOf"] {
            let parts = schema.get(part).and_then(Value::as_array);
            for schema in parts.into_iter().flatten() {
                self.read(document, schema, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// What answers to ask for: what the operation says that it gives, unless JSON is among it.
pub(crate) fn accept(operation: &Operation<'_>) -> Option<String> {
    let document = operation.document;
    let given = match document.version {
        Version::Swagger2 => document.texts(operation.node, "produces"),
        Version::OpenApi3 => answered(operation),
    };
    let is_common = |media: &String| is_json(media) || media.contains('*');
    if given.is_empty() || given.iter().any(is_common) {
        return None;
    }
    let mut given: Vec<String> = given.into_iter().take(ACCEPTED_MAX).collect();
    given.push("*/*;q=0.8".to_owned());
    Some(given.join(", "))
}

/// The media types of the answers that are no failures.
fn answered(operation: &Operation<'_>) -> Vec<String> {
    let none = Map::new();
    let responses = operation.node.get("responses").and_then(Value::as_object);
    let mut media = Vec::new();
    for (status, response) in responses.unwrap_or(&none) {
        if !status.starts_with('2') && status != "default" {
            continue;
        }
        let response = operation.document.resolve(response).unwrap_or(response);
        let content = response.get("content").and_then(Value::as_object);
        for name in content.unwrap_or(&none).keys() {
            if !media.contains(name) {
                media.push(name.clone());
            }
        }
    }
    media
}
