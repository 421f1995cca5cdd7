//! Folding a journal through the engine: what every view is derived from.

use segue_engine::{Effect, Entry, Note, Plan, Run};
use segue_model::payload::Payloads;
use segue_model::{Payload, RunId};
use segue_store::JournalRow;

use crate::payloads;
use crate::refusal::LoadError;
use crate::shared::Shared;

/// Journal entries that are read at once.
const PAGE: usize = 256;

/// One entry and what followed from it.
pub(super) struct Step<'a> {
    pub(super) entry: &'a Entry,
    pub(super) row: &'a JournalRow,
    pub(super) notes: Vec<Note>,
}

/// Folds the entries 1 to `last` and shows each to `visit`.
pub(super) async fn fold(
    shared: &Shared,
    id: &RunId,
    plan: &Plan,
    last: u64,
    mut visit: impl FnMut(Step<'_>) + Send,
) -> Result<(), LoadError> {
    let mut run = Run::new(id.clone());
    let mut next = 1;
    while next <= last {
        let left = usize::try_from(last - next + 1).unwrap_or(PAGE);
        let rows = shared.store().journal(id, next, left.min(PAGE)).await?;
        let Some(end) = rows.last().map(|row| row.seq) else {
            break;
        };
        let entries: Result<Vec<Entry>, _> =
            rows.iter().map(|row| Entry::decode(&row.entry)).collect();
        let mut entries = Page(entries?);
        payloads::fill(shared.store(), &mut entries).await?;
        for (entry, row) in entries.0.iter().zip(&rows) {
            let effects = run.apply(plan, entry);
            let notes = effects.into_iter().filter_map(|effect| match effect {
                Effect::Note(note) => Some(note),
                _ => None,
            });
            visit(Step {
                entry,
                row,
                notes: notes.collect(),
            });
        }
        next = end + 1;
    }
    Ok(())
}

struct Page(Vec<Entry>);

impl Payloads for Page {
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload)) {
        for entry in &mut self.0 {
            entry.visit_payloads(visit);
        }
    }
}
