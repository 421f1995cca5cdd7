//! The whole invocation path beside bare wasmtime: the same component, engine settings, pool
//! and limits, turn by turn in one run.
//!
//! `cargo xtask bench sandbox` builds it with optimisation and runs it. Its last line is
//! `sandbox: rust ratio R`, our median over the bare one's.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark: it measures, prints, and may stop at the first surprise"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use segue_model::context::StepContext;
use segue_model::ir::{Auths, GrantsOf};
use segue_model::{
    Digest, Grants, IdempotencyKey, Invocation, Outcome, Payload, RunId, Seed, StepLimits,
    Timestamp, World,
};
use segue_runtime::{Compiler, HostKey, Options, Runtime, Silent};
use serde_json::json;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};

mod bindings {
    //! The contract, as a bare host would bind it.
    #![allow(missing_docs, clippy::all, clippy::unwrap_used, reason = "generated")]
    wasmtime::component::bindgen!({
        path: "../../wit/since-v0.1.0",
        world: "segue:plugin/steps",
        imports: { default: trappable },
        exports: { default: async },
        require_store_data_send: true,
    });
}
use bindings::exports::segue::plugin::step_handler::Context;
use bindings::segue::plugin::progress;
use bindings::wasi::logging::logging;

/// As in the binary, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Calls of each side in one turn, and turns.
const CALLS: usize = 100;
const TURNS: usize = 200;
/// Turns that only warm up.
const WARM_TURNS: usize = 20;
/// Sandboxes in the bare pool: as many as ours has for small guests.
const SLOTS: u32 = 64;

fn main() {
    let path = std::env::args().nth(1).expect("the path of the component");
    let component = std::fs::read(path).expect("a readable component");
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a tokio runtime");
    tokio.block_on(async {
        let ours = Ours::new(&component).await;
        let bare = Bare::new(&component);
        let (mut our_times, mut bare_times) = (Vec::new(), Vec::new());
        for turn in 0..WARM_TURNS + TURNS {
            let (ours, bare) = (ours.turn().await, bare.turn().await);
            if turn >= WARM_TURNS {
                our_times.extend(ours);
                bare_times.extend(bare);
            }
        }
        let (ours, bare) = (Summary::of(our_times), Summary::of(bare_times));
        println!(
            "segue         p50 {:6.1} µs   p99 {:6.1} µs",
            ours.p50, ours.p99
        );
        println!(
            "bare wasmtime p50 {:6.1} µs   p99 {:6.1} µs",
            bare.p50, bare.p99
        );
        println!("sandbox: rust ratio {:.2}", ours.p50 / bare.p50);
    });
}

struct Summary {
    p50: f64,
    p99: f64,
}

impl Summary {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e6;
        Summary {
            p50: at(50),
            p99: at(99),
        }
    }
}

/// Our side.
struct Ours {
    runtime: Runtime,
    invocation: Invocation,
    _cache: tempfile::TempDir,
}

impl Ours {
    async fn new(component: &[u8]) -> Self {
        let cache = tempfile::tempdir().expect("a directory");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(cache.path(), private).expect("a private directory");
        let dir = Dir::open_ambient_dir(cache.path(), ambient_authority()).expect("the cache");
        let options = Options::new(dir, HostKey([1; 32]), Compiler::InProcess);
        let runtime = Runtime::new(options).expect("a runtime");
        let digest = Digest::of(component);
        runtime.load(digest, component).await.expect("it loads");
        Ours {
            runtime,
            invocation: invocation(digest),
            _cache: cache,
        }
    }

    async fn turn(&self) -> Vec<Duration> {
        let mut times = Vec::with_capacity(CALLS);
        let observer = Arc::new(Silent);
        for _ in 0..CALLS {
            let start = Instant::now();
            let report = self
                .runtime
                .invoke(&self.invocation, observer.clone())
                .await;
            times.push(start.elapsed());
            let Outcome::Completed { output } = report.outcome else {
                panic!("no output: {report:?}")
            };
            assert_eq!(output.text(), "{\"n\":42}");
        }
        times
    }
}

fn invocation(component: Digest) -> Invocation {
    let run = RunId::new(1_750_000_000_000, [3; 10]);
    Invocation {
        component,
        plugin: "counter:0.1.0".to_owned(),
        step: "run".to_owned(),
        input: Payload::new(json!({"n": 41})),
        context: StepContext {
            idempotency_key: IdempotencyKey::derive(&run, "/do/0/run", "", 0),
            run,
            workflow: "bench/sandbox:1.0.0".to_owned(),
            task: "/do/0/run".to_owned(),
            iteration: 0,
            attempt: 1,
            deadline: Timestamp(1_750_000_060_000),
            trace_parent: None,
        },
        limits: StepLimits::default(),
        grants: Grants::default(),
        grants_of: GrantsOf::Plugin,
        world: World::Deterministic {
            now: Timestamp(1_750_000_000_000),
            seed: Seed([9; 32]),
        },
        auth: Auths::default(),
        secrets: Vec::new(),
    }
}

/// The bare side: instantiate, call, and nothing else.
struct Bare {
    engine: Engine,
    steps: bindings::StepsPre<BareState>,
    context: Context,
    limits: StepLimits,
}

struct BareState(StoreLimits);

impl logging::Host for BareState {
    fn log(&mut self, _: logging::Level, _: String, _: String) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl progress::Host for BareState {
    fn report(&mut self, _: Option<f64>, _: String) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl Bare {
    fn new(component: &[u8]) -> Self {
        let engine = segue_runtime::bench::bare_engine(SLOTS).expect("an engine");
        let ticking = engine.weak();
        std::thread::spawn(move || {
            while let Some(engine) = ticking.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let mut linker = Linker::<BareState>::new(&engine);
        logging::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s).expect("logging links");
        progress::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s).expect("progress links");
        let component = Component::new(&engine, component).expect("it compiles");
        let pre = linker.instantiate_pre(&component).expect("it links");
        let context = invocation(Digest::of(b"")).context;
        Bare {
            steps: bindings::StepsPre::new(pre).expect("it is a step plugin"),
            context: Context {
                run: context.run.as_str().to_owned(),
                workflow: context.workflow,
                task: context.task,
                iteration: 0,
                attempt: 1,
                idempotency_key: context.idempotency_key.as_str().to_owned(),
                deadline: context.deadline.0,
                trace_parent: None,
            },
            limits: StepLimits::default(),
            engine,
        }
    }

    async fn turn(&self) -> Vec<Duration> {
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let start = Instant::now();
            let output = self.call().await;
            times.push(start.elapsed());
            assert_eq!(output, "{\"n\":42}");
        }
        times
    }

    async fn call(&self) -> String {
        let limits = StoreLimitsBuilder::new()
            .memory_size(self.limits.memory_bytes as usize)
            .table_elements(self.limits.table_elements as usize)
            .instances(self.limits.instances as usize)
            .memories(self.limits.instances as usize)
            .tables(self.limits.instances as usize)
            .build();
        let mut store = Store::new(&self.engine, BareState(limits));
        store.limiter(|state| &mut state.0);
        store.set_fuel(self.limits.fuel).expect("fuel is on");
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        store.set_hostcall_fuel(self.limits.host_call_bytes as usize);
        store.set_max_component_handles(self.limits.handles as usize);
        let steps = self.steps.instantiate_async(&mut store).await;
        let (step, input) = ("run", "{\"n\":41}".to_owned());
        steps
            .expect("it instantiates")
            .segue_plugin_step_handler()
            .call_run(&mut store, &self.context, step, &input)
            .await
            .expect("it runs")
            .expect("it succeeds")
    }
}
