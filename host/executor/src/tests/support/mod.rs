//! A host for tests, and everything around it.

mod invoker;
mod log;
mod outside;
mod replay;
mod store;
mod time;
pub(super) mod workflows;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};
use std::time::Duration;

use segue_bundle::Policy;
use segue_model::{Problem, RunId};
use segue_store::memory::MemoryStore;
use segue_store::{ManualClock, ReadRuns, RunStatus, Store};
use serde_json::{Value, json};

pub(super) use invoker::{Script, component, echo};
pub(super) use log::{Line, Log, invoke};
use replay::replayed_rows;
pub(super) use store::{Crash, LoggingStore};
pub(super) use time::JumpingSleeper;

use crate::{Entropy, Host, HostOptions, HostParts, RunView, StartRequest};

/// Longer than any test waits in the time of its own clock.
pub(super) const LONG: Duration = Duration::from_secs(30 * 86_400);

/// Grants the plugin `net` what makes its declaring steps effectful.
pub(super) const POLICY: &str = "[[plugins.net.grants.http]]\nscheme = \"https\"\n\
                                 host = \"pay.example\"\nport = 443\n";

/// Everything that outlives a host: a second one on the same world is a restart.
#[derive(Clone)]
pub(super) struct World {
    pub(super) store: LoggingStore,
    pub(super) script: Script,
    pub(super) clock: ManualClock,
    pub(super) log: Log,
    pub(super) options: HostOptions,
    pub(super) policy: Policy,
    /// Hosts on one world must not draw the same ids.
    lives: Arc<AtomicU8>,
}

impl World {
    pub(super) fn new() -> World {
        let clock = ManualClock::default();
        let log = Log::default();
        World {
            store: LoggingStore::new(MemoryStore::new(clock.clone()), log.clone()),
            script: Script::new(log.clone()),
            options: HostOptions::default(),
            policy: Policy::from_toml(POLICY).unwrap(),
            clock,
            log,
            lives: Arc::default(),
        }
    }

    /// Starts a host on this world; the store has a new owner, as after a restart.
    pub(super) async fn host(&self) -> Host {
        let life = self.lives.fetch_add(1, Ordering::Relaxed);
        let store: Arc<dyn Store> = Arc::new(self.store.take_over());
        let parts = HostParts {
            store,
            invoker: Arc::new(self.script.clone()),
            entropy: Arc::new(Counting::new(life)),
            policy: self.policy.clone(),
            options: self.options.clone(),
        };
        let sleeper = Arc::new(JumpingSleeper::new(self.clock.clone()));
        Host::start_with(parts, sleeper).await.unwrap()
    }

    /// A host with the plugins of the tests and one workflow, of these tasks.
    pub(super) async fn host_with(&self, tasks: &str) -> Host {
        let host = self.host().await;
        deploy(&host, tasks).await;
        host
    }
}

/// Deploys the plugins of the tests and the workflow `test/flow:1.0.0`.
pub(super) async fn deploy(host: &Host, tasks: &str) {
    for bytes in [pure_plugin(), net_plugin()] {
        host.deploy_plugin(bytes).await.unwrap();
    }
    host.deploy_workflow(&workflows::flow(tasks)).await.unwrap();
}

/// Steps without capabilities.
pub(super) fn pure_plugin() -> Vec<u8> {
    component("calc", "1.0.0", &["add", "double", "slow"], false)
}

/// Steps that declare HTTP.
pub(super) fn net_plugin() -> Vec<u8> {
    component("net", "1.0.0", &["charge", "notify"], true)
}

/// A request for the workflow of the tests.
pub(super) fn request(input: Value) -> StartRequest {
    StartRequest {
        workflow: "test/flow".parse().unwrap(),
        input,
        key: None,
        trace_parent: None,
    }
}

pub(super) async fn start(host: &Host) -> RunId {
    host.start_run(request(json!({}))).await.unwrap().run
}

/// Starts a run and waits until it has ended.
pub(super) async fn complete(host: &Host) -> RunView {
    let run = start(host).await;
    let view = host.wait(&run, LONG).await.unwrap();
    assert!(view.status.is_ended(), "{view:?}");
    check_rows(host.store(), &run).await;
    view
}

/// Folding a run's journal through the engine gives its state rows.
pub(super) async fn check_rows(store: &dyn Store, run: &RunId) {
    let stored = ReadRuns::load(store, run).await.unwrap().unwrap();
    let rows: Vec<(u32, String)> = stored
        .rows
        .iter()
        .map(|row| (row.key, row.body.to_string()))
        .collect();
    assert_eq!(replayed_rows(store, run).await, rows);
}

pub(super) fn kind(problem: &Problem) -> &str {
    problem.kind.rsplit(['/', ':']).next().unwrap()
}

pub(super) fn outline(view: &RunView) -> (RunStatus, Vec<String>) {
    let attempts = view.attempts.iter().map(|a| {
        let step = a.step.split_once('/').unwrap().1;
        let step = step.split_once(':').unwrap().0;
        format!("{step}#{} {:?}", a.attempt, a.outcome).to_lowercase()
    });
    (view.status, attempts.collect())
}

/// Counts where others would draw.
pub(super) struct Counting(u8, AtomicU16);

impl Counting {
    pub(super) fn new(life: u8) -> Self {
        Counting(life, AtomicU16::new(0))
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
        let count = self.1.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        if let Some(last) = bytes.last_chunk_mut() {
            *last = count;
        }
    }
}
