//! The host ends without warning, at every moment that the store can tell apart, and another
//! one goes on.

use segue_engine::{Entry, Input, Run, UNKNOWN_FATES_MAX};
use segue_model::problem::Kind;
use segue_model::{Outcome, Payload, Problem, RunId};
use segue_store::RunStatus;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use super::support::{
    Crash, LONG, Line, World, check_rows, invoke, outline, request, start, waited, workflows,
};
use crate::{AttemptOutcome, Host, RunView, StartRequest};

/// A life of a host: when it is dropped, everything stops where it stands.
fn life() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

/// `charge` fails once and then works; `slow` always fails.
fn scripted() -> World {
    let world = World::new();
    world.script.on("charge", |invocation| {
        if invocation.context.attempt == 1 {
            return failure(true);
        }
        super::support::echo(invocation)
    });
    world.script.on("slow", |_| failure(false));
    world
}

fn failure(retryable: bool) -> Outcome {
    Outcome::StepError {
        problem: Problem::new(Kind::Communication, "the service is away"),
        retryable,
        retry_after_ms: None,
    }
}

fn keyed() -> StartRequest {
    StartRequest {
        key: Some("the-one".to_owned()),
        ..request(json!({"order": 1}))
    }
}

/// What a run came to, without times: what must not depend on where the host ended.
fn result(view: &RunView) -> (RunStatus, serde_json::Value) {
    let mut output = view.output.clone().unwrap_or_default();
    if let Some(members) = output.as_object_mut() {
        // What differs from run to run.
        members.remove("world");
        members.remove("key");
    }
    (view.status, output)
}

async fn finish(host: &Host) -> RunView {
    let started = host.start_run(keyed()).await.unwrap();
    waited(host, &started.run).await
}

#[test]
fn a_host_that_ends_at_any_commit_is_taken_over_without_loss_or_repetition() {
    let world = scripted();
    let undisturbed = life().block_on(async {
        let host = world.host_with(workflows::EVERYTHING).await;
        finish(&host).await
    });
    assert_eq!(undisturbed.status, RunStatus::Completed);
    let commits = world.log.commits() as u64;
    assert!(commits >= 6, "{commits}");
    for crash in [Crash::Before, Crash::After] {
        for nth in 1..=commits {
            crash_and_take_over(nth, crash, &undisturbed);
        }
    }
}

fn crash_and_take_over(nth: u64, crash: Crash, undisturbed: &RunView) {
    let world = scripted();
    world.store.crash_at(nth, crash);
    let first = life();
    first.block_on(async {
        let host = world.host_with(workflows::EVERYTHING).await;
        tokio::select! {
            _ = finish(&host) => panic!("commit {nth} came back"),
            () = world.store.crashed() => {}
        }
    });
    drop(first);
    world.store.heal();
    world.script.unload();
    let view = life().block_on(async {
        let host = world.host().await;
        let view = finish(&host).await;
        check_rows(&world.store, &view.id).await;
        view
    });
    let context = format!("{crash:?} commit {nth}: {:?}", world.log.lines());
    assert_eq!(result(&view), result(undisturbed), "{context}");
    check_repetitions(&world, &view, &context);
}

/// A recorded result is never executed again, and nothing effectful runs twice under one
/// attempt's number, unless nobody could know that it had run.
fn check_repetitions(world: &World, view: &RunView, context: &str) {
    let mut seen = world.script.seen();
    // A run whose start was not durable has another id in its second life.
    seen.retain(|invocation| invocation.context.run == view.id);
    for attempt in &view.attempts {
        let invocations = seen
            .iter()
            .filter(|i| i.context.task == attempt.task && i.context.attempt == attempt.attempt)
            .count();
        let effectful = attempt.effect == segue_model::EffectClass::Effectful;
        match attempt.outcome {
            AttemptOutcome::Unknown => {
                assert!(effectful && invocations <= 1, "{attempt:?} {context}");
            }
            _ if effectful => assert_eq!(invocations, 1, "{attempt:?} {context}"),
            _ => assert!((1..=2).contains(&invocations), "{attempt:?} {context}"),
        }
    }
    // One key per activation, whatever became of its attempts.
    for one in &seen {
        let same = seen.iter().filter(|i| i.context.task == one.context.task);
        let keys: std::collections::HashSet<_> =
            same.map(|i| i.context.idempotency_key.clone()).collect();
        assert_eq!(keys.len(), 1, "{context}");
    }
}

