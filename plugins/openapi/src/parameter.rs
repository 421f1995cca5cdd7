//! The parameters that an operation declares.

use segue_plugin::StepError;
use serde_json::Value;

use crate::document::{Document, Version};
use crate::operation::Operation;
use crate::style::{Form, Style};

/// Where a parameter goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Cookie,
    /// A member of a form (Swagger 2.0).
    FormData,
    /// The whole body (Swagger 2.0).
    Body,
}

/// One parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter<'d> {
    pub(crate) name: &'d str,
    pub(crate) place: Place,
    pub(crate) is_required: bool,
    pub(crate) form: Form,
    pub(crate) default: Option<&'d Value>,
    /// What its value is; in Swagger 2.0 the parameter says so itself.
    pub(crate) schema: &'d Value,
    /// A file of a form.
    pub(crate) is_file: bool,
}

/// The parameters of an operation: its own, and those of its path that it does not replace.
pub(crate) fn all<'d>(operation: &Operation<'d>) -> Result<Vec<Parameter<'d>>, StepError> {
    let mut found: Vec<Parameter<'d>> = Vec::new();
    for node in [operation.node, operation.item] {
        let declared = node.get("parameters").and_then(Value::as_array);
        for node in declared.into_iter().flatten() {
            let node = operation.document.resolve(node)?;
            let Some(parameter) = read(operation.document, node)? else {
                continue;
            };
            let is_known = |other: &Parameter<'_>| {
                other.name == parameter.name && other.place == parameter.place
            };
            if !found.iter().any(is_known) {
                found.push(parameter);
            }
        }
    }
    Ok(found)
}

fn read<'d>(document: &'d Document, node: &'d Value) -> Result<Option<Parameter<'d>>, StepError> {
    let text = |name: &str| node.get(name).and_then(Value::as_str);
    let (Some(name), Some(place)) = (text("name"), text("in").and_then(place)) else {
        return Ok(None);
    };
    // OpenAPI 3 says that these are no parameters, whatever a document declares.
    let is_own = ["accept", "content-type", "authorization"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own));
    let says_required = node.get("required").and_then(Value::as_bool) == Some(true);
    let schema = node.get("schema").map(|schema| document.resolve(schema));
    let schema = schema.transpose()?.unwrap_or(node);
    Ok(Some(Parameter {
        name,
        place,
        is_required: place == Place::Path || (says_required && !(place == Place::Header && is_own)),
        form: form(document.version, node, place),
        default: schema.get("default"),
        schema,
        is_file: text("type") == Some("file"),
    }))
}

fn place(text: &str) -> Option<Place> {
    Some(match text {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        "cookie" => Place::Cookie,
        "formData" => Place::FormData,
        "body" => Place::Body,
        _ => return None,
    })
}

/// How a value is written: `style` and `explode` of OpenAPI 3, `collectionFormat` of Swagger 2.
fn form(version: Version, node: &Value, place: Place) -> Form {
    let text = |name: &str| node.get(name).and_then(Value::as_str);
    let default = match place {
        Place::Path | Place::Header => Style::Simple,
        _ => Style::Form,
    };
    if version == Version::Swagger2 {
        let (style, explode) = match text("collectionFormat") {
            Some("multi") => (Style::Form, true),
            Some("ssv") => (Style::SpaceDelimited, false),
            Some("tsv") => (Style::TabDelimited, false),
            Some("pipes") => (Style::PipeDelimited, false),
            _ => (default, false),
        };
        return Form {
            style,
            explode,
            ..Form::default()
        };
    }
    let style = match text("style") {
        Some("simple") => Style::Simple,
        Some("label") => Style::Label,
        Some("matrix") => Style::Matrix,
        Some("form") => Style::Form,
        Some("spaceDelimited") => Style::SpaceDelimited,
        Some("pipeDelimited") => Style::PipeDelimited,
        Some("deepObject") => Style::DeepObject,
        _ => default,
    };
    let flag = |name: &str| node.get(name).and_then(Value::as_bool);
    Form {
        style,
        explode: flag("explode").unwrap_or(style == Style::Form),
        keeps_reserved: flag("allowReserved") == Some(true),
        is_json: node.get("content").is_some(),
    }
}
