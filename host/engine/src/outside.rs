//! What the shell asks a run before it feeds something from outside: which events it wants,
//! which callbacks it waits for.

use segue_model::{Payload, Problem};
use serde_json::Value;

use crate::plan::Plan;
use crate::run::Run;
use crate::state::{CallbackId, ListenId};

/// An `await-callback` that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingCallback {
    /// Which.
    pub callback: CallbackId,
    /// The pointer of its task.
    pub task: String,
    /// What must be shown to answer: 64 hexadecimal digits, drawn from the run's seed, so that
    /// nobody outside of the run can guess it.
    pub token: String,
    /// What a person is asked.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// What else whoever answers should see.
    pub data: Option<Payload>,
    /// The JSON Schema of the answer.
    pub form: Option<Value>,
}

impl Run {
    /// Listeners that can take an event now (one that is busy with the event before takes
    /// the next one later).
    pub fn listening(&self) -> Vec<ListenId> {
        Vec::new()
    }

    /// Whether the listener has something to do with an event: it matches, or whether it
    /// does cannot be told without an error.
    pub fn wants(&self, _plan: &Plan, _listen: ListenId, _event: &Value) -> bool {
        false
    }

    /// The callbacks that the run waits for.
    pub fn callbacks(&self, _plan: &Plan) -> Vec<PendingCallback> {
        Vec::new()
    }

    /// stub
    pub fn callback_of(&self, _token: &str) -> Option<CallbackId> {
        None
    }

    /// Checks an answer against the callback's form: what does not match is refused, and
    /// the run never hears of it.
    pub fn check_callback(
        &self,
        _plan: &Plan,
        _callback: CallbackId,
        _answer: &Value,
    ) -> Result<(), Problem> {
        Ok(())
    }
}
