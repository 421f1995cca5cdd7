//! Events: accepted, offered, consumed, emitted.

use segue_store::RunStatus;
use serde_json::json;

use super::support::{World, deploy, deploy_named, ended, event, start, start_named, until};
use crate::Host;

const PAID: &str = "com.example.paid";

/// Listens for one payment of its order.
const LISTEN: &str = "
  - paid:
      listen:
        to:
          one:
            with:
              type: com.example.paid
              data: '${ .amount > 10 }'
";

/// Three payments, one after the other.
const THREE: &str = "
  - paid:
      listen:
        to:
          any:
            - with: { type: com.example.paid }
          until: '${ ( . | length ) == 3 }'
";

async fn send(host: &Host, id: &str, amount: i64) -> bool {
    let one = event(id, PAID, json!({ "amount": amount }));
    let accepted = host.accept_events(vec![one]).await.unwrap();
    accepted[0].duplicate
}

fn listens(view: &crate::RunView) -> bool {
    let waiting = view.waiting.as_ref();
    waiting.is_some_and(|waiting| !waiting.listeners.is_empty())
}

#[tokio::test(start_paused = true)]
async fn a_listener_takes_the_event_that_matches_and_leaves_others() {
    let world = World::new();
    let host = world.host_with(LISTEN).await;
    let run = start(&host).await;
    let view = until(&host, &run, listens).await;
    assert_eq!(view.status, RunStatus::Waiting);
    assert_eq!(view.waiting.unwrap().listeners[0].task, "/do/0/paid");
    for (id, amount) in [("1", 5), ("2", 10), ("3", 50), ("4", 60)] {
        send(&host, id, amount).await;
    }
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(json!([{ "amount": 50 }])));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_overtakes_its_listener_is_not_lost() {
    let world = World::new();
    let tasks = format!("{}{LISTEN}", super::support::workflows::NAP);
    let host = world.host_with(&tasks).await;
    send(&host, "early", 70).await;
    let run = start(&host).await;
    send(&host, "during", 80).await;
    let view = ended(&host, &run).await;
    // What was accepted before its run began is not offered.
    assert_eq!(view.output, Some(json!([{ "amount": 80 }])));
}

