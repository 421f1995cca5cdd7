//! A description: its version, and what its references lead to.

use http_common::{Url, configuration};
use segue_plugin::StepError;
use serde_json::Value;

use crate::yaml;

/// References that lead to references: far above what people write, and the end of a circle.
const REFERENCES_MAX: usize = 32;

/// The two families of descriptions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Version {
    /// Swagger 2.0.
    Swagger2,
    /// OpenAPI 3.x.
    OpenApi3,
}

/// A description that was read.
pub(crate) struct Document {
    pub(crate) root: Value,
    pub(crate) version: Version,
    /// Where it came from: its servers may be relative to it.
    pub(crate) url: Url,
}

/// An error of the description, or of the workflow's idea of it.
pub(crate) fn unusable(detail: impl Into<String>) -> StepError {
    configuration("The description of the service cannot be used").detail(detail)
}

impl Document {
    /// Reads JSON or YAML.
    pub(crate) fn read(text: &str, url: Url) -> Result<Document, StepError> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let root = if text.starts_with(['{', '[']) {
            serde_json::from_str(text)
                .map_err(|error| unusable(format!("{} is no JSON: {error}", url.bare())))
        } else if text.starts_with('<') {
            Err(unusable(format!(
                "{} is a page of HTML or XML: the endpoint has to be that of the description itself",
                url.bare()
            )))
        } else {
            yaml::read(text)
                .map_err(|error| unusable(format!("{} is no YAML: {error}", url.bare())))
        }?;
        let version = version(&root).ok_or_else(|| {
            unusable(format!(
                "{} is neither an OpenAPI 3.x nor a Swagger 2.0 document: it has no `openapi: 3.…` or `swagger: 2.0`",
                url.bare()
            ))
        })?;
        Ok(Document { root, version, url })
    }

    /// What a node stands for, where it is a reference.
    pub(crate) fn resolve<'d>(&'d self, mut node: &'d Value) -> Result<&'d Value, StepError> {
        for _ in 0..REFERENCES_MAX {
            let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
                return Ok(node);
            };
            let Some(pointer) = reference.strip_prefix('#') else {
                return Err(unusable(format!(
                    "the reference `{reference}` leads to another document, which is not followed"
                )));
            };
            let pointer = unescaped(pointer);
            node = self
                .root
                .pointer(&pointer)
                .ok_or_else(|| unusable(format!("the reference `{reference}` leads nowhere")))?;
        }
        Err(unusable("references lead in a circle"))
    }

    /// The members of an object at a path of the root; none where it is not there.
    pub(crate) fn texts(&self, node: &Value, name: &str) -> Vec<String> {
        let own = node.get(name).or_else(|| self.root.get(name));
        let items = own.and_then(Value::as_array).map(Vec::as_slice);
        let texts = items.unwrap_or_default().iter().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }
}

fn version(root: &Value) -> Option<Version> {
    let text = |name: &str| match root.get(name)? {
        Value::String(text) => Some(text.clone()),
        // YAML without quotes: `swagger: 2.0`.
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if text("openapi").is_some_and(|version| version == "3" || version.starts_with("3.")) {
        return Some(Version::OpenApi3);
    }
    text("swagger")
        .is_some_and(|version| version == "2" || version.starts_with("2."))
        .then_some(Version::Swagger2)
}

/// A JSON pointer in a fragment is percent-encoded (RFC 6901, section 6).
fn unescaped(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let byte = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match byte {
            Some(byte) => {
                bytes.push(byte);
                after.get(2..).unwrap_or_default()
            }
            None => {
                bytes.push(b'%');
                after
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}
