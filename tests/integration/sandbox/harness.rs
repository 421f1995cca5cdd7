//! One runtime for all tests of a process, and short ways to run a step in it.

use std::sync::{Arc, Mutex, OnceLock};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt};
use segue_model::context::StepContext;
use segue_model::ir::{Auths, GrantsOf};
use segue_model::outcome::Stop;
use segue_model::{
    AttemptReport, Capability, Digest, Grants, IdempotencyKey, Invocation, Outcome, Payload,
    Problem, RunId, Seed, StepLimits, Timestamp, World,
};
use segue_runtime::{Allocation, Compiler, HostKey, LogLevel, Observer, Options, Runtime};
use serde_json::Value;

use crate::guests;

/// What an observer heard.
#[derive(Default)]
pub struct Heard {
    pub logs: Mutex<Vec<(LogLevel, String, String)>>,
    pub progress: Mutex<Vec<(Option<f64>, String)>>,
}

impl Observer for Heard {
    fn log(&self, level: LogLevel, context: &str, message: &str) {
        let entry = (level, context.to_owned(), message.to_owned());
        self.logs.lock().unwrap().push(entry);
    }
    fn progress(&self, fraction: Option<f64>, message: &str) {
        let entry = (fraction, message.to_owned());
        self.progress.lock().unwrap().push(entry);
    }
}

/// The directory of compiled components that test processes share, so that Python is
/// compiled once and not by every process.
fn shared_cache() -> Dir {
    let path = guests::root().join("target").join("sandbox-tests");
    let parent = Dir::open_ambient_dir(guests::root().join("target"), ambient_authority());
    let mut private = DirBuilder::new();
    private.mode(0o700);
    // Another process may have been first.
    let _ = parent
        .expect("target")
        .create_dir_with("sandbox-tests", &private);
    Dir::open_ambient_dir(path, ambient_authority()).expect("the shared cache")
}

/// The compile worker is the real binary where cargo has built it for this test.
pub fn compiler() -> Compiler {
    match option_env!("CARGO_BIN_EXE_segue") {
        Some(program) => Compiler::Child {
            program: program.into(),
            args: vec!["__compile-component".into()],
        },
        None => Compiler::InProcess,
    }
}

/// Options with the shared cache.
pub fn options() -> Options {
    Options::new(shared_cache(), HostKey([7; 32]), compiler())
}

/// The runtime that most tests share.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new(options()).expect("a runtime"))
}

/// A runtime that allocates on demand, as on a host that may not reserve address space.
pub fn runtime_on_demand() -> Runtime {
    let mut options = options();
    options.pool.allocation = Allocation::OnDemand;
    Runtime::new(options).expect("a runtime")
}

/// The bytes of a built fixture or plugin.
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(guests::component(name)).expect("a readable component")
}

/// Grants that link what a component imports and refuse every call.
pub fn denied() -> Grants {
    Grants {
        deny: vec![Capability::Http],
        ..Grants::default()
    }
}

/// Why a component is refused.
pub async fn refusal(name: &str) -> Problem {
    let inspected = runtime().inspect(&bytes(name), &Grants::default()).await;
    inspected.expect_err("the component must be refused")
}

/// An attempt to be run.
pub struct Attempt {
    pub invocation: Invocation,
    component: Vec<u8>,
}

/// An attempt of the only step of a fixture, in the deterministic world.
pub fn attempt(name: &str, input: Value) -> Attempt {
    let component = bytes(name);
    let run = RunId::new(1_750_000_000_000, [3; 10]);
    let context = StepContext {
        idempotency_key: IdempotencyKey::derive(&run, "/do/0/run", "", 0),
        run,
        workflow: "test/sandbox:1.0.0".to_owned(),
        task: "/do/0/run".to_owned(),
        iteration: 0,
        attempt: 1,
        deadline: Timestamp(1_750_000_060_000),
        trace_parent: None,
    };
    let invocation = Invocation {
        component: Digest::of(&component),
        plugin: format!("{name}:0.1.0"),
        step: "run".to_owned(),
        input: Payload::new(input),
        context,
        limits: StepLimits::default(),
        grants: Grants::default(),
        grants_of: GrantsOf::Plugin,
        world: World::Deterministic {
            now: Timestamp(1_750_000_000_123),
            seed: Seed([9; 32]),
        },
        auth: Auths::default(),
        secrets: Vec::new(),
    };
    Attempt {
        invocation,
        component,
    }
}

impl Attempt {
    pub fn limits(mut self, change: impl FnOnce(&mut StepLimits)) -> Self {
        change(&mut self.invocation.limits);
        self
    }

    pub fn grants(mut self, grants: Grants) -> Self {
        self.invocation.grants = grants;
        self
    }

    pub fn step(mut self, name: &str) -> Self {
        self.invocation.step = name.to_owned();
        self
    }

    pub fn real(mut self) -> Self {
        self.invocation.world = World::Real;
        self
    }

    pub fn number(mut self, attempt: u32) -> Self {
        self.invocation.context.attempt = attempt;
        self
    }

    /// Runs it in the shared runtime.
    pub async fn run(self) -> AttemptReport {
        self.run_in(runtime()).await
    }

    pub async fn run_in(self, runtime: &Runtime) -> AttemptReport {
        self.heard_in(runtime).await.0
    }

    pub async fn heard_in(self, runtime: &Runtime) -> (AttemptReport, Arc<Heard>) {
        let heard = Arc::new(Heard::default());
        let loaded = runtime.load(self.invocation.component, &self.component);
        loaded.await.expect("the component loads");
        let report = runtime.invoke(&self.invocation, heard.clone()).await;
        (report, heard)
    }
}

/// The output of an attempt that must have completed.
pub fn output(report: &AttemptReport) -> &Value {
    match &report.outcome {
        Outcome::Completed { output } => output.value(),
        other => panic!("expected an output, got {other:?}"),
    }
}

/// Asserts which stop ended an attempt, and that the message says who it was.
pub fn assert_stop(report: &AttemptReport, want: Stop) -> &str {
    match &report.outcome {
        Outcome::Stopped { stop, detail } if *stop == want => {
            assert!(detail.starts_with("plugin "), "{detail}");
            assert!(detail.contains(", step run: "), "{detail}");
            detail
        }
        other => panic!("expected {want:?}, got {other:?}"),
    }
}
