//! Timers: waits, timeouts, backoffs.

use segue_model::problem::Kind;
use segue_model::{Outcome, Problem};
use segue_store::RunStatus;
use serde_json::json;

use super::support::{LONG, World, complete, deploy, outline, request, start, workflows};
use crate::StartRequest;

const HOUR_MS: u64 = 3_600_000;

#[tokio::test(start_paused = true)]
async fn a_waiting_run_leaves_memory_and_comes_back_in_time() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let before = world.store.now_ms();
    let run = start(&host).await;
    let parked = host.run(&run).await.unwrap();
    assert_eq!(parked.status, RunStatus::Waiting);
    assert_eq!(host.active_runs(), 0);
    let view = host.wait(&run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
    assert_eq!(world.store.now_ms() - before, HOUR_MS);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_became_due_while_no_host_ran_fires_at_the_start() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let run = start(&host).await;
    drop(host);
    world.clock.advance_ms(5 * HOUR_MS);
    let host = world.host().await;
    let before = world.store.now_ms();
    let view = host.wait(&run, LONG).await.unwrap();
    assert_eq!(view.status, RunStatus::Completed);
    assert!(world.store.now_ms() - before <= world.options.coalesce_ms);
}

#[tokio::test(start_paused = true)]
async fn an_earlier_timer_wakes_the_loop_that_sleeps_for_a_later_one() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let short = workflows::named("short", "1.0.0", "  - nap:\n      wait: { seconds: 5 }\n");
    host.deploy_workflow(&short).await.unwrap();
    let long = start(&host).await;
    let before = world.store.now_ms();
    let request = StartRequest {
        workflow: "test/short".parse().unwrap(),
        ..request(json!({}))
    };
    let early = host.start_run(request).await.unwrap().run;
    host.wait(&early, LONG).await.unwrap();
    assert_eq!(world.store.now_ms() - before, 5_000);
    let late = host.wait(&long, LONG).await.unwrap();
    assert_eq!(late.status, RunStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_timers_of_one_moment_all_fire() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let mut runs = Vec::new();
    for _ in 0..1_000 {
        runs.push(start(&host).await);
    }
    for run in runs {
        let view = host.wait(&run, LONG).await.unwrap();
        assert_eq!(view.status, RunStatus::Completed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_abandons_the_attempt_that_runs() {
    let world = World::new();
    world.script.hold("charge");
    let tasks = "
  - pay:
      try:
        - charge:
            timeout: { after: { seconds: 3 } }
            call: net/charge:1@default
      catch:
        do:
          - give-up:
              set: { paid: false }
";
    let host = world.host_with(tasks).await;
    let view = complete(&host).await;
    let expected = (RunStatus::Completed, vec!["charge#1 abandoned".to_owned()]);
    assert_eq!(outline(&view), expected);
    assert_eq!(view.output, Some(json!({"paid": false})));
    // What the abandoned attempt would say is heard by nobody.
    world.script.release("charge");
    assert_eq!(host.active_runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_as_its_policy_says() {
    let world = World::new();
    world.script.on("charge", |invocation| {
        if invocation.context.attempt < 3 {
            return Outcome::StepError {
                problem: Problem::new(Kind::Communication, "away"),
                retryable: true,
                retry_after_ms: None,
            };
        }
        super::support::echo(invocation)
    });
    let tasks = "
  - pay:
      try:
        - charge:
            call: net/charge:1@default
      catch:
        retry:
          delay: { seconds: 10 }
          limit: { attempt: { count: 5 } }
";
    let host = world.host().await;
    deploy(&host, tasks).await;
    let before = world.store.now_ms();
    let view = complete(&host).await;
    let expected = ["charge#1 failed", "charge#2 failed", "charge#3 completed"];
    assert_eq!(outline(&view).1, expected.map(str::to_owned));
    assert_eq!(world.store.now_ms() - before, 20_000);
}

#[tokio::test(start_paused = true)]
async fn an_effectful_attempt_gets_its_real_deadline() {
    let world = World::new();
    let tasks = format!("{}{}", workflows::NAP, workflows::CHARGE);
    let host = world.host_with(&tasks).await;
    complete(&host).await;
    let seen = world.script.seen();
    let charge = seen.iter().find(|i| i.step == "charge").unwrap();
    assert_eq!(charge.context.deadline.0, world.store.now_ms() + 2_000);
    assert_eq!(charge.limits.time_ms, 2_000);
}
