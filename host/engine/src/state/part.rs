//! Parts: what a task that has many of something keeps of each, in rows of their own: outputs
//! of branches, events that were taken, children of a `map` and their results.

use segue_model::payload::Payloads;
use segue_model::{Payload, Problem};
use serde::{Deserialize, Serialize};

use super::{ChildId, ScopeId};

/// Whose part, and which.
pub(crate) type PartKey = (ScopeId, u32);

/// A part row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Part {
    /// The scope whose active task it belongs to.
    pub(crate) of: ScopeId,
    /// Its place among the parts of that task.
    pub(crate) index: u32,
    pub(crate) state: PartState,
}

/// What is known of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PartState {
    /// It has its result.
    Done(Payload),
    /// It has failed.
    Failed(Box<Problem>),
    /// A child run that has not ended.
    Child(ChildId),
    /// An event of a `foreach`, kept for what decides when there are enough, and the output
    /// of its iteration.
    Event {
        event: Payload,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Payload>,
    },
}

impl Payloads for Part {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        match &mut self.state {
            PartState::Done(output) => visit(output),
            PartState::Event { event, output } => {
                visit(event);
                output.iter_mut().for_each(visit);
            }
            PartState::Failed(_) | PartState::Child(_) => {}
        }
    }
}
