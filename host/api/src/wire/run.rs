//! Runs on the wire. A run and its journal are the executor's views as they are; lists are
//! shaped here. The types named `…Schema` are never built: they say what those views look
//! like, and a test compares what is sent with them.

use segue_executor::{ParentLink, RunRole, RunSummary};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::callback::CallbackSchema;
use super::problem::ProblemSchema;

/// Asks for a run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRun {
    /// `namespace/name:version`; without a version, the newest that is deployed.
    #[schema(example = "shop/order:1.0.0")]
    pub(crate) workflow: String,
    /// The workflow's input; `null` where absent.
    #[serde(default)]
    #[schema(value_type = serde_json::Value)]
    pub(crate) input: Value,
}

/// Asks for the end of a run.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CancelRun {
    /// Why; stands in the journal.
    pub(crate) reason: Option<String>,
}

/// Asks for a pause of a run.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SuspendRun {
    /// Why; stands in the journal.
    pub(crate) reason: Option<String>,
}

/// A run as it is listed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunItem {
    id: String,
    /// `namespace/name:version`.
    workflow: String,
    /// `pending`, `running`, `waiting`, `suspended`, `cancelled`, `faulted` or `completed`.
    status: &'static str,
    /// `run`, or `schedule` for the run that is a workflow's schedule.
    #[schema(value_type = RoleSchema)]
    role: RunRole,
    /// The run that started it and waits for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ParentSchema>)]
    parent: Option<ParentLink>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
}

impl From<RunSummary> for RunItem {
    fn from(summary: RunSummary) -> Self {
        RunItem {
            id: summary.run.to_string(),
            workflow: summary.workflow.to_string(),
            status: summary.status.name(),
            role: summary.role,
            parent: summary.parent,
            created_at: summary.created_at.rfc3339(),
            updated_at: summary.updated_at.rfc3339(),
        }
    }
}

/// A page of runs, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Runs {
    pub(crate) runs: Vec<RunItem>,
    /// Where the next page is, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A page of a journal.
#[derive(Serialize, ToSchema)]
pub(crate) struct Journal {
    #[schema(value_type = Vec<EntrySchema>)]
    pub(crate) entries: Vec<segue_executor::JournalView>,
    /// Where the next page is, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// One run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Run)]
pub(crate) struct RunSchema {
    id: String,
    /// `namespace/name:version`.
    workflow: String,
    status: StatusSchema,
    role: RoleSchema,
    /// The run that started it and waits for it.
    parent: Option<ParentSchema>,
    /// The workflow's raw input.
    input: Value,
    /// The workflow's output, once it completed.
    output: Option<Value>,
    /// Why it faulted or was cancelled.
    problem: Option<ProblemSchema>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
    /// RFC 3339.
    ended_at: Option<String>,
    /// What it waits for, as long as it has not ended.
    waiting: Option<WaitingSchema>,
    /// The latest attempts of its steps, in the order in which they began.
    attempts: Vec<AttemptSchema>,
    /// How many earlier attempts are not listed.
    attempts_omitted: Option<u64>,
}

/// What a run does with its workflow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RunRole)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum RoleSchema {
    Run,
    Schedule,
}

/// Whose child a run is.
#[derive(Serialize, ToSchema)]
#[schema(as = Parent)]
pub(crate) struct ParentSchema {
    /// The parent.
    run: String,
    /// The child's number there.
    child: u64,
}

/// What a run waits for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Waiting)]
pub(crate) struct WaitingSchema {
    /// An operator stopped it.
    suspended: Option<SuspendedSchema>,
    /// Answers of somebody outside.
    callbacks: Option<Vec<CallbackSchema>>,
    /// Events.
    listeners: Option<Vec<ListenerSchema>>,
    /// Moments: of a `wait`, or of a `try` before it tries again.
    timers: Option<Vec<TimerSchema>>,
    /// Runs that it started, the first ones; `GET /v1/runs?parent=` lists all.
    children: Option<Vec<ChildSchema>>,
    /// How many are not listed.
    children_omitted: Option<u64>,
}

/// A run was stopped by an operator.
#[derive(Serialize, ToSchema)]
#[schema(as = Suspended)]
pub(crate) struct SuspendedSchema {
    /// Why.
    reason: Option<String>,
}

/// A task that waits for events.
#[derive(Serialize, ToSchema)]
#[schema(as = Listener)]
pub(crate) struct ListenerSchema {
    /// The task, as a JSON pointer.
    task: String,
    /// Which activation of it.
    listen: u64,
}

/// A task that waits for a moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Timer)]
pub(crate) struct TimerSchema {
    /// The task, as a JSON pointer.
    task: String,
    /// RFC 3339.
    until: String,
}

/// A run that a task started and waits for.
#[derive(Serialize, ToSchema)]
#[schema(as = Child)]
pub(crate) struct ChildSchema {
    /// The task, as a JSON pointer.
    task: String,
    /// Which child of the run.
    child: u64,
    /// Its run, once that is known to its parent.
    run: Option<String>,
}

/// Where a run stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RunStatus)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum StatusSchema {
    Pending,
    Running,
    Waiting,
    Suspended,
    Cancelled,
    Faulted,
    Completed,
}

/// One attempt of a step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
pub(crate) struct AttemptSchema {
    /// The task, as a JSON pointer into the workflow document.
    task: String,
    /// `plugin/step:version`.
    step: String,
    /// Which activation of the task: the same for all its attempts.
    activity: u64,
    /// From 1.
    attempt: u32,
    /// `pure` or `effectful`.
    effect: String,
    /// The same for every attempt of this activation; a service finds it in
    /// `Idempotency-Key`, with a suffix for each request.
    idempotency_key: String,
    /// `running`, `completed`, `failed`, `unknown` or `abandoned`.
    outcome: String,
    /// Why it failed.
    problem: Option<ProblemSchema>,
    /// The host ended while it ran, and nobody knows what became of it.
    fate_unknown: bool,
    usage: UsageSchema,
    /// Wall-clock microseconds.
    wall_us: Option<u64>,
    /// RFC 3339.
    started_at: Option<String>,
}

/// What an attempt used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Usage)]
pub(crate) struct UsageSchema {
    fuel: u64,
    memory_bytes: u64,
    host_calls: u64,
    log_bytes: u64,
    output_bytes: u64,
    http_requests: u32,
}

/// One journal entry.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JournalEntry)]
pub(crate) struct EntrySchema {
    /// From 1, without gaps.
    seq: u64,
    /// The time that the engine was given (RFC 3339).
    now: String,
    /// What happened.
    input: Value,
    /// What was observed beside it; nothing depends on it.
    observed: Value,
    /// What followed from it.
    events: Vec<Value>,
}
