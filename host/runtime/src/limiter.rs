//! Memory, table and instance limits of one attempt, over all instances of its component.

use segue_model::StepLimits;
use segue_model::outcome::Stop;
use wasmtime::ResourceLimiter;

use crate::engine::POOL_TABLE_ELEMENTS;
use crate::stop::{HostFailure, StopSignal};

/// Stops a guest that wants more than its limits instead of telling it "no": few guests
/// handle a failed `memory.grow`, and a stop names the limit and the place.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory: Gauge,
    table: Gauge,
    instances: usize,
}

/// How wasmtime says that a memory's type has no room for a growth.
const PAST_THE_TYPE: &str = "exceeds memory type's limits";

/// One quantity: what is held, the most that was held, and the most that may be.
#[derive(Debug)]
struct Gauge {
    held: u64,
    peak: u64,
    limit: u64,
}

impl Gauge {
    fn new(limit: u64) -> Self {
        Gauge {
            held: 0,
            peak: 0,
            limit,
        }
    }

    /// Whether `more` fits; takes it if it does.
    fn grow(&mut self, more: u64) -> bool {
        let wanted = self.held.saturating_add(more);
        if wanted > self.limit {
            return false;
        }
        self.held = wanted;
        self.peak = self.peak.max(wanted);
        true
    }
}

impl Limiter {
    pub(crate) fn new(limits: &StepLimits) -> Self {
        Limiter {
            memory: Gauge::new(limits.memory_bytes),
            table: Gauge::new(limits.table_elements.min(POOL_TABLE_ELEMENTS as u64)),
            instances: usize::try_from(limits.instances).unwrap_or(usize::MAX),
        }
    }

    /// The most linear memory that was held, in bytes.
    pub(crate) fn memory_peak(&self) -> u64 {
        self.memory.peak
    }
}

fn added(current: usize, desired: usize) -> u64 {
    u64::try_from(desired.saturating_sub(current)).unwrap_or(u64::MAX)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A growth past the guest's own declared maximum fails without us.
        if maximum.is_some_and(|m| desired > m) {
            return Ok(false);
        }
        if self.memory.grow(added(current, desired)) {
            return Ok(true);
        }
        let detail = format!(
            "linear memory of {} bytes asked for, {} bytes allowed; raise `memory-bytes` if the step needs it",
            self.memory.held.saturating_add(added(current, desired)),
            self.memory.limit
        );
        Err(StopSignal::new(Stop::Memory, detail).into())
    }

    /// A growth past what the memory's type can have never came to `memory_growing`: the
    /// guest is told "no". Any other failure is the machine's, and what a guest would make
    /// of it depends on the machine: the attempt ends.
    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if error.to_string().contains(PAST_THE_TYPE) {
            return Ok(());
        }
        let detail = format!("the machine gave no memory that the limits allow: {error:#}");
        Err(HostFailure(detail).into())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // `maximum` is the guest's own or, where it has none, the pool's.
        if maximum.is_some_and(|m| desired > m && m < POOL_TABLE_ELEMENTS) {
            return Ok(false);
        }
        if self.table.grow(added(current, desired)) {
            return Ok(true);
        }
        let detail = format!(
            "tables of {} elements asked for, {} allowed; raise `table-elements` if the step needs them",
            self.table.held.saturating_add(added(current, desired)),
            self.table.limit
        );
        Err(StopSignal::new(Stop::Table, detail).into())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(memory_bytes: u64, table_elements: u64) -> Limiter {
        Limiter::new(&StepLimits {
            memory_bytes,
            table_elements,
            ..StepLimits::default()
        })
    }

    fn stop(error: &wasmtime::Error) -> Stop {
        error.downcast_ref::<StopSignal>().unwrap().stop
    }

    #[test]
    fn memories_count_together() {
        let mut limiter = limiter(100, 10);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        let error = limiter.memory_growing(40, 41, None).unwrap_err();
        assert_eq!(stop(&error), Stop::Memory);
        assert_eq!(limiter.memory_peak(), 100);
    }

    #[test]
    fn a_growth_that_cannot_be_gives_nothing_back() {
        let mut limiter = limiter(100, 10);
        for _ in 0..10 {
            // What a guest could try to make the count forget what it holds.
            assert!(limiter.memory_growing(0, 10, None).unwrap());
            let past = wasmtime::Error::msg("memory growth exceeds memory type's limits");
            limiter.memory_grow_failed(past).unwrap();
        }
        assert!(limiter.memory_growing(10, 20, None).is_err());
    }

    #[test]
    fn a_machine_without_memory_is_the_hosts_fault() {
        let error = limiter(100, 10).memory_grow_failed(wasmtime::Error::msg("mmap failed"));
        assert!(error.unwrap_err().is::<HostFailure>());
    }

    #[test]
    fn a_guests_own_maximum_is_its_own_affair() {
        let mut limiter = limiter(100, 10);
        assert!(!limiter.memory_growing(0, 200, Some(150)).unwrap());
    }

    #[test]
    fn tables_stop_as_tables() {
        let mut limiter = limiter(100, 10);
        assert!(limiter.table_growing(0, 10, None).unwrap());
        let error = limiter.table_growing(10, 11, None).unwrap_err();
        assert_eq!(stop(&error), Stop::Table);
    }
}
