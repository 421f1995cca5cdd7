//! The view of a run's journal.

use segue_engine::{Entry, Input, RunEnd};
use segue_model::{Outcome, Payload, Problem, RunId};
use serde_json::Value;

use super::JournalView;
use super::fold::fold;
use super::run::stored;
use crate::shared::Shared;

/// Entries from number `from`, at most `limit`. What followed from an entry depends on all
/// before it, so the whole journal up to there is folded.
pub(crate) async fn journal_views(
    shared: &Shared,
    id: &RunId,
    from: u64,
    limit: usize,
) -> Result<Vec<JournalView>, Problem> {
    let (stored, plan) = stored(shared, id).await?;
    let end = from.max(1).saturating_add(limit as u64);
    let last = stored.summary.seq.min(end - 1);
    let mut views = Vec::new();
    fold(shared, id, &plan, last, |step| {
        if step.entry.seq >= from {
            views.push(JournalView {
                seq: step.entry.seq,
                now: step.entry.now.rfc3339(),
                input: plain(step.entry),
                observed: serde_json::from_str(&step.row.observed).unwrap_or_default(),
                events: step.notes,
            });
        }
    })
    .await?;
    Ok(views)
}

/// An entry as people read it: payloads stand as values, not in their stored form.
fn plain(entry: &Entry) -> Value {
    let mut value = serde_json::to_value(&entry.input).unwrap_or_default();
    match &entry.input {
        Input::Start(start) => put(&mut value, "/input", &start.input),
        Input::Attempt {
            outcome: Outcome::Completed { output },
            ..
        } => put(&mut value, "/outcome/output", output),
        Input::Event { event, .. } => put(&mut value, "/event", event),
        Input::Callback { answer, .. } => put(&mut value, "/answer", answer),
        Input::ChildEnded {
            end: RunEnd::Completed { output },
            ..
        } => put(&mut value, "/end/output", output),
        _ => {}
    }
    value
}

fn put(value: &mut Value, pointer: &str, payload: &Payload) {
    if let Some(slot) = value.pointer_mut(pointer) {
        *slot = payload.value().clone();
    }
}
