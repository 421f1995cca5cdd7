//! The host ends without warning at every commit of whatever reaches beyond one run, and the
//! next host goes on: nothing is lost, and nothing is done twice.

use std::future::Future;
use std::pin::Pin;

use segue_model::RunId;
use segue_store::{RunFilter, RunRole};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::support::{
    Crash, World, check_rows, deploy, deploy_named, ended, event, request_of, runs, until,
};
use crate::{Host, RunView};

/// Something that is begun again from the start on every host, and comes to the same.
type Story = for<'h> fn(&'h Host) -> Pin<Box<dyn Future<Output = Value> + 'h>>;

fn life() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

/// Ends the host at every commit of a story.
fn survives_every_crash(story: Story) {
    let world = world();
    let undisturbed = life().block_on(async {
        let host = world.host().await;
        tell(&host, story).await
    });
    let commits = world.log.commits() as u64;
    assert!(commits > 2, "{commits}");
    for crash in [Crash::Before, Crash::After] {
        for nth in 1..=commits {
            let told = crash_at(nth, crash, story);
            assert_eq!(told, undisturbed, "{crash:?} commit {nth} of {commits}");
        }
    }
}

fn world() -> World {
    let world = World::new();
    world.sink.open();
    world
}

fn crash_at(nth: u64, crash: Crash, story: Story) -> Value {
    let world = world();
    world.store.crash_at(nth, crash);
    let first = life();
    first.block_on(async {
        let host = world.host().await;
        tokio::select! {
            _ = tell(&host, story) => {}
            () = world.store.crashed() => {}
        }
    });
    drop(first);
    world.store.heal();
    world.script.unload();
    life().block_on(async {
        let host = world.host().await;
        let told = tell(&host, story).await;
        // What was left to be done outside is done.
        tokio::time::sleep(std::time::Duration::from_secs(300)).await;
        let left = host.store().outbox(0, 10).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
        told
    })
}

/// What a story came to, and which runs there are then; the rows of each are what its journal
/// says.
async fn tell(host: &Host, story: Story) -> Value {
    let told = story(host).await;
    let mut all: Vec<String> = Vec::new();
    for run in runs(host, RunFilter::default()).await {
        check_rows(host.store(), &run.run).await;
        all.push(format!("{} {:?} {:?}", run.workflow, run.role, run.status));
    }
    all.sort();
    json!({ "told": told, "runs": all })
}

/// The run of a workflow of which a story has just one.
async fn the(host: &Host, name: &str, input: Value) -> RunId {
    let mut request = request_of(name, input);
    request.key = Some(format!("the-{name}"));
    host.start_run(request).await.unwrap().run
}

async fn output(host: &Host, run: &RunId) -> Value {
    let view = ended(host, run).await;
    view.output.unwrap_or_else(|| panic!("{:?}", view.problem))
}

fn waits(view: &RunView) -> bool {
    view.status.is_ended() || view.waiting.is_some()
}

#[test]
fn a_parent_and_its_children() {
    const PARENT: &str = "
  - one:
      run:
        workflow: { namespace: test, name: child, version: '1.0.0', input: { n: 1 } }
  - many:
      call: map:1.0.0@default
      with:
        workflow: { namespace: test, name: child }
        items: [2, 3, 4]
        input: { n: '${ $item }' }
        concurrency: 2
";
    const CHILD: &str = "do:
  - nap:
      wait: { seconds: 1 }
  - out:
      set: { n: '${ $workflow.input.n }' }
";
    survives_every_crash(|host| {
        Box::pin(async move {
            deploy(host, PARENT).await;
            deploy_named(host, "child", "1.0.0", CHILD).await;
            let run = the(host, "flow", json!(null)).await;
            output(host, &run).await
        })
    });
}

#[test]
fn a_parent_that_is_cancelled() {
    const PARENT: &str = "
  - one:
      run:
        workflow: { namespace: test, name: child, version: '1.0.0' }
";
    const CHILD: &str = "do:\n  - nap:\n      wait: { days: 100 }\n";
    survives_every_crash(|host| {
        Box::pin(async move {
            deploy(host, PARENT).await;
            deploy_named(host, "child", "1.0.0", CHILD).await;
            let run = the(host, "flow", json!(null)).await;
            let children = || async {
                let filter = RunFilter {
                    parent: Some(run.clone()),
                    ..RunFilter::default()
                };
                runs(host, filter).await
            };
            while children().await.is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            host.cancel(&run, None).await.unwrap();
            let [child] = children().await.try_into().unwrap();
            json!(ended(host, &child.run).await.status)
        })
    });
}

#[test]
fn a_run_that_hears_what_another_one_emits() {
    const HEAR: &str = "
  - hear:
      listen:
        to:
          any:
            - with: { type: com.example.told }
          until: '${ ( . | length ) == 2 }'
";
    const TELL: &str = "do:
  - one:
      emit: { event: { with: { type: com.example.told, data: { n: 1 } } } }
  - nap:
      wait: { seconds: 1 }
  - two:
      emit: { event: { with: { type: com.example.told, data: { n: 2 } } } }
";
    survives_every_crash(|host| {
        Box::pin(async move {
            deploy(host, HEAR).await;
            deploy_named(host, "teller", "1.0.0", TELL).await;
            let hearing = the(host, "flow", json!(null)).await;
            until(host, &hearing, waits).await;
            let telling = the(host, "teller", json!(null)).await;
            ended(host, &telling).await;
            output(host, &hearing).await
        })
    });
}

#[test]
fn a_run_that_asks_somebody_outside() {
    const ASK: &str = "
  - ask:
      call: await-callback:1.0.0@default
      with: { title: Well? }
  - nap:
      wait: { seconds: 1 }
";
    survives_every_crash(|host| {
        Box::pin(async move {
            deploy(host, ASK).await;
            let run = the(host, "flow", json!(null)).await;
            let view = until(host, &run, waits).await;
            let callbacks = view.waiting.map(|waiting| waiting.callbacks);
            for callback in callbacks.unwrap_or_default() {
                let token = callback.url.rsplit('/').next().unwrap();
                let answered = host.answer_callback(&run, token, json!("yes"), None).await;
                answered.unwrap();
            }
            output(host, &run).await
        })
    });
}

#[test]
fn a_schedule_and_the_runs_that_it_starts() {
    const SCHEDULED: &str = "schedule:
  on:
    one:
      with: { type: com.example.told }
do:
  - out:
      set: { heard: '${ $workflow.input }' }
";
    survives_every_crash(|host| {
        Box::pin(async move {
            deploy_named(host, "heard", "1.0.0", SCHEDULED).await;
            let of_role = |role| RunFilter {
                role: Some(role),
                ..RunFilter::default()
            };
            let [schedule] = runs(host, of_role(RunRole::Schedule))
                .await
                .try_into()
                .unwrap();
            until(host, &schedule.run, waits).await;
            for id in ["1", "2"] {
                let one = event(id, "com.example.told", json!({ "id": id }));
                host.accept_events(vec![one]).await.unwrap();
            }
            let mut outputs = Vec::new();
            while outputs.len() < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                outputs.clear();
                for run in runs(host, of_role(RunRole::Run)).await {
                    outputs.push(output(host, &run.run).await);
                }
            }
            outputs.reverse();
            json!(outputs)
        })
    });
}
