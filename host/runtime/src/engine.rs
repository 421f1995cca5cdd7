//! The wasmtime engines: one configuration, two pools (small and large guests), one ticker.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use wasmtime::component::Component;
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig,
    WasmBacktraceDetails,
};

use crate::options::{Allocation, PoolOptions, RuntimeError};

/// How often guests are looked at from outside, in milliseconds: the grain of deadlines and
/// of taking turns. A tick costs a guest one comparison.
pub(crate) const EPOCH_TICK_MS: u64 = 10;

/// The stack of WebAssembly code: wasmtime's default, and what "stack overflow" means.
const WASM_STACK_BYTES: usize = 512 << 10;
/// The whole stack of a sandbox. What `WASM_STACK_BYTES` leaves is for host functions, whose
/// overflow would abort the process.
const ASYNC_STACK_BYTES: usize = 2 << 20;

/// The most elements that a pooled table can have; the ceiling of `table-elements`. It is
/// address space, not memory.
pub(crate) const POOL_TABLE_ELEMENTS: usize = 100_000;
/// The size of one core instance's or component's bookkeeping: Python's is above 1 MiB.
const INSTANCE_BYTES_MAX: usize = 4 << 20;
/// Memory that a slot keeps between guests: nearly all that a small guest touches, so that
/// resetting it is a copy and not a page fault per page.
const SMALL_KEEP_BYTES: usize = 4 << 20;
/// The same for a large guest: Python starts with 20 MiB.
const LARGE_KEEP_BYTES: usize = 32 << 20;
/// What is kept where the kernel cannot say which pages were touched (before Linux 6.7):
/// more makes resetting slower, not faster.
const BLIND_KEEP_BYTES: usize = 64 << 10;
/// Tables are small; what a slot keeps of each.
const TABLE_KEEP_BYTES: usize = 64 << 10;
/// Core instances, memories and tables of a small guest's component. A larger one is large.
const SMALL_INSTANCES: u32 = 12;
const SMALL_MEMORIES: u32 = 2;
const SMALL_TABLES: u32 = 4;
/// The same for a large guest: Python has nine core modules; the limit `instances` of an
/// attempt ends at 64.
const LARGE_INSTANCES: u32 = 64;
const LARGE_MEMORIES: u32 = 16;
const LARGE_TABLES: u32 = 32;

/// How memory is laid out in compiled code. Code of one layout does not run in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// 4 GiB of address space per memory, no bounds checks.
    Reserved,
    /// Memory as it grows, with bounds checks: for hosts that may not reserve.
    Dynamic,
}

impl Layout {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Layout::Reserved => "reserved",
            Layout::Dynamic => "dynamic",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Layout::Reserved, Layout::Dynamic]
            .into_iter()
            .find(|layout| layout.name() == name)
    }
}

/// The configuration that decides what code looks like: the same in the host and in the
/// compile worker.
fn config(layout: Layout) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .concurrency_support(false)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(ASYNC_STACK_BYTES)
        // The same bits everywhere, so that a pure step can be re-executed elsewhere.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // On by default and used by no guest kit: less to be wrong about. (Tail calls stay:
        // QuickJS's runtime has them; so does multi-memory: wasmtime joins composed components
        // with it. GC, exceptions and threads are not even built in.)
        .wasm_memory64(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false)
        // Whether file names stand in a trap's message must not depend on the environment.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    if layout == Layout::Dynamic {
        config
            .memory_reservation(0)
            .memory_guard_size(64 << 10)
            .memory_reservation_for_growth(1 << 20);
    }
    config
}

/// An engine that compiles and runs nothing.
pub(crate) fn compiling_engine(layout: Layout) -> wasmtime::Result<Engine> {
    Engine::new(&config(layout))
}

/// An engine of the same settings and pool as small guests get, for the benchmark's bare
/// side.
pub fn bare_engine(slots: u32) -> wasmtime::Result<Engine> {
    pooled(&config(Layout::Reserved), &Size::SMALL, slots)
}

/// What tells the two pools apart.
struct Size {
    keep_bytes: usize,
    instances: u32,
    memories: u32,
    tables: u32,
}

impl Size {
    const SMALL: Size = Size {
        keep_bytes: SMALL_KEEP_BYTES,
        instances: SMALL_INSTANCES,
        memories: SMALL_MEMORIES,
        tables: SMALL_TABLES,
    };
    const LARGE: Size = Size {
        keep_bytes: LARGE_KEEP_BYTES,
        instances: LARGE_INSTANCES,
        memories: LARGE_MEMORIES,
        tables: LARGE_TABLES,
    };
}

