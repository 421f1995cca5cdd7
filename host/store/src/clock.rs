//! Where a store's time comes from: the machine in a host, the test in a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use segue_model::Timestamp;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The store's present time. It never goes back.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        C::now(self)
    }
}

/// The machine's wall clock, held still while the machine sets it back.
#[derive(Debug, Default)]
pub struct SystemClock {
    /// The latest time that was given out, in milliseconds since 1970.
    latest_ms: AtomicU64,
}

impl SystemClock {
    /// A clock that starts at the machine's time.
    pub fn new() -> Self {
        Self::default()
    }

    /// The later of `now_ms` and all that was given out before.
    fn forward(&self, now_ms: u64) -> Timestamp {
        let before = self.latest_ms.fetch_max(now_ms, Ordering::AcqRel);
        Timestamp(before.max(now_ms))
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock adapter that the ban points to"
    )]
    fn now(&self) -> Timestamp {
        let since_1970 = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        self.forward(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock that stands still until a test moves it. Clones share the time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        ManualClock(Arc::new(AtomicU64::new(start.0)))
    }

    /// Moves the clock on.
    pub fn advance_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::AcqRel);
    }

    /// Moves the clock on to `time`; a time that has passed leaves it where it is.
    pub fn advance_to(&self, time: Timestamp) {
        self.0.fetch_max(time.0, Ordering::AcqRel);
    }
}

impl Default for ManualClock {
    /// Starts on 2026-01-01, so that times in failure messages look like times.
    fn default() -> Self {
        ManualClock::new(Timestamp(1_767_225_600_000))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_set_back_does_not_set_the_clock_back() {
        let clock = SystemClock::new();
        assert_eq!(clock.forward(5_000), Timestamp(5_000));
        assert_eq!(clock.forward(4_000), Timestamp(5_000));
        assert_eq!(clock.forward(5_001), Timestamp(5_001));
        assert!(clock.now() > Timestamp(1_600_000_000_000));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::new(Timestamp(10));
        let other = clock.clone();
        other.advance_ms(5);
        assert_eq!(clock.now(), Timestamp(15));
        clock.advance_to(Timestamp(3));
        assert_eq!(other.now(), Timestamp(15));
    }
}