#[tokio::test(start_paused = true)]
async fn every_run_that_listens_gets_the_event() {
    let world = World::new();
    let host = world.host_with(LISTEN).await;
    let mut all = Vec::new();
    for _ in 0..300 {
        all.push(start(&host).await);
    }
    for run in &all {
        until(&host, run, listens).await;
    }
    send(&host, "1", 50).await;
    for run in &all {
        let view = ended(&host, run).await;
        assert_eq!(view.output, Some(json!([{ "amount": 50 }])));
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_event_again_is_a_duplicate_and_nobody_hears_it_twice() {
    let world = World::new();
    let host = world.host_with(THREE).await;
    let run = start(&host).await;
    until(&host, &run, listens).await;
    assert!(!send(&host, "1", 1).await);
    assert!(send(&host, "1", 1).await);
    assert!(!send(&host, "2", 2).await);
    assert!(!send(&host, "3", 3).await);
    let view = ended(&host, &run).await;
    let expected = json!([{ "amount": 1 }, { "amount": 2 }, { "amount": 3 }]);
    assert_eq!(view.output, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn a_second_listener_gets_no_event_that_the_first_one_took() {
    let world = World::new();
    let host = world
        .host_with(&format!("{LISTEN}{}", LISTEN.replace("paid:", "again:")))
        .await;
    let run = start(&host).await;
    until(&host, &run, listens).await;
    send(&host, "1", 50).await;
    let second = |view: &crate::RunView| {
        let waiting = view.waiting.as_ref();
        waiting.is_some_and(|w| w.listeners.iter().any(|l| l.task == "/do/1/again"))
    };
    let view = until(&host, &run, second).await;
    assert_eq!(view.status, RunStatus::Waiting);
    send(&host, "2", 60).await;
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(json!([{ "amount": 60 }])));
}

#[tokio::test(start_paused = true)]
async fn events_queue_while_an_iteration_runs() {
    let world = World::new();
    world.script.hold("slow");
    let tasks = "
  - each:
      listen:
        to:
          any:
            - with: { type: com.example.paid }
          until: '${ ( . | length ) == 3 }'
      foreach:
        item: payment
        do:
          - work:
              call: calc/slow:1@default
              with: { n: '${ $payment.amount }' }
        output:
          as: '${ .input.n }'
";
    let host = world.host_with(tasks).await;
    let run = start(&host).await;
    until(&host, &run, listens).await;
    for n in 1..=3 {
        send(&host, &n.to_string(), n).await;
    }
    world.log.wait_for(&super::support::invoke("slow", 1)).await;
    // A pure step does not wait for the commit: the store has it a moment later.
    let working = until(&host, &run, |view| view.status == RunStatus::Running).await;
    assert_eq!(working.waiting, None, "the iteration comes first");
    world.script.release("slow");
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(json!([1, 2, 3])));
}

#[tokio::test(start_paused = true)]
async fn what_one_run_emits_another_one_hears() {
    let world = World::new();
    let host = world.host().await;
    let emit = "
  - tell:
      emit:
        event:
          with:
            type: com.example.paid
            source: https://shop.example
            data: { amount: '${ .amount }' }
";
    deploy(&host, LISTEN).await;
    deploy_named(&host, "payer", "1.0.0", &format!("do:{emit}")).await;
    let hearing = start(&host).await;
    until(&host, &hearing, listens).await;
    let telling = start_named(&host, "payer", json!({ "amount": 90 })).await;
    let told = ended(&host, &telling).await.output.unwrap();
    assert_eq!(told["type"], PAID);
    assert_eq!(told["specversion"], "1.0");
    let view = ended(&host, &hearing).await;
    assert_eq!(view.output, Some(json!([{ "amount": 90 }])));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_came_while_its_host_ended_is_heard_after_the_restart() {
    let world = World::new();
    let host = world.host_with(LISTEN).await;
    let run = start(&host).await;
    until(&host, &run, listens).await;
    drop(host);
    // Accepted, and nobody was woken.
    let store = world.store.take_over();
    let one = event("1", PAID, json!({ "amount": 50 }));
    segue_store::Events::accept(&store, vec![one])
        .await
        .unwrap();
    let host = world.host().await;
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(json!([{ "amount": 50 }])));
}

#[tokio::test(start_paused = true)]
async fn an_event_is_gone_after_its_time_to_live() {
    let mut world = World::new();
    world.options.event_ttl_ms = 1_000_000;
    let tasks = format!("{}{LISTEN}", super::support::workflows::NAP);
    let host = world.host_with(&tasks).await;
    let run = start(&host).await;
    send(&host, "1", 50).await;
    // The nap takes an hour, and the event lives for a quarter of it.
    tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
    let view = until(&host, &run, listens).await;
    assert_eq!(view.status, RunStatus::Waiting);
    send(&host, "1", 55).await;
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(json!([{ "amount": 55 }])));
}

#[tokio::test(start_paused = true)]
async fn a_suspended_run_hears_nothing_until_it_goes_on() {
    let world = World::new();
    let host = world.host_with(LISTEN).await;
    let run = start(&host).await;
    until(&host, &run, listens).await;
    host.suspend(&run, None).await.unwrap();
    send(&host, "1", 50).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(host.run(&run).await.unwrap().status, RunStatus::Suspended);
    host.resume(&run).await.unwrap();
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(json!([{ "amount": 50 }])));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_large_or_too_deep_is_refused() {
    let world = World::new();
    let host = world.host().await;
    let large = event("1", PAID, json!("x".repeat(world.options.event_bytes_max)));
    let problem = host.accept_events(vec![large]).await.unwrap_err();
    assert_eq!(super::support::kind(&problem), "too-large");
    let mut deep = json!(1);
    for _ in 0..110 {
        deep = json!([deep]);
    }
    let problem = host
        .accept_events(vec![event("2", PAID, deep)])
        .await
        .unwrap_err();
    assert_eq!(super::support::kind(&problem), "too-large");
}

#[tokio::test(start_paused = true)]
async fn the_journal_shows_the_event_that_was_consumed() {
    let world = World::new();
    let host = world.host_with(LISTEN).await;
    let run = start(&host).await;
    until(&host, &run, listens).await;
    let data = json!({ "amount": 50, "note": "x".repeat(3_000) });
    host.accept_events(vec![event("1", PAID, data.clone())])
        .await
        .unwrap();
    ended(&host, &run).await;
    let journal = host.journal(&run, 1, 100).await.unwrap();
    let heard = journal.iter().find(|entry| entry.input["kind"] == "event");
    assert_eq!(heard.unwrap().input["event"]["data"], data);
}
