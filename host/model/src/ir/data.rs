//! Data flow: templates, and the four places where data is checked and transformed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ExprId, SchemaId};

/// A JSON value with expressions in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// No expression anywhere inside.
    Literal(Value),
    /// The value of an expression.
    Expr(ExprId),
    /// A URI template (RFC 6570, simple expansion) over the top-level members of `.`: a
    /// missing one is empty text, one that is no scalar an expression error.
    Uri(String),
    /// An array with an expression somewhere inside.
    Array(Vec<Template>),
    /// An object with an expression somewhere inside, in document order.
    Object(Vec<(String, Template)>),
}

/// `input`: the raw input is checked, then transformed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// `input.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaId>,
    /// `input.from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Template>,
}

/// `output`: the raw output is transformed, then checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// `output.as`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub transform: Option<Template>,
    /// `output.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaId>,
}

/// `export`: the new `$context` is computed from the transformed output, then checked, and
/// replaces the old one only when valid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// `export.as`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub transform: Option<Template>,
    /// `export.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaId>,
}
