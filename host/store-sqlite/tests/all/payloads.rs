//! Large payloads: one copy in the file, whoever refers to them.

use rusqlite::Connection;
use segue_store::conformance::{change, payload, run_id};
use segue_store::{CommitRuns, ForgetRuns, Outbox, RunCommit, RunStatus};

use super::support::{commit, open, step};

/// One of a run's own and one that all share, referred to by every commit again.
#[tokio::test]
async fn the_file_holds_each_payload_once_and_none_that_nobody_needs() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for n in 1..=3 {
        for at in 1..=2 {
            let mut one = step(&store, n, at);
            one.payloads.push(payload("shared"));
            one.payloads.push(payload(&format!("{n}/1")));
            commit(&store, one).await.unwrap().unwrap();
        }
    }
    let outside = Connection::open(directory.path().join("segue.db")).unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        outside.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("payloads"), count("payload_bodies")), (7, 7));
    assert_eq!(count("payload_references"), 9);

    let items = store.outbox(0, 99).await.unwrap();
    let numbers: Vec<u64> = items.iter().map(|item| item.number).collect();
    store.done(&numbers).await.unwrap();
    for n in 1..=3 {
        let end = RunCommit {
            status: RunStatus::Completed,
            ..change(&run_id(n), 4, 0, store.fence())
        };
        commit(&store, end).await.unwrap().unwrap();
        assert_eq!(store.forget(&[run_id(n)]).await.unwrap(), 1);
    }
    let tables = [
        "runs",
        "state_rows",
        "journal",
        "timers",
        "payloads",
        "payload_bodies",
        "payload_references",
        "listeners",
        "listener_types",
        "consumed",
        "outbox",
    ];
    for table in tables {
        assert_eq!(count(table), 0, "{table}");
    }
    assert_eq!(count("events"), 6, "they belong to nobody");
}
