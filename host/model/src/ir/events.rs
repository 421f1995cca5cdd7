//! Events in a workflow: `emit`, `listen`, and the strategies that choose events (OWS DSL
//! 1.0.3, "Events"). An event is a CloudEvents 1.0 envelope as a JSON object.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BlockId, Export, ExprId, Output, Template};

/// `emit`. The output of the task is the event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Emit {
    /// `event.with`: the attributes that the author gives. `id`, `source`, `time` and
    /// `specversion` are filled in where they are missing.
    pub event: Template,
}

/// `listen`. The output is the ordered array of consumed events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listen {
    /// Which events.
    pub to: Strategy,
    /// What of an event the task gets.
    #[serde(default)]
    pub read: Read,
    /// Runs for each event; with it, the output is the ordered array of its outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreach: Option<Foreach>,
}

/// Which events a listener consumes, and when it has enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The first event that matches.
    One(Filter),
    /// Events that match any of the filters (no filter: every event): the first one, or
    /// with `until` as many as come before it holds.
    Any {
        /// The filters.
        filters: Vec<Filter>,
        /// When there are enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Until>,
    },
    /// One event for each of the filters.
    All(Vec<Filter>),
}

/// The end of `any`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// A condition; its `.` is the array of the events consumed so far. Checked after each.
    When(ExprId),
    /// These events were seen; they are not part of the output. Never has an `until` itself.
    Events(Box<Strategy>),
}

/// What an event must be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// `with`: tests by attribute name (`data` is one).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<(String, Test)>,
    /// `correlate`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub correlate: Vec<Correlation>,
}

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// Equal to this value.
    Equals(Value),
    /// A string that this anchored regular expression (`^…$`) matches.
    Matches(String),
    /// `.` is the attribute's value. A boolean is the answer; anything else is compared with
    /// the attribute.
    Expr(ExprId),
}

/// `correlate.<key>`: keys of one name are shared by the filters of a listener.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// The key.
    pub key: String,
    /// Evaluated on the envelope.
    pub from: ExprId,
    /// What it must equal; without it, the first extracted value binds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Template>,
}

/// What of an event goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Read {
    /// Its `data`.
    #[default]
    Data,
    /// The whole envelope as an object.
    Envelope,
    /// The envelope as text, as it came.
    Raw,
}

/// `foreach` of a `listen`: events queue, first in first out, while an iteration runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Foreach {
    /// The name of the item variable, without `$`.
    pub item: String,
    /// The name of the index variable, without `$`.
    pub at: String,
    /// The block; none: the event itself is the iteration's output.
    #[serde(default, rename = "do", skip_serializing_if = "Option::is_none")]
    pub body: Option<BlockId>,
    /// `output` of an iteration.
    #[serde(default)]
    pub output: Output,
    /// `export` of an iteration.
    #[serde(default)]
    pub export: Export,
}
