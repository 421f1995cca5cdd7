//! State as rows: what a store keeps of a run, and how it comes back.

use std::sync::Arc;

use segue_model::ir::WorkflowRef;
use segue_model::payload::Payloads;
use segue_model::{Digest, Payload, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::Work;
use crate::state::{ChildId, ListenId, Part, Scope, TimerId};

/// The version of the row format.
pub(crate) const ROW_VERSION: u16 = 2;

/// The key of the root row; all others have keys from 1.
pub(crate) const ROOT_KEY: u32 = 0;

/// Any row but the root, as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Row {
    Scope(Box<Scope>),
    Part(Box<Part>),
    /// What has happened to a suspended run.
    Held(Box<Work>),
}

/// Any row but the root, as it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RowRef<'a> {
    Scope(&'a mut Scope),
    Part(&'a mut Part),
    Held(&'a mut Work),
}

impl Payloads for RowRef<'_> {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        match self {
            RowRef::Scope(scope) => scope.visit_payloads(visit),
            RowRef::Part(part) => part.visit_payloads(visit),
            RowRef::Held(work) => work.visit_payloads(visit),
        }
    }
}

/// What changed since the last call of [`crate::Run::take_changes`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Rows to write, `(key, version, JSON document)`, the root first.
    pub put: Vec<(u32, u16, String)>,
    /// Rows to remove.
    pub delete: Vec<u32>,
    /// Timers to set or clear.
    pub timers: Vec<TimerChange>,
    /// Listeners to set or clear.
    pub listeners: Vec<ListenerChange>,
    /// Inbox numbers of events that the run has consumed: listeners that it sets later do not
    /// get them.
    pub consumed: Vec<u64>,
    /// Events that the run emitted: whole envelopes.
    pub emitted: Vec<Payload>,
    /// What is to become of children.
    pub children: Vec<ChildChange>,
    /// Large payloads that these rows refer to and that no earlier changes held.
    pub payloads: Vec<(Digest, Arc<str>)>,
}

/// A change of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerChange {
    /// Wake the run at that time with [`crate::Input::Timer`].
    Set {
        /// The timer.
        timer: TimerId,
        /// When.
        at: Timestamp,
    },
    /// No longer.
    Clear {
        /// The timer.
        timer: TimerId,
    },
}

/// A change of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenerChange {
    /// Offer events to the run.
    Set {
        /// The listener.
        listen: ListenId,
        /// The types of events that can match; none is any type. A coarse sieve: what
        /// passes it is put to [`crate::Run::wants`].
        types: Option<Vec<String>>,
        /// The number of the journal entry that made it: events that the run consumed in a
        /// later entry are still offered.
        since: u64,
    },
    /// No longer.
    Clear {
        /// The listener.
        listen: ListenId,
    },
}

/// A change of a child.
#[derive(Clone, Debug, PartialEq)]
pub enum ChildChange {
    /// Start it, once: its key makes a second start find the first.
    Start(ChildStart),
    /// Cancel it; its end is no longer wanted.
    Cancel {
        /// Which.
        child: ChildId,
        /// The key that it was started with.
        key: String,
    },
}

/// A child run that is to be started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildStart {
    /// Which.
    pub child: ChildId,
    /// The idempotency key of the start.
    pub key: String,
    /// What to start.
    pub workflow: ChildTarget,
    /// Its input.
    pub input: Payload,
    /// Whether its start is fed back as [`crate::Input::ChildStarted`].
    pub announce: bool,
    /// Whether its end is fed back as [`crate::Input::ChildEnded`]; if not, it is nobody's
    /// child and outlives its parent. A start that fails is fed back in any case.
    pub attached: bool,
}

/// What a child runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChildTarget {
    /// A workflow by name.
    Named(WorkflowRef),
    /// The deployed workflow of the parent: what a schedule starts.
    Own,
}

/// Rows that are no run of this engine.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A row that is not what an engine writes.
    #[error("state row {key} cannot be read")]
    Malformed {
        /// Which row.
        key: u32,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Written by a newer engine.
    #[error(
        "state row {key} has version {found}; this host knows versions up to {known}: use a newer host"
    )]
    TooNew {
        /// Which row.
        key: u32,
        /// Its version.
        found: u16,
        /// The newest that this engine reads.
        known: u16,
    },
    /// No root row.
    #[error("the root row is missing")]
    NoRoot,
}
