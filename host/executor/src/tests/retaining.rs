//! How long runs are kept, and deleting one.

use std::time::Duration;

use segue_store::{Page, RunFilter};
use serde_json::json;

use super::support::{World, complete, kind, request, start, workflows};
use crate::Host;

const HOUR: Duration = Duration::from_secs(3_600);

async fn count(host: &Host) -> usize {
    let page = Page {
        before: None,
        limit: 500,
    };
    host.runs(RunFilter::default(), page).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_removed_after_its_time_and_nothing_else() {
    let mut world = World::new();
    world.options.retention_ms = Some(10 * 3_600_000);
    let host = world.host_with(workflows::PURE_CHAIN).await;
    // More than one batch.
    for _ in 0..120 {
        complete(&host).await;
    }
    tokio::time::sleep(9 * HOUR).await;
    let young = complete(&host).await;
    assert_eq!(count(&host).await, 121);
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!(count(&host).await, 1);
    assert!(host.run(&young.id).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn without_a_time_everything_stays() {
    let world = World::new();
    let host = world.host_with(workflows::PURE_CHAIN).await;
    complete(&host).await;
    tokio::time::sleep(100_000 * HOUR).await;
    assert_eq!(count(&host).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_deleted_with_its_key_once_it_has_ended() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let asked = || crate::StartRequest {
        key: Some("k".to_owned()),
        ..request(json!({}))
    };
    let run = host.start_run(asked()).await.unwrap().run;
    let problem = host.delete(&run).await.unwrap_err();
    assert_eq!(kind(&problem), "conflict");
    host.cancel(&run, None).await.unwrap();
    host.delete(&run).await.unwrap();
    assert_eq!(kind(&host.delete(&run).await.unwrap_err()), "not-found");
    assert!(host.start_run(asked()).await.unwrap().created);
    start(&host).await;
}
