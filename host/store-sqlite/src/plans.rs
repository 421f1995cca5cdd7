//! How SQLite answers the queries that meet long tables: by a range of an index, in its order.

use rusqlite::Connection;
use segue_model::Timestamp;

use crate::{events, list, listeners, outbox, schema};

/// The steps of a query, as SQLite explains them.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let nothing = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain
        .query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"))
        .unwrap();
    steps.map(Result::unwrap).collect()
}

#[test]
fn no_query_of_a_long_table_scans_or_sorts() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection, Timestamp(0)).unwrap();
    for (sql, index) in [
        (events::ALL, "USING INTEGER PRIMARY KEY (rowid>?)"),
        (events::OF_TYPE, "events_by_type (type=? AND rowid>?)"),
        (events::OLD, "events_by_time (accepted_at<?)"),
        (listeners::OF_TYPE, "PRIMARY KEY (type=? AND run>?)"),
        (listeners::RUNS, "PRIMARY KEY (run>?)"),
        (outbox::READ, "USING INTEGER PRIMARY KEY (rowid>?)"),
        (list::LISTED, "runs_listed (pin=? AND status=? AND id<?)"),
        (
            list::CHILDREN,
            "COVERING INDEX runs_of_parent (parent=? AND status=? AND id<?)",
        ),
    ] {
        let steps = plan(&connection, sql);
        let slow = |step: &String| step.contains("SCAN ") || step.contains("TEMP B-TREE");
        assert!(!steps.iter().any(slow), "{sql}: {steps:?}");
        assert!(
            steps.iter().any(|step| step.contains(index)),
            "{sql}: {steps:?}"
        );
    }
}

#[test]
fn a_query_that_scans_would_be_seen() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection, Timestamp(0)).unwrap();
    let steps = plan(&connection, "SELECT number FROM events ORDER BY body");
    assert!(
        steps[0].contains("SCAN ") && steps[1].contains("TEMP B-TREE"),
        "{steps:?}"
    );
}
