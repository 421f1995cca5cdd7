//! What is durable before what, and how often the store is written.

use std::time::Duration;

use segue_store::RunStatus;
use segue_store::memory::{Fault, Operation};
use serde_json::json;

use super::support::{Crash, LONG, Line, World, complete, invoke, kind, request, start, workflows};

#[tokio::test(start_paused = true)]
async fn a_pure_chain_commits_once() {
    let world = World::new();
    let host = world.host_with(workflows::PURE_CHAIN).await;
    let view = complete(&host).await;
    assert_eq!(view.status, RunStatus::Completed);
    assert_eq!(world.log.commits(), 1);
    assert_eq!(world.log.lines().last(), Some(&Line::Commit(4)));
}

#[tokio::test(start_paused = true)]
async fn an_effectful_step_starts_after_the_commit_and_its_result_is_durable_before_the_next() {
    let world = World::new();
    let host = world.host_with(workflows::MIXED).await;
    complete(&host).await;
    let report = |step: &str| Line::Report(step.to_owned(), 1);
    // Start and price are one commit; each effectful result is one of its own.
    let expected = [
        invoke("add", 1),
        report("add"),
        Line::Commit(2),
        invoke("charge", 1),
        report("charge"),
        Line::Commit(3),
        invoke("double", 1),
        report("double"),
        Line::Commit(4),
        invoke("notify", 1),
        report("notify"),
        Line::Commit(5),
    ];
    assert_eq!(world.log.lines(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_does_not_come_back_keeps_the_effectful_step_from_starting() {
    for crash in [Crash::Before, Crash::After] {
        let world = World::new();
        let host = world.host_with(workflows::CHARGE).await;
        world.store.crash_at(1, crash);
        let mut starting = tokio::task::JoinSet::new();
        starting.spawn(async move { host.start_run(request(json!({}))).await });
        world.store.crashed().await;
        // Time passes, and still nothing begins.
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert!(!world.log.lines().contains(&invoke("charge", 1)));
        assert!(
            starting.try_join_next().is_none(),
            "a start is not answered before its commit"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn progress_is_committed_in_time_while_a_pure_step_runs() {
    let world = World::new();
    world.script.hold("slow");
    let host = world.host_with(workflows::SLOW).await;
    let before = world.store.now_ms();
    // The start itself is the progress: its answer comes although the step still runs.
    let run = start(&host).await;
    assert_eq!(world.store.now_ms() - before, world.options.coalesce_ms);
    assert_eq!(world.log.lines(), [invoke("slow", 1), Line::Commit(1)]);
    world.script.release("slow");
    let view = host.wait(&run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
    assert_eq!(world.log.commits(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_starts_and_keeps_what_runs() {
    let world = World::new();
    world.script.hold("charge");
    let host = world.host_with(workflows::CHARGE).await;
    let run = start(&host).await;
    world.log.wait_for(&invoke("charge", 1)).await;
    for nth in 1..=4 {
        world.store.fail(Operation::Commit, nth, Fault::Full);
    }
    world.store.fail(Operation::Probe, 1, Fault::Full);
    world.script.release("charge");
    // The first failure shows in readiness, and starts are refused.
    world
        .log
        .wait_for(&Line::Report("charge".to_owned(), 1))
        .await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let readiness = host.readiness().await;
    assert!(
        !readiness.ready && !readiness.store_writable,
        "{readiness:?}"
    );
    assert!(
        readiness.reasons[0].contains("disk is full"),
        "{readiness:?}"
    );
    let refused = host.start_run(request(json!({}))).await.unwrap_err();
    assert_eq!(kind(&refused), "store-unavailable");
    // The outcome of the charge was kept, and is committed once there is room.
    let view = host.wait(&run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
    let charges = world.script.seen().len();
    assert_eq!(charges, 1);
    assert!(host.readiness().await.ready);
    complete(&host).await;
}

#[tokio::test(start_paused = true)]
async fn a_start_on_a_failing_store_is_refused_and_the_store_is_asked_again_later() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    world.store.fail(Operation::Commit, 1, Fault::Fails);
    let refused = host.start_run(request(json!({}))).await.unwrap_err();
    assert_eq!(kind(&refused), "store-unavailable");
    assert_eq!(
        host.runs(Default::default(), crate::tests::all())
            .await
            .unwrap(),
        []
    );
    // Until it is time to ask again, nobody is let in; the probe then opens the door.
    let refused = host.start_run(request(json!({}))).await.unwrap_err();
    assert_eq!(kind(&refused), "store-unavailable");
    world.clock.advance_ms(crate::options::STORE_RETRY_MS_MAX);
    complete(&host).await;
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_was_written_though_it_failed_is_not_written_twice() {
    let world = World::new();
    let host = world.host_with(workflows::MIXED).await;
    // The third commit puts the effectful `notify` in flight.
    world
        .store
        .fail(Operation::Commit, 3, Fault::Unacknowledged);
    let view = complete(&host).await;
    assert_eq!(view.status, RunStatus::Completed);
    assert!(view.attempts.iter().all(|attempt| !attempt.fate_unknown));
    assert_eq!(world.script.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_was_written_though_it_failed_is_not_left_lying() {
    let world = World::new();
    let host = world.host_with(workflows::MIXED).await;
    world
        .store
        .fail(Operation::Commit, 1, Fault::Unacknowledged);
    let refused = host.start_run(request(json!({}))).await.unwrap_err();
    assert_eq!(kind(&refused), "store-unavailable");
    let runs = host
        .runs(Default::default(), crate::tests::all())
        .await
        .unwrap();
    let view = host.wait(&runs[0].run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
}
