//! What somebody else wrote into the database: noticed where it is read, and reported.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use segue_model::Digest;
use segue_store::conformance::{payload, plugin, run_id, workflow};
use segue_store::{CommitRuns, Deployments, Events, ManualClock, Outbox, ReadRuns, StoreError};
use segue_store_sqlite::{Options, SqliteStore};

use super::support::{commit, open, step};

/// Changes a closed store's database from outside.
fn tamper(directory: &Path, sql: &str) {
    let connection = Connection::open(directory.join("segue.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

async fn damage<T: std::fmt::Debug>(found: Result<T, StoreError>, names: &str) {
    assert!(
        matches!(&found, Err(StoreError::Damaged { what }) if what.contains(names)),
        "{found:?}"
    );
}

#[tokio::test]
async fn payloads_and_components_are_what_their_digests_say_or_damage() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    commit(&store, step(&store, 1, 1)).await.unwrap().unwrap();
    let component: Arc<[u8]> = b"component".as_slice().into();
    let record = plugin("count", "1.0.0", &component);
    store
        .put_plugin(record, Arc::clone(&component))
        .await
        .unwrap();
    drop(store);
    tamper(
        directory.path(),
        "UPDATE payload_bodies SET body = body || ' '; UPDATE component_chunks SET body = x'00'",
    );
    let store = open(directory.path());
    let digest = payload("shared").0;
    damage(store.payloads(&[digest]).await, &digest.to_string()).await;
    let digest = Digest::of(&component);
    damage(store.component(&digest).await, &digest.to_string()).await;
}

#[tokio::test]
async fn columns_that_cannot_be_read_are_damage_and_name_themselves() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for n in 1..=6 {
        commit(&store, step(&store, n, 1)).await.unwrap().unwrap();
    }
    drop(store);
    tamper(
        directory.path(),
        "UPDATE runs SET status = 99 WHERE no = 1; UPDATE runs SET seq = -1 WHERE no = 2;
         UPDATE journal SET entries = x'ff' WHERE part >> 32 = 3; UPDATE pins SET version = 'x';
         UPDATE runs SET pin = 77, parent = x'00' WHERE no > 4; UPDATE runs SET pin = 78 WHERE no = 6;
         INSERT INTO pins SELECT 77, deployed, namespace, name, '1.0.0', 1 FROM pins WHERE no = 1;
         INSERT INTO pins SELECT 78, deployed, namespace, name, '1.0.0', 9 FROM pins WHERE no = 1;
         UPDATE listeners SET types = '{' WHERE run = (SELECT id FROM runs WHERE no = 3); UPDATE outbox SET body = x'00'",
    );
    let store = open(directory.path());
    damage(store.load(&run_id(1)).await, "status").await;
    damage(store.load(&run_id(2)).await, "seq").await;
    damage(store.load(&run_id(4)).await, "`x` is not a version").await;
    damage(store.journal(&run_id(3), 1, 9).await, "journal row").await;
    damage(store.load(&run_id(5)).await, "parent").await;
    damage(store.summary(&run_id(6)).await, "role").await;
    damage(store.offers(&run_id(3), 1, 0, 9).await, "types").await;
    damage(store.outbox(0, 9).await, "body").await;
    // A damaged run is refused, and the others go on.
    let batch = vec![step(&store, 1, 2), step(&store, 4, 2)];
    let results = store.commit(batch).await.unwrap();
    assert!(results[0].is_err() && results[1].is_ok(), "{results:?}");
}

#[tokio::test]
async fn a_workflow_of_a_newer_host_is_told_from_damage() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let deployed = workflow("shop/order:1.0.0", "one");
    store.put_workflow(deployed.clone()).await.unwrap();
    drop(store);
    tamper(
        directory.path(),
        "UPDATE workflows SET deployed = '{\"workflow\": {\"ir_version\": 999, \"news\": 1}}'",
    );
    let store = open(directory.path());
    let found = store.workflow(&deployed.record.digest).await;
    damage(found, "newer host (IR version 999").await;
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("segue.db"),
        "no database".repeat(1_000),
    )
    .unwrap();
    let clock = ManualClock::default();
    let refused = SqliteStore::open(directory.path(), &Options::default(), clock);
    assert!(matches!(refused, Err(StoreError::Backend { .. })));
}

#[test]
fn chunks_of_a_component_that_was_never_finished_are_dropped() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    tamper(
        directory.path(),
        "INSERT INTO component_chunks (digest, chunk, body) VALUES (x'01', 0, x'02')",
    );
    drop(open(directory.path()));
    let connection = Connection::open(directory.path().join("segue.db")).unwrap();
    let count = "SELECT count(*) FROM component_chunks";
    let left: i64 = connection.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}
