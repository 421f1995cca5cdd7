//! Many runs at once, and what one broken run or a lost store does to the others.

use std::sync::Arc;

use segue_model::problem::Kind;
use segue_store::memory::MemoryStore;
use segue_store::{CommitRuns, ReadRuns, RowChange, RunCommit, RunStatus, StateRow, Store};
use serde_json::json;
use tokio::task::JoinSet;

use super::support::{LONG, World, complete, deploy, invoke, kind, request, start, workflows};
use crate::{Host, HostParts, TokioSleeper};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_runs_on_two_threads_all_end() {
    // Real time and real threads: nothing here depends on either.
    let world = World::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let parts = HostParts {
        store,
        invoker: Arc::new(world.script.clone()),
        entropy: Arc::new(super::support::Counting::new(1)),
        sinks: Vec::new(),
        vault: None,
        catalogs: Arc::new(segue_dsl::NoCatalogs),
        builtin: Vec::new(),
        policy: world.policy.clone(),
        options: world.options.clone(),
    };
    let host = Host::start_with(parts, Arc::new(TokioSleeper))
        .await
        .unwrap();
    deploy(&host, workflows::MIXED).await;
    let mut clients = JoinSet::new();
    for _ in 0..500 {
        let host = host.clone();
        clients.spawn(async move { complete(&host).await });
    }
    for view in clients.join_all().await {
        assert_eq!(view.status, RunStatus::Completed);
        assert_eq!(view.attempts.len(), 4);
    }
    assert_eq!(world.script.seen().len(), 2_000);
    host.shutdown(std::time::Duration::from_secs(60)).await;
    assert_eq!(host.active_runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_run_that_was_in_flight_is_taken_up_page_by_page() {
    let world = World::new();
    world.script.hold("slow");
    let host = world.host_with(workflows::SLOW).await;
    let mut runs = Vec::new();
    for _ in 0..2 * crate::options::RECOVERY_PAGE + 1 {
        runs.push(start(&host).await);
    }
    drop(host);
    world.script.release("slow");
    let host = world.host().await;
    assert!(host.readiness().await.recovered);
    for run in &runs {
        let view = host.wait(run, LONG).await.unwrap();
        assert_eq!(view.status, RunStatus::Completed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_be_read_is_named_and_holds_nobody_up() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let broken = start(&host).await;
    let sound = start(&host).await;
    drop(host);
    let store = world.store.take_over();
    let summary = store.summary(&broken).await.unwrap().unwrap();
    let damage = RunCommit {
        run: broken.clone(),
        expected_seq: summary.seq,
        fence: store.fence(),
        create: None,
        journal: Vec::new(),
        rows: vec![RowChange::Put(StateRow {
            key: 0,
            version: 1,
            body: "[]".into(),
        })],
        timers: Vec::new(),
        listeners: Vec::new(),
        consumed: Vec::new(),
        emitted: Vec::new(),
        outbox: Vec::new(),
        status: RunStatus::Waiting,
        in_flight: false,
        payloads: Vec::new(),
    };
    store.commit(vec![damage]).await.unwrap()[0]
        .clone()
        .unwrap();
    let host = world.host().await;
    let view = host.wait(&sound, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
    let reasons = host.readiness().await.reasons;
    assert!(reasons[0].contains(broken.as_str()), "{reasons:?}");
    // Its timer is due for ever; later timers still come in time.
    let before = world.store.now_ms();
    let later = start(&host).await;
    host.wait(&later, LONG).await.unwrap();
    assert!(world.store.now_ms() - before < 3_600_000 + 500);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_lost_its_store_to_another_stops_and_says_so() {
    let world = World::new();
    world.script.hold("charge");
    let host = world.host_with(workflows::CHARGE).await;
    let run = start(&host).await;
    world.log.wait_for(&invoke("charge", 1)).await;
    let other = world.host().await;
    let refused = host.start_run(request(json!({}))).await.unwrap_err();
    assert_eq!(kind(&refused), "store-unavailable");
    let readiness = host.readiness().await;
    assert!(!readiness.ready, "{readiness:?}");
    assert!(
        readiness.reasons[0].contains("must be restarted"),
        "{readiness:?}"
    );
    world.script.release("charge");
    let view = other.wait(&run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
    assert!(
        view.problem
            .as_ref()
            .is_none_or(|problem| !problem.is(Kind::Internal))
    );
}
