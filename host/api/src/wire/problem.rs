//! The schema of a problem (RFC 9457). The problem itself is `segue_model::Problem`; a test
//! compares what is sent with what stands here.

use utoipa::ToSchema;

/// A problem document (RFC 9457), with members of its own beside these.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemSchema {
    /// A URI that names the kind of problem: stable, and what programs match. `docs/errors`
    /// has a page for each.
    #[serde(rename = "type")]
    #[schema(example = "urn:segue:problem:not-found")]
    kind: String,
    /// The HTTP status code.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The same text for every problem of the kind.
    title: Option<String>,
    /// What happened this time, and the fix where there is one.
    detail: Option<String>,
    /// Where: a JSON pointer into the workflow document for a run's problems.
    instance: Option<String>,
    /// Of a refused workflow: what is wrong, place by place.
    diagnostics: Option<Vec<DiagnosticSchema>>,
    /// Members that belong to the kind.
    #[serde(flatten)]
    extensions: std::collections::BTreeMap<String, serde_json::Value>,
}

/// One finding about a document.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = Diagnostic)]
pub(crate) struct DiagnosticSchema {
    /// What kind of finding; stable.
    code: String,
    /// `error` or `warning`.
    severity: String,
    /// One sentence.
    message: String,
    /// How to mend it.
    help: Option<String>,
    /// The name of the document, where it has one.
    file: Option<String>,
    /// Where, as a JSON pointer (RFC 6901) into the document.
    pointer: String,
    /// Where, in the text.
    place: PlaceSchema,
    /// Other places that explain it.
    labels: Vec<LabelSchema>,
}

/// A place in a text.
#[derive(serde::Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Place)]
pub(crate) struct PlaceSchema {
    /// The line, from 1.
    line: usize,
    /// The column in characters, from 1.
    column: usize,
    /// The line where it ends.
    end_line: usize,
    /// The column just after it.
    end_column: usize,
    /// The first byte.
    start: usize,
    /// The byte just after it.
    end: usize,
    /// The same as a range of the Language Server Protocol.
    range: RangeSchema,
}

/// A range of the Language Server Protocol.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = Range)]
pub(crate) struct RangeSchema {
    /// Where it starts.
    start: PositionSchema,
    /// Where it ends.
    end: PositionSchema,
}

/// A position of the Language Server Protocol.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = Position)]
pub(crate) struct PositionSchema {
    /// The line, from 0.
    line: usize,
    /// The column in UTF-16 code units, from 0.
    character: usize,
}

/// A place with a text of its own.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = DiagnosticLabel)]
pub(crate) struct LabelSchema {
    /// What it explains.
    message: String,
    /// Where.
    place: PlaceSchema,
}
