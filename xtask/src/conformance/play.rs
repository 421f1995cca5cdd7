//! Many scenarios at once on one host, and those that need a host for themselves one after
//! another on a second one.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::api::Host;
use super::corpus::Scenario;
use super::stage;
use super::stub::Stub;

/// Scenarios at once. Most of the time they wait.
const AT_ONCE: usize = 12;

/// Why a scenario failed, and at which line.
pub(super) struct Failed<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) line: usize,
    pub(super) why: String,
}

/// Plays all; the failures, in the order of the scenarios.
pub(super) fn all<'s>(
    scenarios: &'s [Scenario],
    shared: &Host,
    own: &Host,
    stub: &Stub,
) -> Vec<Failed<'s>> {
    let failed = Mutex::new(Vec::new());
    let play = |index: usize, scenario: &'s Scenario, host: &Host| {
        if let Some((line, why)) = stage::play(scenario, host, stub) {
            let failure = Failed {
                scenario,
                line,
                why,
            };
            let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.push((index, failure));
        }
    };
    let (alone, together): (Vec<_>, Vec<_>) =
        scenarios.iter().enumerate().partition(|(_, s)| s.alone);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((index, scenario)) =
                    together.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    play(*index, scenario, shared);
                }
            });
        }
        for (index, scenario) in &alone {
            play(*index, scenario, own);
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_by_key(|(index, _)| *index);
    failed.into_iter().map(|(_, failure)| failure).collect()
}
