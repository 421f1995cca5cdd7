//! What hosts answer, as far as this program shows it. Members that it does not know are left
//! alone: a newer host may send more.

use segue_model::Problem;
use serde::Deserialize;
use serde_json::Value;

/// One run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) workflow: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) output: Option<Value>,
    #[serde(default)]
    pub(crate) problem: Option<Problem>,
    pub(crate) created_at: String,
    #[serde(default)]
    pub(crate) ended_at: Option<String>,
    /// What it waits for, as the API says it.
    #[serde(default)]
    pub(crate) waiting: Value,
    #[serde(default)]
    pub(crate) attempts: Vec<Attempt>,
    #[serde(default)]
    pub(crate) attempts_omitted: u64,
}

impl Run {
    /// Whether it ended with its output.
    pub(crate) fn is_completed(&self) -> bool {
        self.status == "completed"
    }
}

/// Whether nothing more will happen to a run of that status.
pub(crate) fn is_ended(status: &str) -> bool {
    matches!(status, "completed" | "faulted" | "cancelled")
}

/// One attempt of a step.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    pub(crate) task: String,
    pub(crate) step: String,
    pub(crate) attempt: u32,
    pub(crate) effect: String,
    pub(crate) outcome: String,
    #[serde(default)]
    pub(crate) problem: Option<Problem>,
    #[serde(default)]
    pub(crate) usage: Usage,
    #[serde(default)]
    pub(crate) wall_us: Option<u64>,
}

/// What an attempt used.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Usage {
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: u64,
}

/// A run as it is listed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunItem {
    pub(crate) id: String,
    pub(crate) workflow: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) role: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}
