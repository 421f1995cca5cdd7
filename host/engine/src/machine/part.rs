//! Parts of tasks that have many: set and dropped, and put together to an output.

use segue_model::Payload;
use segue_model::payload::{Extent, PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX};
use segue_model::problem::Kind;
use serde_json::Value;

use super::Machine;
use crate::data::{Evaluated, Fault};
use crate::dirty::Place;
use crate::state::{Part, PartKey, PartState, ScopeId};

impl Machine<'_> {
    /// Sets what is known of a part; its row keeps its key.
    pub(super) fn set_part(&mut self, (of, index): PartKey, state: PartState) {
        let key = (of, index);
        let row = match self.remove_part(key) {
            Some(row) => row,
            None => self.next_row(),
        };
        self.run.dirty.removed.remove(&row);
        self.run.index.add_part(key, row, &state);
        self.run.parts.insert(key, Part { of, index, state });
        self.run.dirty.changed.insert(Place::Part(key));
    }

    fn remove_part(&mut self, key: PartKey) -> Option<u32> {
        let part = self.run.parts.remove(&key)?;
        let row = self.run.index.remove_part(key, &part.state)?;
        self.run.dirty.remove(Place::Part(key), row);
        Some(row)
    }

    /// Forgets the parts of a task; children among them that have not ended are cancelled.
    pub(super) fn drop_parts(&mut self, of: ScopeId) {
        let range = (of, 0)..=(of, u32::MAX);
        let keys: Vec<PartKey> = self.run.parts.range(range).map(|(key, _)| *key).collect();
        for key in keys {
            if let Some(PartState::Child(child)) = self.run.parts.get(&key).map(|p| &p.state) {
                self.cancel_child(*child);
            }
            self.remove_part(key);
        }
    }

    /// The parts of a task, in order.
    pub(super) fn parts(&self, of: ScopeId) -> impl Iterator<Item = &PartState> {
        let range = (of, 0)..=(of, u32::MAX);
        self.run.parts.range(range).map(|(_, part)| &part.state)
    }

    /// Takes the parts of a task and makes an array of what `value` gives for each.
    pub(super) fn gather(&mut self, of: ScopeId, value: impl Fn(&PartState) -> Value) -> Payload {
        let values = self.parts(of).map(value).collect();
        self.drop_parts(of);
        Payload::new(Value::Array(values))
    }
}

/// Adds what a part has come to: all parts together are one value, and no larger than one
/// may be.
pub(super) fn add_bytes(bytes: usize, part: &Payload, what: &str) -> Evaluated<usize> {
    let extent = Extent::of(part.value());
    let sum = bytes.saturating_add(extent.bytes);
    if sum > PAYLOAD_BYTES_MAX {
        let detail = format!("{what} together have more than {PAYLOAD_BYTES_MAX} bytes of JSON");
        return Err(Fault::new(Kind::LimitReached, detail).for_good());
    }
    // Two more levels stand around it: the array, and an object of `map`.
    if extent.depth + 2 > PAYLOAD_DEPTH_MAX {
        let detail = format!("{what} nest deeper than {PAYLOAD_DEPTH_MAX} levels");
        return Err(Fault::new(Kind::LimitReached, detail).for_good());
    }
    Ok(sum)
}

/// The value of a part that is done.
pub(super) fn done(part: &PartState) -> Value {
    match part {
        PartState::Done(output)
        | PartState::Event {
            output: Some(output),
            ..
        } => output.value().clone(),
        PartState::Event { event, .. } => event.value().clone(),
        PartState::Failed(_) | PartState::Child(_) => Value::Null,
    }
}