fn pooled(config: &Config, size: &Size, slots: u32) -> wasmtime::Result<Engine> {
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let keep = |bytes: usize| {
        if scan {
            bytes
        } else {
            bytes.min(BLIND_KEEP_BYTES)
        }
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.pagemap_scan(if scan { Enabled::Yes } else { Enabled::No })
        .linear_memory_keep_resident(keep(size.keep_bytes))
        .table_keep_resident(keep(TABLE_KEEP_BYTES))
        .max_unused_warm_slots(slots)
        .total_component_instances(slots)
        .total_stacks(slots)
        .total_core_instances(slots.saturating_mul(size.instances))
        .total_memories(slots.saturating_mul(size.memories))
        .total_tables(slots.saturating_mul(size.tables))
        .max_core_instances_per_component(size.instances)
        .max_memories_per_component(size.memories)
        .max_tables_per_component(size.tables)
        .max_tables_per_module(size.tables)
        .table_elements(POOL_TABLE_ELEMENTS)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_component_instance_size(INSTANCE_BYTES_MAX);
    let mut config = config.clone();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// One pool of sandboxes and the right to use one.
#[derive(Clone)]
pub(crate) struct Class {
    pub(crate) engine: Engine,
    /// As many permits as the pool has slots: who finds none waits.
    pub(crate) slots: Arc<Semaphore>,
}

impl Class {
    fn new(engine: Engine, slots: u32) -> Self {
        let slots = Arc::new(Semaphore::new(slots as usize));
        Class { engine, slots }
    }
}

/// The engines of a runtime.
pub(crate) struct Engines {
    pub(crate) small: Class,
    pub(crate) large: Class,
    pub(crate) layout: Layout,
    pub(crate) pooling: bool,
}

impl Engines {
    /// Pools if it may and can, else allocates on demand.
    pub(crate) fn new(options: &PoolOptions) -> Result<Self, RuntimeError> {
        let (small, large) = (options.small_slots.max(1), options.large_slots.max(1));
        if options.allocation == Allocation::Auto {
            match Self::pooling(small, large) {
                Ok(engines) => return engines.ticking(),
                Err(error) => {
                    tracing::warn!(%error, "no pool could be reserved; sandboxes are allocated on demand, which is slower");
                }
            }
        }
        Self::on_demand(small, large)
            .map_err(|e| RuntimeError::Engine {
                detail: format!("{e:#}"),
            })?
            .ticking()
    }

    fn pooling(small: u32, large: u32) -> wasmtime::Result<Self> {
        let config = config(Layout::Reserved);
        Ok(Engines {
            small: Class::new(pooled(&config, &Size::SMALL, small)?, small),
            large: Class::new(pooled(&config, &Size::LARGE, large)?, large),
            layout: Layout::Reserved,
            pooling: true,
        })
    }

    fn on_demand(small: u32, large: u32) -> wasmtime::Result<Self> {
        let config = config(Layout::Dynamic);
        Ok(Engines {
            small: Class::new(Engine::new(&config)?, small),
            large: Class::new(Engine::new(&config)?, large),
            layout: Layout::Dynamic,
            pooling: false,
        })
    }

    fn ticking(self) -> Result<Self, RuntimeError> {
        start_ticker([&self.small, &self.large].map(|class| class.engine.weak())).map_err(
            |error| RuntimeError::Engine {
                detail: format!("cannot start the epoch thread: {error}"),
            },
        )?;
        Ok(self)
    }

    /// Whether a component, loaded into the small engine, belongs there.
    pub(crate) fn is_small(component: &Component) -> bool {
        // Wasm pages.
        let memory_max = (SMALL_KEEP_BYTES >> 16) as u64;
        component.resources_required().is_some_and(|needs| {
            needs.num_memories <= SMALL_MEMORIES
                && needs.num_tables <= SMALL_TABLES
                && needs.max_initial_memory_size.unwrap_or(0) <= memory_max
        })
    }

    /// Names everything that results of pure steps depend on beside component, limits,
    /// input and seed: the engine's version, target and settings, and our own world.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.small.engine)
    }
}

/// Changes whenever the deterministic world changes what a guest sees (clocks, randomness,
/// linked functions).
const WORLD_VERSION: &[u8] = b"segue world 1";

fn fingerprint(engine: &Engine) -> String {
    let mut hasher = Fingerprint(Sha256::new());
    hasher.write(WORLD_VERSION);
    hasher.write(std::env::consts::ARCH.as_bytes());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let digest = hasher.0.finalize();
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Feeds `Hash` into SHA-256, whose result is the same in every process.
struct Fingerprint(Sha256);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    /// Unused: the digest is read instead.
    fn finish(&self) -> u64 {
        0
    }
}

/// Advances the epoch of all engines until the last one is gone.
fn start_ticker(engines: [EngineWeak; 2]) -> std::io::Result<()> {
    let tick = Duration::from_millis(EPOCH_TICK_MS);
    let body = move || {
        loop {
            std::thread::sleep(tick);
            let alive: Vec<Engine> = engines.iter().filter_map(EngineWeak::upgrade).collect();
            if alive.is_empty() {
                return;
            }
            alive.iter().for_each(Engine::increment_epoch);
        }
    };
    std::thread::Builder::new()
        .name("segue-epoch".to_owned())
        .spawn(body)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_the_same_for_pool_and_worker_and_tells_layouts_apart() {
        let options = PoolOptions::default();
        let engines = Engines::new(&options).unwrap();
        let worker = compiling_engine(engines.layout).unwrap();
        assert_eq!(engines.fingerprint(), fingerprint(&worker));
        let dynamic = compiling_engine(Layout::Dynamic).unwrap();
        let reserved = compiling_engine(Layout::Reserved).unwrap();
        assert_ne!(fingerprint(&dynamic), fingerprint(&reserved));
    }

    #[test]
    fn layouts_have_names() {
        for layout in [Layout::Reserved, Layout::Dynamic] {
            assert_eq!(Layout::parse(layout.name()), Some(layout));
        }
    }
}
