//! Schedules: started by deployments, ended by others.

use segue_model::RunId;
use segue_store::{RunFilter, RunRole, RunStatus, RunSummary};
use serde_json::json;

use super::support::{World, deploy_named, ended, event, kind, runs, until};
use crate::Host;

const HOURLY: &str = "schedule:
  every: { hours: 1 }
do:
  - out:
      set: { done: true }
";

const ON_PAID: &str = "schedule:
  on:
    one:
      with: { type: com.example.paid }
do:
  - out:
      set: { paid: '${ $workflow.input }' }
";

async fn of_role(host: &Host, role: RunRole) -> Vec<RunSummary> {
    let filter = RunFilter {
        role: Some(role),
        ..RunFilter::default()
    };
    runs(host, filter).await
}

async fn schedules(host: &Host) -> Vec<RunSummary> {
    of_role(host, RunRole::Schedule).await
}

async fn active(host: &Host) -> Vec<RunId> {
    let all = schedules(host).await.into_iter();
    all.filter(|run| !run.status.is_ended())
        .map(|run| run.run)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn deploying_a_schedule_starts_it_and_it_starts_runs() {
    let world = World::new();
    let host = world.host().await;
    deploy_named(&host, "hourly", "1.0.0", HOURLY).await;
    let [schedule] = schedules(&host).await.try_into().unwrap();
    assert_eq!(schedule.status, RunStatus::Waiting);
    tokio::time::sleep(std::time::Duration::from_secs(3 * 3_600 + 60)).await;
    let started = of_role(&host, RunRole::Run).await;
    assert_eq!(started.len(), 3);
    for run in started {
        let view = ended(&host, &run.run).await;
        assert_eq!(view.output, Some(json!({ "done": true })));
    }
    super::support::check_rows(host.store(), &schedule.run).await;
}

#[tokio::test(start_paused = true)]
async fn the_same_deployment_again_changes_nothing() {
    let world = World::new();
    let host = world.host().await;
    deploy_named(&host, "hourly", "1.0.0", HOURLY).await;
    let before = schedules(&host).await;
    deploy_named(&host, "hourly", "1.0.0", HOURLY).await;
    assert_eq!(schedules(&host).await, before);
    // Neither does a restart.
    drop(host);
    let host = world.host().await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(schedules(&host).await, before);
}

#[tokio::test(start_paused = true)]
async fn another_version_takes_the_place_of_the_one_before() {
    let world = World::new();
    let host = world.host().await;
    deploy_named(&host, "hourly", "1.0.0", HOURLY).await;
    let first = active(&host).await;
    deploy_named(&host, "hourly", "1.1.0", HOURLY).await;
    let second = active(&host).await;
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
    // A version without a schedule ends it.
    deploy_named(
        &host,
        "hourly",
        "1.2.0",
        "do:\n  - out:\n      set: { a: 1 }\n",
    )
    .await;
    assert!(active(&host).await.is_empty());
    // The same version as before, deployed again, brings its schedule back.
    deploy_named(&host, "hourly", "1.1.0", HOURLY).await;
    assert_eq!(active(&host).await.len(), 1);
    drop(host);
    let host = world.host().await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(active(&host).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_schedule_stays_cancelled_until_somebody_deploys_it_again() {
    let world = World::new();
    let host = world.host().await;
    deploy_named(&host, "hourly", "1.0.0", HOURLY).await;
    let [schedule] = active(&host).await.try_into().unwrap();
    host.cancel(&schedule, None).await.unwrap();
    drop(host);
    let host = world.host().await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert!(active(&host).await.is_empty());
    deploy_named(&host, "hourly", "1.0.0", HOURLY).await;
    let again = active(&host).await;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0], schedule);
}

#[tokio::test(start_paused = true)]
async fn an_event_starts_a_run_whose_input_is_the_array_of_it() {
    let world = World::new();
    let host = world.host().await;
    deploy_named(&host, "paid", "1.0.0", ON_PAID).await;
    let [schedule] = active(&host).await.try_into().unwrap();
    until(&host, &schedule, |view| view.waiting.is_some()).await;
    for (id, amount) in [("1", 5), ("2", 6)] {
        let one = event(id, "com.example.paid", json!({ "amount": amount }));
        host.accept_events(vec![one]).await.unwrap();
    }
    until(&host, &schedule, |_| true).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let mut outputs = Vec::new();
    for run in of_role(&host, RunRole::Run).await {
        outputs.push(ended(&host, &run.run).await.output.unwrap()["paid"].clone());
    }
    outputs.reverse();
    assert_eq!(
        outputs,
        [json!([{ "amount": 5 }]), json!([{ "amount": 6 }])]
    );
    super::support::check_rows(host.store(), &schedule).await;
}

#[tokio::test(start_paused = true)]
async fn keys_of_the_host_are_nobody_elses() {
    let world = World::new();
    let host = world.host().await;
    deploy_named(&host, "hourly", "1.0.0", HOURLY).await;
    let mut request = super::support::request_of("hourly", json!(null));
    request.key = Some("segue:schedule:mine".to_owned());
    let problem = host.start_run(request).await.unwrap_err();
    assert_eq!(kind(&problem), "bad-request");
}
