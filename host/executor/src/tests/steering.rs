//! Commands and watching: cancel, wait, watch, shut down.

use std::time::Duration;

use segue_engine::Note;
use segue_store::RunStatus;
use serde_json::json;

use super::support::{LONG, World, complete, invoke, kind, outline, request, start, workflows};
use crate::RunEvent;

#[tokio::test(start_paused = true)]
async fn a_waiting_run_is_cancelled_for_good() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let run = start(&host).await;
    let view = host
        .cancel(&run, Some("wrong order".to_owned()))
        .await
        .unwrap();
    assert_eq!(view.status, RunStatus::Cancelled);
    assert_eq!(view.problem.unwrap().detail.as_deref(), Some("wrong order"));
    let again = host.cancel(&run, None).await.unwrap();
    assert_eq!(
        again.status,
        RunStatus::Cancelled,
        "cancelling again is no error"
    );
    // The timer is gone: no time brings the run back.
    world.clock.advance_ms(10_000_000);
    assert!(world.script.seen().is_empty());
    assert_eq!(host.active_runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn cancelling_drops_the_attempt_that_runs() {
    let world = World::new();
    world.script.hold("charge");
    let host = world.host_with(workflows::CHARGE).await;
    let run = start(&host).await;
    world.log.wait_for(&invoke("charge", 1)).await;
    let view = host.cancel(&run, None).await.unwrap();
    let expected = (RunStatus::Cancelled, vec!["charge#1 abandoned".to_owned()]);
    assert_eq!(outline(&view), expected);
    assert_eq!(host.active_runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ended_otherwise_cannot_be_cancelled() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    let view = complete(&host).await;
    assert_eq!(
        kind(&host.cancel(&view.id, None).await.unwrap_err()),
        "conflict"
    );
    let nobody = "run-00000000000000000000000000".parse().unwrap();
    assert_eq!(
        kind(&host.cancel(&nobody, None).await.unwrap_err()),
        "not-found"
    );
    assert_eq!(kind(&host.run(&nobody).await.unwrap_err()), "not-found");
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_with_the_time_where_the_run_does_not() {
    let world = World::new();
    world.script.hold("slow");
    let host = world.host_with(workflows::SLOW).await;
    let run = start(&host).await;
    let before = world.store.now_ms();
    let view = host.wait(&run, Duration::from_secs(7)).await.unwrap();
    assert_eq!(view.status, RunStatus::Running);
    assert_eq!(outline(&view).1, ["slow#1 running"]);
    assert_eq!(world.store.now_ms() - before, 7_000);
}

#[tokio::test(start_paused = true)]
async fn watchers_hear_logs_at_once_and_the_end_once_it_is_durable() {
    let world = World::new();
    world.script.hold("charge");
    let host = world
        .host_with(&format!("{}{}", workflows::CHARGE, workflows::SLOW))
        .await;
    let run = start(&host).await;
    world.log.wait_for(&invoke("charge", 1)).await;
    let mut watch = host.watch(&run);
    world.script.release("charge");
    let mut heard = Vec::new();
    while let Some(event) = watch.next().await {
        heard.push(match event {
            RunEvent::Log { message, .. } => message,
            RunEvent::Note {
                seq,
                note: Note::AttemptEnded { .. },
                ..
            } => format!("attempt {seq}"),
            RunEvent::Note {
                seq,
                note: Note::RunEnded { .. },
                ..
            } => {
                assert_eq!(host.run(&run).await.unwrap().status, RunStatus::Completed);
                format!("end {seq}")
            }
            _ => continue,
        });
    }
    assert_eq!(heard, ["attempt 2", "slow begins", "attempt 3", "end 3"]);
}

#[tokio::test(start_paused = true)]
async fn shutting_down_lets_attempts_end_and_begins_nothing_new() {
    let world = World::new();
    world.script.hold("charge");
    let host = world.host_with(workflows::MIXED).await;
    let run = start(&host).await;
    world.log.wait_for(&invoke("charge", 1)).await;
    let mut ending = tokio::task::JoinSet::new();
    ending.spawn({
        let host = host.clone();
        async move { host.shutdown(Duration::from_secs(30)).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(
        kind(&host.start_run(request(json!({}))).await.unwrap_err()),
        "busy"
    );
    assert!(!host.readiness().await.ready);
    world.script.release("charge");
    ending.join_next().await.unwrap().unwrap();
    // The charge's result is durable, and what comes after it was left to the next host.
    let steps: Vec<String> = world.script.seen().into_iter().map(|i| i.step).collect();
    assert_eq!(steps, ["add", "charge"]);
    let next = world.host().await;
    let view = next.wait(&run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
    assert_eq!(outline(&view).1[1], "charge#1 completed");
    let charges = world
        .script
        .seen()
        .iter()
        .filter(|i| i.step == "charge")
        .count();
    assert_eq!(charges, 1);
}

#[tokio::test(start_paused = true)]
async fn what_outlasts_the_grace_period_is_dropped() {
    let world = World::new();
    world.script.hold("slow");
    let host = world.host_with(workflows::SLOW).await;
    let run = start(&host).await;
    host.shutdown(Duration::from_secs(5)).await;
    world.script.release("slow");
    let view = world.host().await.wait(&run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn attempts_take_turns_where_the_host_is_full() {
    let mut world = World::new();
    world.options.attempts_max = 1;
    world.script.hold("slow");
    let host = world.host_with(workflows::SLOW).await;
    let runs = [start(&host).await, start(&host).await];
    assert_eq!(world.script.seen().len(), 1);
    world.script.release("slow");
    for run in &runs {
        let view = host.wait(run, LONG).await.unwrap();
        assert_eq!(view.status, RunStatus::Completed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_brings_its_task_down_is_a_fault_of_the_host() {
    let world = World::new();
    world.script.on("slow", |invocation| {
        assert!(
            invocation.context.attempt > 1,
            "this panic is part of the test"
        );
        super::support::echo(invocation)
    });
    let host = world.host_with(workflows::SLOW).await;
    let view = complete(&host).await;
    let expected = ["slow#1 failed", "slow#2 completed"].map(str::to_owned);
    assert_eq!(outline(&view), (RunStatus::Completed, expected.to_vec()));
}

#[tokio::test(start_paused = true)]
async fn an_effectful_step_that_a_shutdown_kept_from_starting_is_not_of_unknown_fate() {
    let tasks = "
  - pay:
      call: net/charge:1@default
  - tell:
      call: net/notify:1@default
";
    let world = World::new();
    world.script.hold("charge");
    let host = world.host_with(tasks).await;
    let run = start(&host).await;
    world.log.wait_for(&invoke("charge", 1)).await;
    let mut ending = tokio::task::JoinSet::new();
    ending.spawn(async move { host.shutdown(Duration::from_secs(30)).await });
    tokio::task::yield_now().await;
    world.script.release("charge");
    ending.join_next().await.unwrap().unwrap();
    // The second host is killed while the step runs: only then is its fate unknown.
    world.script.hold("notify");
    let second = world.host().await;
    world.log.wait_for(&invoke("notify", 1)).await;
    let view = second.run(&run).await.unwrap();
    let expected = ["charge#1 completed", "notify#1 running"];
    assert_eq!(outline(&view).1, expected);
    drop(second);
    world.script.release("notify");
    let view = world.host().await.wait(&run, LONG).await.unwrap();
    let expected = [
        "charge#1 completed",
        "notify#1 unknown",
        "notify#2 completed",
    ];
    assert_eq!(outline(&view).1, expected);
}
