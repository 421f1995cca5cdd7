//! Measures: host calls, and the wall-clock time of an attempt.

use std::time::{Duration, Instant};

use segue_model::outcome::Stop;

use crate::stop::StopSignal;

/// Counts the calls of one guest into the host.
///
/// Counted in the view that every host function starts by taking, so that only real host
/// calls count, not the engine's own bookkeeping (epoch ticks would make the count depend
/// on the clock).
#[derive(Debug)]
pub(crate) struct HostCalls {
    pub(crate) count: u64,
    limit: u64,
}

impl HostCalls {
    pub(crate) fn new(limit: u64) -> Self {
        HostCalls { count: 0, limit }
    }

    pub(crate) fn enter(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// Errs once the limit is passed.
    pub(crate) fn check(&self) -> Result<(), StopSignal> {
        if self.count <= self.limit {
            return Ok(());
        }
        let detail = format!(
            "more than {} calls into the host; raise the limit `host-calls` if the step needs them",
            self.limit
        );
        Err(StopSignal::new(Stop::HostCalls, detail))
    }
}

/// Measures how long something took.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the meter: what it reads is observed, never decided on"
    )]
    pub(crate) fn start() -> Self {
        Stopwatch(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    pub(crate) fn elapsed_us(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_permitted_host_call_passes_and_the_next_stops() {
        let mut calls = HostCalls::new(2);
        calls.enter();
        calls.enter();
        assert!(calls.check().is_ok());
        calls.enter();
        assert_eq!(calls.check().unwrap_err().stop, Stop::HostCalls);
    }
}
