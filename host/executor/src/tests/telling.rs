//! Events that leave the host: to sinks, and to whoever watches.

use segue_model::problem::Kind;
use segue_model::{Outcome, Problem};
use serde_json::json;

use super::support::{World, ended, start, workflows};
use crate::LifecycleEvent;

async fn settled() {
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_gets_the_life_of_a_run_in_order() {
    let world = World::new();
    world.sink.open();
    let host = world.host_with(workflows::SLOW).await;
    let run = start(&host).await;
    ended(&host, &run).await;
    settled().await;
    let expected = [
        "workflow.started",
        "task.created",
        "task.started",
        "task.completed",
        "workflow.completed",
    ];
    assert_eq!(world.sink.kinds(), expected);
    let first = &world.sink.delivered()[0];
    assert_eq!(first["subject"], run.as_str());
    assert_eq!(first["source"], "/test/flow/1.0.0");
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_was_away_misses_nothing_and_gets_it_in_order() {
    let world = World::new();
    world.sink.open();
    world.sink.fail(12);
    let host = world.host_with(workflows::SLOW).await;
    for _ in 0..3 {
        let run = start(&host).await;
        ended(&host, &run).await;
    }
    // Other things do not wait for the sink.
    assert!(world.sink.delivered().is_empty());
    for _ in 0..20 {
        settled().await;
    }
    let kinds = world.sink.kinds();
    assert_eq!(kinds.len(), 15, "{kinds:?}");
    let ids: std::collections::BTreeSet<String> = world
        .sink
        .delivered()
        .iter()
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 15);
}

#[tokio::test(start_paused = true)]
async fn what_a_sink_did_not_get_it_gets_from_the_next_host() {
    let world = World::new();
    world.sink.open();
    world.sink.fail(usize::MAX);
    let host = world.host_with(workflows::SLOW).await;
    let run = start(&host).await;
    ended(&host, &run).await;
    drop(host);
    world.sink.fail(0);
    let _host = world.host().await;
    settled().await;
    assert_eq!(world.sink.kinds().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn without_a_sink_nothing_is_kept_for_one() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    ended(&host, &start(&host).await).await;
    let items = host.store().outbox(0, 10).await.unwrap();
    assert!(items.is_empty(), "{items:?}");
}

#[tokio::test(start_paused = true)]
async fn emitted_events_go_to_sinks_between_the_lifecycle_events() {
    let world = World::new();
    world.sink.open();
    let tasks = "
  - tell:
      emit:
        event:
          with:
            type: com.example.told
            data: { a: 1 }
";
    let host = world.host_with(tasks).await;
    ended(&host, &start(&host).await).await;
    settled().await;
    let kinds = world.sink.kinds();
    let told = kinds.iter().position(|kind| kind == "com.example.told");
    let completed = kinds.iter().position(|kind| kind == "task.completed");
    assert!(told.is_some() && told < completed, "{kinds:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_hears_of_every_run() {
    let world = World::new();
    world.script.on("slow", |_| Outcome::StepError {
        problem: Problem::new(Kind::Communication, "away"),
        retryable: false,
        retry_after_ms: None,
    });
    let host = world.host_with(workflows::SLOW).await;
    let mut watch = host.watch_lifecycle();
    let runs = [start(&host).await, start(&host).await];
    for run in &runs {
        ended(&host, run).await;
    }
    let mut faulted = Vec::new();
    while faulted.len() < 2 {
        match watch.next().await.unwrap() {
            LifecycleEvent::Event(event) if event.kind().ends_with("workflow.faulted.v1") => {
                let event: serde_json::Value = serde_json::from_str(event.text()).unwrap();
                assert_eq!(event["data"]["error"]["detail"], json!("away"));
                faulted.push(event["subject"].as_str().unwrap().to_owned());
            }
            LifecycleEvent::Event(_) => {}
            LifecycleEvent::Missed(count) => panic!("missed {count}"),
        }
    }
    assert_eq!(faulted, runs.map(|run| run.to_string()));
}
