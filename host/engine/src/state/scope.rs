//! Scopes: task lists that are being run.

use std::collections::BTreeMap;

use segue_model::ir::{BlockId, TaskId};
use segue_model::payload::Payloads;
use segue_model::{Payload, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Doing, Due, ScopeId, TimerId};

/// A scope row: a task list that is being run, one task after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Scope {
    /// The scope whose active task owns this one; none for the workflow's own list.
    pub(crate) parent: Option<ScopeId>,
    pub(crate) block: BlockId,
    /// The position of the task that is active or next.
    pub(crate) at: u32,
    /// The raw input of that task.
    pub(crate) input: Payload,
    /// Loop and catch variables that this scope binds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bindings: Vec<(String, Payload)>,
    /// Tells scopes of the same block apart: the visits and indices of what encloses it.
    pub(crate) lineage: String,
    /// How often each task (by position) was entered, carried from one iteration of a loop
    /// to the next.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) visits: BTreeMap<u32, u32>,
    /// Attempts made by earlier tries of an enclosing `try`: the numbers go on from there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) attempts_before: u32,
    /// Which iteration of a loop, or which branch of a `fork`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<u32>,
    /// `$context`, where this scope has one of its own: a branch, a function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<Payload>,
    /// Whether it is a function: what is inside sees no variables from outside.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub(crate) function: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) active: Option<Active>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The task that a scope is running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Active {
    pub(crate) task: TaskId,
    /// How often it was entered before.
    pub(crate) visit: u32,
    pub(crate) started_at: Timestamp,
    /// The transformed input.
    pub(crate) input: Payload,
    /// The timer of its `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<TimerId>,
    /// The extensions around it whose `after` is to run, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) around: Vec<u32>,
    pub(crate) doing: Doing,
}

impl Scope {
    /// The timers that are set for it.
    pub(crate) fn timers(&self, scope: ScopeId) -> Vec<(TimerId, Due)> {
        let Some(active) = &self.active else {
            return Vec::new();
        };
        let doing = match &active.doing {
            Doing::Waiting { timer } => Some((*timer, Due::Wait { scope })),
            Doing::Pausing { timer, .. } => Some((*timer, Due::Backoff { scope })),
            Doing::Trying { tries } => tries.timer.map(|timer| (timer, Due::Attempt { scope })),
            Doing::Awaiting(it) => it.timer.map(|timer| (timer, Due::Deadline { scope })),
            Doing::Scheduling(it) => it.timer.map(|timer| (timer, Due::Moment { scope })),
            _ => None,
        };
        let timeout = active.timeout.map(|timer| (timer, Due::Task { scope }));
        timeout.into_iter().chain(doing).collect()
    }
}

impl Payloads for Scope {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        visit(&mut self.input);
        for (_, value) in &mut self.bindings {
            visit(value);
        }
        if let Some(context) = &mut self.context {
            visit(context);
        }
        let Some(active) = &mut self.active else {
            return;
        };
        visit(&mut active.input);
        active.doing.visit_payloads(visit);
    }
}