#[test]
fn an_effectful_attempt_of_unknown_fate_is_closed_and_the_next_number_starts() {
    let world = World::new();
    world.script.hold("charge");
    let first = life();
    let run = first.block_on(async {
        let host = world.host_with(workflows::CHARGE).await;
        let run = start(&host).await;
        world.log.wait_for(&invoke("charge", 1)).await;
        run
    });
    drop(first);
    world.script.release("charge");
    let view = life().block_on(async {
        let host = world.host().await;
        host.wait(&run, LONG).await.unwrap()
    });
    let expected = ["charge#1 unknown", "charge#2 completed"].map(str::to_owned);
    assert_eq!(outline(&view), (RunStatus::Completed, expected.to_vec()));
    let seen = world.script.seen();
    assert_eq!(
        seen[0].context.idempotency_key,
        seen[1].context.idempotency_key
    );
    // That the first is closed is durable before the second begins.
    assert!(world.log.at(&Line::Commit(2)) < world.log.at(&invoke("charge", 2)));
}

#[test]
fn a_pure_attempt_is_made_again_with_the_same_number_world_and_input() {
    let world = World::new();
    world.script.hold("slow");
    let first = life();
    let run = first.block_on(async {
        let host = world.host_with(workflows::SLOW).await;
        start(&host).await
    });
    drop(first);
    world.clock.advance_ms(1_000_000);
    world.script.release("slow");
    let view = life().block_on(async {
        let host = world.host().await;
        host.wait(&run, LONG).await.unwrap()
    });
    assert_eq!(outline(&view).1, ["slow#1 completed"]);
    let seen = world.script.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].world, seen[1].world);
    assert_eq!(seen[0].context, seen[1].context);
    assert_eq!(seen[0].input, seen[1].input);
}

#[test]
fn a_pure_step_that_ends_its_host_again_and_again_is_quarantined() {
    let world = World::new();
    world.script.hold("slow");
    let tasks = format!("{}{}", workflows::PURE_CHAIN, workflows::SLOW);
    let mut run = None;
    let mut lives = 0;
    let view = loop {
        lives += 1;
        assert!(lives < 20, "the poison run survives recovery");
        let this = life();
        let view = this.block_on(async {
            let host = match run {
                None => world.host_with(&tasks).await,
                Some(_) => world.host().await,
            };
            let id = match run.clone() {
                None => start(&host).await,
                Some(id) => id,
            };
            run = Some(id.clone());
            // The host ends while the step runs: here, before the wait is over.
            let view = host.wait(&id, std::time::Duration::from_secs(60)).await;
            view.unwrap()
        });
        if view.status.is_ended() {
            break view;
        }
    };
    assert_eq!(view.status, RunStatus::Faulted);
    assert!(view.problem.as_ref().unwrap().is(Kind::Quarantined));
    let slow = world
        .script
        .seen()
        .iter()
        .filter(|i| i.step == "slow")
        .count();
    // Once by itself, then after each recovery until the counter is over its bound.
    assert_eq!(slow as u32, 1 + UNKNOWN_FATES_MAX);
    assert_eq!(lives, 2 + UNKNOWN_FATES_MAX);
}

#[test]
fn progress_after_a_recovery_is_kept_result_by_result() {
    let world = World::new();
    world.script.hold("add");
    let first = life();
    let run = first.block_on(async {
        let host = world.host_with(workflows::PURE_CHAIN).await;
        start(&host).await
    });
    drop(first);
    let before = world.log.commits();
    world.script.release("add");
    life().block_on(async {
        let host = world.host().await;
        host.wait(&run, LONG).await.unwrap();
    });
    // One commit for each of the three results, instead of one for the chain.
    assert_eq!(world.log.commits() - before, 3);
}

#[test]
fn large_payloads_survive_the_host() {
    let world = World::new();
    let large = json!("x".repeat(5_000));
    world.script.on("add", {
        let large = large.clone();
        move |_| Outcome::Completed {
            output: Payload::new(large.clone()),
        }
    });
    world.script.hold("double");
    let first = life();
    let run = first.block_on(async {
        let host = world.host_with(workflows::PURE_CHAIN).await;
        let run = host
            .start_run(request(json!({"text": large})))
            .await
            .unwrap();
        run.run
    });
    drop(first);
    world.script.release("double");
    let view = life().block_on(async {
        let host = world.host().await;
        let view = host.wait(&run, LONG).await.unwrap();
        check_rows(&world.store, &run).await;
        view
    });
    assert_eq!(view.output, Some(large.clone()));
    assert_eq!(view.input["text"], large);
}

#[test]
fn journal_entries_come_back_as_they_were_written() {
    let start = segue_engine::Start {
        deployed: segue_model::Digest::of(b"d"),
        input: Payload::new(json!({"a": 1})),
        seed: segue_model::Seed([3; 32]),
        trace_parent: None,
        role: segue_engine::Role::Run,
    };
    let run = Run::new(RunId::new(1, [0; 10]));
    let plan = super::viewing::empty_plan();
    let entry = run.stamp(&plan, Input::Start(start), segue_model::Timestamp(5));
    let text = entry.encode().unwrap();
    assert_eq!(Entry::decode(&text).unwrap(), entry);
}
