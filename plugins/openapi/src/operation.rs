//! Finding an operation.

use segue_plugin::StepError;
use serde_json::Value;

use crate::document::{Document, unusable};

/// The members of a path that are operations; `trace` is not sent.
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];
/// How many operations a message lists.
const LISTED: usize = 8;
/// How alike two names must be to be taken for the same in a hint (Jaro and Winkler's measure).
const ALIKE: f64 = 0.75;

/// An operation and where it stands.
pub(crate) struct Operation<'d> {
    pub(crate) document: &'d Document,
    pub(crate) id: &'d str,
    pub(crate) method: &'d str,
    /// The path's template.
    pub(crate) path: &'d str,
    /// The path's object, with what its operations share.
    pub(crate) item: &'d Value,
    pub(crate) node: &'d Value,
}

/// The operation of that id.
pub(crate) fn find<'d>(document: &'d Document, id: &str) -> Result<Operation<'d>, StepError> {
    let mut ids = Vec::new();
    let paths = document.root.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let item = document.resolve(item)?;
        for method in METHODS {
            let Some(node) = item.get(*method) else {
                continue;
            };
            let Some(found) = node.get("operationId").and_then(Value::as_str) else {
                continue;
            };
            if found == id {
                return Ok(Operation {
                    document,
                    id: found,
                    method,
                    path,
                    item,
                    node,
                });
            }
            ids.push(found);
        }
    }
    Err(unusable(unknown(id, &ids)))
}

fn unknown(id: &str, ids: &[&str]) -> String {
    if ids.is_empty() {
        return format!("it has no operation with an `operationId`, and so none called `{id}`");
    }
    let near = nearest(id, ids.iter().copied());
    if !near.is_empty() {
        return format!(
            "it has no operation `{id}`; did you mean {}?",
            quoted(&near)
        );
    }
    let listed: Vec<&str> = ids.iter().copied().take(LISTED).collect();
    let more = ids.len().saturating_sub(listed.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!(
        "it has no operation `{id}`; it has {}{more}",
        quoted(&listed)
    )
}

/// The names most like a text, best first: at most three.
pub(crate) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let text = text.to_ascii_lowercase();
    let mut alike: Vec<(f64, &str)> = names
        .map(|name| {
            (
                strsim::jaro_winkler(&text, &name.to_ascii_lowercase()),
                name,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Names as a message lists them.
pub(crate) fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
