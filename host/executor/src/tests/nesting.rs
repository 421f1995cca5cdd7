//! Runs that start runs.

use segue_model::problem::Kind;
use segue_model::{Outcome, Problem};
use segue_store::{RunFilter, RunRole, RunStatus};
use serde_json::{Value, json};

use super::support::{
    World, deploy, deploy_named, ended, invoke, request, runs, start, start_named, until,
};

/// Starts the child `double` and waits for it.
const PARENT: &str = "
  - twice:
      run:
        workflow: { namespace: test, name: double, version: '1.0.0', input: { n: 21 } }
  - after:
      set: { got: '${ . }' }
";

/// Doubles its input, in a step.
const DOUBLE: &str = "do:
  - double:
      call: calc/double:1@default
      with: { n: '${ .n }' }
";

/// A child for each of its input's items.
const MAP: &str = "
  - each:
      call: map:1.0.0@default
      with:
        workflow: { namespace: test, name: item }
        items: '${ .items }'
        concurrency: 50
";

async fn family(world: &World) -> crate::Host {
    let host = world.host_with(PARENT).await;
    deploy_named(&host, "double", "1.0.0", DOUBLE).await;
    host
}

fn doubling(world: &World) {
    world.script.on("double", |invocation| {
        let n = invocation.input.value()["n"].as_i64().unwrap();
        Outcome::Completed {
            output: json!(n * 2).into(),
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_parent_gets_the_output_of_its_child() {
    let world = World::new();
    doubling(&world);
    let host = family(&world).await;
    let parent = start(&host).await;
    let view = ended(&host, &parent).await;
    assert_eq!(view.output, Some(json!({"got": 42})));
    let children = runs(
        &host,
        RunFilter {
            parent: Some(parent.clone()),
            ..RunFilter::default()
        },
    )
    .await;
    let [child] = children.as_slice() else {
        panic!("{children:?}");
    };
    assert_eq!(child.parent.as_ref().unwrap().run, parent);
    let child = ended(&host, &child.run).await;
    assert_eq!(child.output, Some(json!(42)));
    assert_eq!(child.parent.unwrap().run, parent);
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_waits_says_for_which_run() {
    let world = World::new();
    world.script.hold("double");
    let host = family(&world).await;
    let parent = start(&host).await;
    world.log.wait_for(&invoke("double", 1)).await;
    let view = host.run(&parent).await.unwrap();
    assert_eq!(view.status, RunStatus::Waiting);
    let waiting = view.waiting.unwrap();
    assert_eq!(waiting.children.len(), 1);
    assert_eq!(waiting.children[0].task, "/do/0/twice");
    world.script.release("double");
    assert_eq!(ended(&host, &parent).await.waiting, None);
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_child_is_the_error_of_its_task() {
    let world = World::new();
    world.script.on("double", |_| Outcome::StepError {
        problem: Problem::new(Kind::Communication, "away"),
        retryable: false,
        retry_after_ms: None,
    });
    let host = family(&world).await;
    let view = ended(&host, &start(&host).await).await;
    assert_eq!(view.status, RunStatus::Faulted);
    let problem = view.problem.unwrap();
    assert!(problem.is(Kind::Communication), "{problem:?}");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_not_deployed_is_an_error_that_can_be_caught() {
    let world = World::new();
    let tasks = "
  - guarded:
      try:
        - lost:
            run:
              workflow: { namespace: test, name: nowhere, version: '1.0.0' }
      catch:
        as: error
        do:
          - tell:
              set: { type: '${ $error.type }' }
";
    let host = world.host_with(tasks).await;
    let view = ended(&host, &start(&host).await).await;
    let kind = view.output.unwrap()["type"].as_str().unwrap().to_owned();
    assert!(kind.ends_with("/configuration"), "{kind}");
}

#[tokio::test(start_paused = true)]
async fn cancelling_a_run_cancels_everything_below_it() {
    let world = World::new();
    world.script.hold("double");
    let host = world.host().await;
    let tasks = "
  - middle:
      run:
        workflow: { namespace: test, name: middle, version: '1.0.0' }
";
    deploy(&host, tasks).await;
    let middle = PARENT.replace("got", "done");
    deploy_named(&host, "middle", "1.0.0", &format!("do:{middle}")).await;
    deploy_named(&host, "double", "1.0.0", DOUBLE).await;
    let top = start(&host).await;
    world.log.wait_for(&invoke("double", 1)).await;
    // While the lowest is not in the store yet: a pure step does not wait for the commit.
    host.cancel(&top, None).await.unwrap();
    ended(&host, &top).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let all = runs(&host, RunFilter::default()).await;
    assert_eq!(all.len(), 3);
    for run in all {
        let view = ended(&host, &run.run).await;
        assert_eq!(view.status, RunStatus::Cancelled, "{}", view.workflow);
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_nobody_awaits_outlives_its_parent() {
    let world = World::new();
    world.script.hold("double");
    doubling(&world);
    let host = world.host().await;
    let tasks = "
  - twice:
      run:
        await: false
        workflow: { namespace: test, name: double, version: '1.0.0', input: { n: 21 } }
  - after:
      set: { done: true }
";
    deploy(&host, tasks).await;
    deploy_named(&host, "double", "1.0.0", DOUBLE).await;
    let parent = start(&host).await;
    let view = ended(&host, &parent).await;
    assert_eq!(view.output, Some(json!({"done": true})));
    world.script.release("double");
    let all = runs(&host, RunFilter::default()).await;
    let child = all.iter().find(|run| run.run != parent).unwrap();
    assert_eq!(child.parent, None);
    let child = ended(&host, &child.run).await;
    assert_eq!(child.output, Some(json!(42)));
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_runs_itself_without_end_is_stopped() {
    let world = World::new();
    let host = world.host().await;
    let tasks = "
  - again:
      run:
        workflow: { namespace: test, name: flow, version: '1.0.0' }
";
    deploy(&host, tasks).await;
    let view = ended(&host, &start(&host).await).await;
    assert!(view.problem.unwrap().is(Kind::LimitReached));
    let all = runs(&host, RunFilter::default()).await;
    assert_eq!(all.len(), crate::options::CHILD_DEPTH_MAX as usize);
}

#[tokio::test(start_paused = true)]
async fn a_map_keeps_the_order_of_its_items_whatever_the_order_of_the_children() {
    let world = World::new();
    let host = world.host_with(MAP).await;
    let item = "do:
  - nap:
      wait: { milliseconds: 5 }
  - out:
      set: { item: '${ . }' }
";
    deploy_named(&host, "item", "1.0.0", item).await;
    let items: Vec<i64> = (0..20).collect();
    let started = host
        .start_run(request(json!({ "items": items })))
        .await
        .unwrap();
    let view = ended(&host, &started.run).await;
    let expected: Vec<Value> = items.iter().map(|n| json!({ "item": n })).collect();
    assert_eq!(view.output, Some(json!(expected)));
}

#[tokio::test(start_paused = true)]
async fn a_map_of_a_thousand_items_reads_its_parent_seldom() {
    let world = World::new();
    let host = world.host_with(MAP).await;
    deploy_named(
        &host,
        "item",
        "1.0.0",
        "do:\n  - out:\n      set: { item: '${ . }' }\n",
    )
    .await;
    let items: Vec<i64> = (0..1_000).collect();
    let started = host
        .start_run(request(json!({ "items": items })))
        .await
        .unwrap();
    let view = ended(&host, &started.run).await;
    assert_eq!(view.status, RunStatus::Completed);
    assert_eq!(view.output.unwrap().as_array().unwrap().len(), 1_000);
    let loads = world.store.loads(&started.run);
    assert!(loads < 100, "the parent was read {loads} times");
}

#[tokio::test(start_paused = true)]
async fn children_are_found_by_parent_and_role() {
    let world = World::new();
    doubling(&world);
    let host = family(&world).await;
    let parent = start(&host).await;
    ended(&host, &parent).await;
    let ordinary = RunFilter {
        role: Some(RunRole::Run),
        ..RunFilter::default()
    };
    assert_eq!(runs(&host, ordinary).await.len(), 2);
    let schedules = RunFilter {
        role: Some(RunRole::Schedule),
        ..RunFilter::default()
    };
    assert!(runs(&host, schedules).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_large_input_reaches_the_child() {
    let world = World::new();
    let host = world.host().await;
    let tasks = "
  - pass:
      run:
        workflow: { namespace: test, name: keep, version: '1.0.0', input: '${ . }' }
";
    deploy(&host, tasks).await;
    deploy_named(
        &host,
        "keep",
        "1.0.0",
        "do:\n  - out:\n      set: { kept: '${ .text | length }' }\n",
    )
    .await;
    let text = "x".repeat(20_000);
    let run = start_named(&host, "flow", json!({ "text": text })).await;
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(json!({"kept": 20_000})));
}

#[tokio::test(start_paused = true)]
async fn a_suspended_parent_hears_of_its_child_when_it_goes_on() {
    let world = World::new();
    world.script.hold("double");
    doubling(&world);
    let host = family(&world).await;
    let parent = start(&host).await;
    world.log.wait_for(&invoke("double", 1)).await;
    let view = host
        .suspend(&parent, Some("lunch".to_owned()))
        .await
        .unwrap();
    assert_eq!(view.status, RunStatus::Suspended);
    let suspended = view.waiting.unwrap().suspended.unwrap();
    assert_eq!(suspended.reason.as_deref(), Some("lunch"));
    world.script.release("double");
    let mut child = None;
    while child.is_none() {
        // Its step may have begun before its commit.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let others = runs(&host, RunFilter::default()).await;
        child = others.into_iter().find(|run| run.run != parent);
    }
    ended(&host, &child.unwrap().run).await;
    let view = until(&host, &parent, |view| view.status == RunStatus::Suspended).await;
    assert_eq!(view.output, None);
    host.resume(&parent).await.unwrap();
    let view = ended(&host, &parent).await;
    assert_eq!(view.output, Some(json!({"got": 42})));
}
