//! The attempts of a run, gathered from its notes.

use std::collections::VecDeque;

use segue_engine::{ActivityId, Note};
use segue_model::{Problem, Timestamp, Usage};
use serde::Deserialize;

use super::{ATTEMPTS_SHOWN_MAX, AttemptOutcome, AttemptView};

/// The times that are recorded beside a journal entry.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Observed {
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) wall_us: Option<u64>,
}

impl Observed {
    /// Reads what stands beside an entry. Nothing depends on it: what cannot be read is
    /// left out.
    pub(super) fn read(text: &str) -> Observed {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// The latest attempts of a run, in the order in which they began.
#[derive(Default)]
pub(crate) struct Gathered {
    latest: VecDeque<AttemptView>,
    omitted: u64,
}

/// How an attempt ended.
struct End {
    activity: ActivityId,
    attempt: u32,
    problem: Option<Problem>,
    fate_unknown: bool,
    usage: Usage,
}

impl Gathered {
    /// Takes in something that followed from an entry.
    pub(crate) fn take(&mut self, note: Note, observed: Observed) {
        match note {
            Note::AttemptStarted {
                task,
                step,
                activity,
                attempt,
                effect,
                idempotency_key,
            } => self.begin(AttemptView {
                task,
                step,
                activity,
                attempt,
                effect,
                idempotency_key,
                outcome: AttemptOutcome::Running,
                problem: None,
                fate_unknown: false,
                usage: Usage::default(),
                wall_us: None,
                started_at: None,
            }),
            Note::AttemptEnded {
                activity,
                attempt,
                problem,
                fate_unknown,
                usage,
                ..
            } => self.end(
                End {
                    activity,
                    attempt,
                    problem,
                    fate_unknown,
                    usage,
                },
                observed,
            ),
            _ => {}
        }
    }

    fn begin(&mut self, attempt: AttemptView) {
        self.latest.push_back(attempt);
        if self.latest.len() > ATTEMPTS_SHOWN_MAX {
            self.latest.pop_front();
            self.omitted += 1;
        }
    }

    fn end(&mut self, end: End, observed: Observed) {
        let found = self
            .latest
            .iter_mut()
            .rev()
            .find(|a| a.activity == end.activity && a.attempt == end.attempt);
        let Some(attempt) = found else { return };
        attempt.outcome = match (&end.problem, end.fate_unknown) {
            (_, true) => AttemptOutcome::Unknown,
            (Some(_), false) => AttemptOutcome::Failed,
            (None, false) => AttemptOutcome::Completed,
        };
        attempt.problem = end.problem;
        attempt.fate_unknown = end.fate_unknown;
        attempt.usage = end.usage;
        attempt.wall_us = observed.wall_us;
        attempt.started_at = observed.started_at.map(Timestamp::rfc3339);
    }

    /// The attempts, and how many earlier ones are left out. Those that are `in_flight` run;
    /// others without an end were abandoned.
    pub(super) fn finish(mut self, in_flight: &[(ActivityId, u32)]) -> (Vec<AttemptView>, u64) {
        for attempt in &mut self.latest {
            let key = (attempt.activity, attempt.attempt);
            if attempt.outcome == AttemptOutcome::Running && !in_flight.contains(&key) {
                attempt.outcome = AttemptOutcome::Abandoned;
            }
        }
        (self.latest.into(), self.omitted)
    }
}
