//! Wall and monotonic clocks, and waiting: virtual for pure steps, real for effectful ones.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use segue_model::Timestamp;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::meter::Stopwatch;
use crate::world::io::IoView;

/// How far the virtual monotonic clock moves with every read, in nanoseconds. A runtime
/// that spins until a moment 10 ms ahead must get there: it takes 1,000 reads.
pub(crate) const TICK_NS: u64 = 10_000;

/// Where the virtual monotonic clock starts: one second, because some runtimes take 0 for
/// "not yet set".
const MONOTONIC_START_NS: u64 = 1_000_000_000;

/// Both clocks of a sandbox, and the timers that wait on the monotonic one.
#[derive(Debug)]
pub(crate) struct Clock {
    mode: Mode,
    /// Deadlines of the timers that the guest holds, by the handle of their pollable.
    timers: HashMap<u32, u64>,
}

#[derive(Debug)]
enum Mode {
    Virtual {
        wall: Timestamp,
        now_ns: u64,
    },
    /// Real time from the moment of the switch, on top of where the virtual clock stood,
    /// so that the guest never sees it go backwards.
    Real {
        base_ns: u64,
        since: Watch,
    },
}

struct Watch(Stopwatch);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Clock {
    /// A frozen wall clock and a virtual monotonic clock.
    pub(crate) fn frozen(wall: Timestamp) -> Self {
        let mode = Mode::Virtual {
            wall,
            now_ns: MONOTONIC_START_NS,
        };
        Clock {
            mode,
            timers: HashMap::new(),
        }
    }

    /// Moves the wall clock; the monotonic one goes on.
    pub(crate) fn freeze_at(&mut self, wall: Timestamp) {
        let now_ns = self.peek();
        self.mode = Mode::Virtual { wall, now_ns };
    }

    /// Lets both clocks run.
    pub(crate) fn go_real(&mut self) {
        let base_ns = self.peek();
        let since = Watch(Stopwatch::start());
        self.mode = Mode::Real { base_ns, since };
    }

    /// Whether time passes by itself.
    pub(crate) fn is_real(&self) -> bool {
        matches!(self.mode, Mode::Real { .. })
    }

    /// The monotonic time in nanoseconds, without the tick that a guest's read makes.
    pub(crate) fn peek(&self) -> u64 {
        match &self.mode {
            Mode::Virtual { now_ns, .. } => *now_ns,
            Mode::Real { base_ns, since } => {
                let passed = u64::try_from(since.0.elapsed().as_nanos()).unwrap_or(u64::MAX);
                base_ns.saturating_add(passed)
            }
        }
    }

    /// What a guest reads.
    fn read(&mut self) -> u64 {
        if let Mode::Virtual { now_ns, .. } = &mut self.mode {
            *now_ns = now_ns.saturating_add(TICK_NS);
        }
        self.peek()
    }

    fn wall(&self) -> Duration {
        match &self.mode {
            Mode::Virtual { wall, .. } => Duration::from_millis(wall.0),
            Mode::Real { .. } => real_wall(),
        }
    }

    /// Lets a virtual clock jump to `deadline`, as if it had waited.
    pub(crate) fn jump_to(&mut self, deadline: u64) {
        if let Mode::Virtual { now_ns, .. } = &mut self.mode {
            *now_ns = (*now_ns).max(deadline);
        }
    }

    /// When the timer behind that handle is due; `None` if the handle is no timer.
    pub(crate) fn timer(&self, handle: u32) -> Option<u64> {
        self.timers.get(&handle).copied()
    }

    pub(crate) fn forget_timer(&mut self, handle: u32) {
        self.timers.remove(&handle);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "effectful steps see the real wall clock; their results are recorded"
)]
fn real_wall() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Seconds since 1970, for what the host itself signs with a time.
pub(crate) fn real_seconds() -> u64 {
    real_wall().as_secs()
}

/// The table entry behind a timer's pollable. Its deadline stands in [`Clock::timers`]:
/// whoever waits does so through [`IoView`], which knows how time passes here.
struct TimerSlot;

#[wasmtime_wasi::async_trait]
impl Pollable for TimerSlot {
    async fn ready(&mut self) {}
}

impl IoView<'_> {
    fn timer_at(&mut self, deadline: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let slot = self.table.push(TimerSlot)?;
        let pollable = subscribe(self.table, slot)?;
        self.clock.timers.insert(pollable.rep(), deadline);
        Ok(pollable)
    }
}

impl wall_clock::Host for IoView<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let now = self.clock.wall();
        Ok(wall_clock::Datetime {
            seconds: now.as_secs(),
            nanoseconds: now.subsec_nanos(),
        })
    }

    /// Milliseconds: what is recorded has no more.
    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: 1_000_000,
        })
    }
}

impl monotonic_clock::Host for IoView<'_> {
    fn now(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        Ok(self.clock.read())
    }

    fn resolution(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        Ok(TICK_NS)
    }

    fn subscribe_instant(
        &mut self,
        when: monotonic_clock::Instant,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        self.timer_at(when)
    }

    fn subscribe_duration(
        &mut self,
        duration: monotonic_clock::Duration,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let deadline = self.clock.peek().saturating_add(duration);
        self.timer_at(deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_virtual_clock_ticks_per_read_and_never_by_itself() {
        let mut clock = Clock::frozen(Timestamp(42));
        let first = clock.read();
        assert_eq!(clock.read(), first + TICK_NS);
        assert_eq!(clock.peek(), clock.peek());
        assert_eq!(clock.wall(), Duration::from_millis(42));
    }

    #[test]
    fn a_wait_jumps_forward_and_never_back() {
        let mut clock = Clock::frozen(Timestamp(0));
        let start = clock.peek();
        clock.jump_to(start + 5);
        clock.jump_to(start);
        assert_eq!(clock.peek(), start + 5);
        clock.jump_to(u64::MAX);
        assert_eq!(clock.read(), u64::MAX);
    }

    #[test]
    fn going_real_does_not_turn_the_monotonic_clock_back() {
        let mut clock = Clock::frozen(Timestamp(0));
        clock.jump_to(9_000_000_000_000_000);
        clock.go_real();
        assert!(clock.peek() >= 9_000_000_000_000_000 && clock.is_real());
    }
}
