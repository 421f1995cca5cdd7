//! What callers ask for and what they are answered.

use std::fmt;
use std::str::FromStr;

use segue_bundle::StepDecision;
use segue_dsl::Diagnostic;
use segue_model::id::is_label;
use segue_model::{Problem, RunId, WorkflowName};
use segue_store::{PluginRecord, WorkflowRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hub::Ending;

/// Asks for a run.
#[derive(Clone, Debug)]
pub struct StartRequest {
    /// Of which workflow.
    pub workflow: WorkflowSelector,
    /// Its input.
    pub input: Value,
    /// The caller's idempotency key: a second request with it answers with the first's run.
    pub key: Option<String>,
    /// W3C Trace Context `traceparent` of the caller.
    pub trace_parent: Option<String>,
}

/// A run that was asked for. It is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// The run.
    pub run: RunId,
    /// Whether this request made it; false where its idempotency key had one already.
    pub created: bool,
}

/// A run that was asked for, and the way to its end.
pub struct Begun {
    /// The run. It is durable.
    pub started: Started,
    /// Its end, where it is a new one: it may have come already.
    pub(crate) ending: Option<Ending>,
}

/// Names a workflow: `namespace/name`, and its version; without one, the newest that is
/// deployed (pre-releases only where there is nothing else).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkflowSelector {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The full version.
    pub version: Option<semver::Version>,
}

/// A text that selects no workflow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no workflow: write `namespace/name` or `namespace/name:version`, for example `shop/order:1.0.0`"
)]
pub struct SelectorError {
    /// What was given, at most 80 characters of it.
    pub text: String,
}

impl FromStr for WorkflowSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let parse = || {
            let (path, version) = match text.split_once(':') {
                Some((path, version)) => (path, Some(version.parse().ok()?)),
                None => (text, None),
            };
            let (namespace, name) = path.split_once('/')?;
            (is_label(namespace) && is_label(name)).then(|| WorkflowSelector {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                version,
            })
        };
        parse().ok_or_else(|| SelectorError {
            text: text.chars().take(80).collect(),
        })
    }
}

impl fmt::Display for WorkflowSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)?;
        match &self.version {
            Some(version) => write!(f, ":{version}"),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for WorkflowSelector {
    type Error = SelectorError;
    fn try_from(text: String) -> Result<Self, SelectorError> {
        text.parse()
    }
}

impl From<WorkflowSelector> for String {
    fn from(selector: WorkflowSelector) -> String {
        selector.to_string()
    }
}

impl From<WorkflowName> for WorkflowSelector {
    fn from(name: WorkflowName) -> Self {
        WorkflowSelector {
            namespace: name.namespace,
            name: name.name,
            version: Some(name.version),
        }
    }
}

/// A workflow that was deployed.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// What is stored of it.
    pub record: WorkflowRecord,
    /// Findings that do not stop it.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether this made a new deployment; false where source and pins were deployed already.
    pub created: bool,
}

/// A workflow that was not deployed.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Why, in short.
    pub problem: Problem,
    /// Why, place by place; empty where the document is not to blame.
    pub diagnostics: Vec<Diagnostic>,
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Self {
        Rejection {
            problem,
            diagnostics: Vec::new(),
        }
    }
}

/// A plugin as people see it: what it is, and what the policy makes of its steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginView {
    /// What is stored of it.
    #[serde(flatten)]
    pub record: PluginRecord,
    /// Whether it comes with the host: what its steps may reach is then what the calling
    /// workflow may reach.
    pub builtin: bool,
    /// For each of its steps, in order: what it gets if a workflow pins it now.
    pub decisions: Vec<StepView>,
}

/// What the policy makes of one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// The step.
    pub step: String,
    /// Its grants, effect class and limits.
    #[serde(flatten)]
    pub decision: StepDecision,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_reads_with_and_without_a_version() {
        let newest: WorkflowSelector = "shop/order".parse().unwrap();
        assert_eq!(newest.version, None);
        let exact: WorkflowSelector = "shop/order:1.2.3-rc.1+b".parse().unwrap();
        assert_eq!(exact.to_string(), "shop/order:1.2.3-rc.1+b");
        for text in [
            "order",
            "shop/order:1",
            "shop/order:",
            "/order",
            "a/b/c",
            "",
        ] {
            assert!(text.parse::<WorkflowSelector>().is_err(), "{text}");
        }
    }
}
