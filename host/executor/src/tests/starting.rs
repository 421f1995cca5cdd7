//! Starting runs, and idempotency keys.

use segue_store::RunStatus;
use serde_json::json;

use super::support::{LONG, World, complete, kind, request, start, workflows};
use crate::{HostOptions, StartRequest};

#[tokio::test(start_paused = true)]
async fn a_run_goes_from_its_start_to_its_output() {
    let world = World::new();
    let host = world.host_with(workflows::MIXED).await;
    let view = complete(&host).await;
    assert_eq!(view.status, RunStatus::Completed);
    assert_eq!(view.output.unwrap()["step"], "notify");
    assert_eq!(view.attempts.len(), 4);
    assert_eq!(host.active_runs(), 0, "an ended run leaves memory");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_clients_with_one_key_get_one_run() {
    let world = World::new();
    let host = world.host_with(workflows::MIXED).await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let host = host.clone();
        let request = StartRequest {
            key: Some("order-7".to_owned()),
            ..request(json!({"order": 7}))
        };
        clients.spawn(async move { host.start_run(request).await.unwrap() });
    }
    let answers = clients.join_all().await;
    let created: Vec<_> = answers.iter().filter(|answer| answer.created).collect();
    assert_eq!(created.len(), 1);
    assert!(answers.iter().all(|answer| answer.run == created[0].run));
    host.wait(&created[0].run, LONG).await.unwrap();
    let charges = world
        .script
        .seen()
        .into_iter()
        .filter(|i| i.step == "charge");
    assert_eq!(charges.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_answers_only_the_request_that_it_came_with() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    let with_key = |input| StartRequest {
        key: Some("k".to_owned()),
        ..request(input)
    };
    let first = host.start_run(with_key(json!({"n": 1}))).await.unwrap();
    let other = host.start_run(with_key(json!({"n": 2}))).await.unwrap_err();
    assert_eq!(kind(&other), "idempotency-key-reused");
    // Another host, another life: the key is as durable as the run.
    drop(host);
    let again = world
        .host()
        .await
        .start_run(with_key(json!({"n": 1})))
        .await
        .unwrap();
    assert_eq!((again.run, again.created), (first.run, false));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_started_is_refused_with_the_way_out() {
    let mut world = World::new();
    world.options = HostOptions {
        input_bytes_max: 300,
        ..HostOptions::default()
    };
    let host = world.host_with(workflows::SLOW).await;
    let unknown = StartRequest {
        workflow: "test/flwo".parse().unwrap(),
        ..request(json!({}))
    };
    let problem = host.start_run(unknown).await.unwrap_err();
    assert_eq!(kind(&problem), "not-found");
    assert!(
        problem.to_string().contains("did you mean `test/flow`?"),
        "{problem}"
    );
    let large = request(json!("x".repeat(400)));
    assert_eq!(kind(&host.start_run(large).await.unwrap_err()), "too-large");
    let deep = request((0..120).fold(json!(1), |inner, _| json!([inner])));
    assert_eq!(kind(&host.start_run(deep).await.unwrap_err()), "too-large");
    let long_key = StartRequest {
        key: Some("k".repeat(10_000)),
        ..request(json!({}))
    };
    assert_eq!(
        kind(&host.start_run(long_key).await.unwrap_err()),
        "bad-request"
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_host_is_busy_until_a_run_leaves() {
    let mut world = World::new();
    world.options.runs_max = 1;
    world.script.hold("slow");
    let host = world.host_with(workflows::SLOW).await;
    let first = start(&host).await;
    let refused = host.start_run(request(json!({}))).await.unwrap_err();
    assert_eq!(kind(&refused), "busy");
    world.script.release("slow");
    host.wait(&first, LONG).await.unwrap();
    complete(&host).await;
}
