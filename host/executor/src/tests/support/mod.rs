//! A host for tests, and everything around it.

mod invoker;
mod log;
mod outside;
mod outward;
mod replay;
mod store;
mod time;
pub(crate) mod workflows;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};
use std::time::Duration;

use segue_bundle::Policy;
use segue_dsl::NoCatalogs;
use segue_model::{Problem, RunId};
use segue_store::memory::MemoryStore;
use segue_store::{ManualClock, NewEvent, Page, ReadRuns, RunFilter, RunStatus, RunSummary, Store};
use serde_json::{Value, json};

pub(super) use invoker::{Included, Script, component, echo};
pub(super) use log::{Line, Log, invoke};
pub(super) use outward::{Lead, Recorder};
use replay::replayed_rows;
pub(super) use store::{Crash, LoggingStore};
pub(super) use time::JumpingSleeper;

use crate::{Builtin, Entropy, Host, HostOptions, HostParts, RunView, StartRequest};

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
    pub(super) sink: Recorder,
    pub(super) builtin: Vec<Arc<dyn Builtin>>,
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
            sink: Recorder::default(),
            builtin: Vec::new(),
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
            sinks: self.sink.port(),
            vault: Some(Arc::new(Lead)),
            catalogs: Arc::new(NoCatalogs),
            builtin: self.builtin.clone(),
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

/// Deploys another workflow of the namespace `test`.
pub(super) async fn deploy_named(host: &Host, name: &str, version: &str, body: &str) {
    let source = workflows::document(name, version, body);
    if let Err(rejection) = host.deploy_workflow(&source).await {
        panic!("{rejection:?}");
    }
}

/// A request for a workflow of the namespace `test`.
pub(super) fn request_of(name: &str, input: Value) -> StartRequest {
    StartRequest {
        workflow: format!("test/{name}").parse().unwrap(),
        input,
        key: None,
        trace_parent: None,
    }
}

/// Starts a workflow of the namespace `test`.
pub(super) async fn start_named(host: &Host, name: &str, input: Value) -> RunId {
    host.start_run(request_of(name, input)).await.unwrap().run
}

/// Waits until a run has ended. What its actor says of it is what the store says.
pub(super) async fn waited(host: &Host, run: &RunId) -> RunView {
    let view = host.wait(run, LONG).await.unwrap();
    assert_eq!(*view, host.run(run).await.unwrap());
    Arc::unwrap_or_clone(view)
}

/// Waits until a run has ended; its rows are what its journal says.
pub(super) async fn ended(host: &Host, run: &RunId) -> RunView {
    let view = waited(host, run).await;
    assert!(view.status.is_ended(), "{view:?}");
    check_rows(host.store(), run).await;
    view
}

/// An event.
pub(super) fn event(id: &str, kind: &str, data: Value) -> NewEvent {
    let source = "https://events.example";
    let body = json!({
        "specversion": "1.0", "id": id, "source": source, "type": kind, "data": data,
    });
    NewEvent {
        source: source.to_owned(),
        id: id.to_owned(),
        kind: kind.to_owned(),
        body: body.to_string().into(),
    }
}

/// Waits until the run stands where `at` says. It is looked at now and then, so that time
/// goes on meanwhile.
pub(super) async fn until(host: &Host, run: &RunId, at: impl Fn(&RunView) -> bool) -> RunView {
    for _ in 0..10_000 {
        let view = host.run(run).await.unwrap();
        if at(&view) {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the run never came there: {:?}", host.run(run).await);
}

/// All runs of the store, newest first.
pub(super) async fn runs(host: &Host, filter: RunFilter) -> Vec<RunSummary> {
    let page = Page {
        before: None,
        limit: 1_000,
    };
    host.runs(filter, page).await.unwrap()
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
    let view = waited(host, &run).await;
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
