//! A writer that answers before its commit is on disk: what `cargo xtask chaos --sabotage` must
//! notice. It is in no build but that one's.

use std::time::Duration;

use segue_model::Timestamp;

use super::group::{Database, Fate};
use super::queue::Waiting;
use super::transaction::Care;

/// Between the answer and the commit: a window that kills hit often enough.
const WINDOW: Duration = Duration::from_millis(20);

/// Answers, then commits. A failure is told to nobody.
pub(super) fn commit_group(
    database: &mut Database,
    mut group: Vec<Waiting>,
    now: Timestamp,
) -> Fate {
    let begun = database.begin();
    let applied = begun.and_then(|fence| database.apply(&mut group, Care::Careful, now, fence));
    for waiting in group {
        waiting.work.answer(Ok(()));
    }
    std::thread::sleep(WINDOW);
    if let Err(failed) = applied.and_then(|()| database.commit()) {
        let _ = database.roll_back(failed);
    }
    Fate::Known
}
