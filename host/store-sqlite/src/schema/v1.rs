//! Version 1 of the schema. Frozen: a change is a new version.
//!
//! Tables with bodies have integer keys, because SQLite keeps long rows whole only in those;
//! `part` keys hold the run's number in the upper half (see `codec::part_key`).

pub(super) const STATEMENTS: &[&str] = &[
    // The one row of the store: its owner's fencing token.
    "CREATE TABLE store (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        fence INTEGER NOT NULL,
        probes INTEGER NOT NULL
    )",
    "INSERT INTO store (one, fence, probes) VALUES (1, 0, 0)",
    // What runs are pinned to; said once for all runs of a deployment.
    "CREATE TABLE pins (
        no INTEGER PRIMARY KEY,
        deployed BLOB NOT NULL,
        namespace TEXT NOT NULL,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        UNIQUE (deployed, namespace, name, version)
    )",
    // The head of a run, and its root row, which changes together with it.
    "CREATE TABLE runs (
        no INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        pin INTEGER NOT NULL,
        status INTEGER NOT NULL,
        in_flight INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        recoveries INTEGER NOT NULL,
        key TEXT,
        fingerprint BLOB,
        root_version INTEGER,
        root TEXT
    )",
    "CREATE UNIQUE INDEX runs_by_key ON runs (key) WHERE key IS NOT NULL",
    // Lists are merged from one range of this index for each pin and status.
    "CREATE INDEX runs_listed ON runs (pin, status, id)",
    "CREATE INDEX runs_in_flight ON runs (id) WHERE in_flight = 1",
    // State rows other than the root.
    "CREATE TABLE state_rows (
        part INTEGER PRIMARY KEY,
        version INTEGER NOT NULL,
        body TEXT NOT NULL
    )",
    // The entries of one commit, under the number of the first one.
    "CREATE TABLE journal (
        part INTEGER PRIMARY KEY,
        entries BLOB NOT NULL
    )",
    "CREATE TABLE timers (
        run INTEGER NOT NULL,
        timer INTEGER NOT NULL,
        at INTEGER NOT NULL,
        shard INTEGER NOT NULL,
        PRIMARY KEY (run, timer)
    ) WITHOUT ROWID",
    "CREATE INDEX timers_due ON timers (at, shard)",
    // A payload and how many runs refer to it. Its body stands apart, so that counting does
    // not rewrite it.
    "CREATE TABLE payloads (
        no INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        runs INTEGER NOT NULL
    )",
    "CREATE TABLE payload_bodies (
        no INTEGER PRIMARY KEY,
        body TEXT NOT NULL
    )",
    "CREATE TABLE payload_references (
        run INTEGER NOT NULL,
        payload INTEGER NOT NULL,
        PRIMARY KEY (run, payload)
    ) WITHOUT ROWID",
    "CREATE TABLE plugins (
        no INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        digest BLOB NOT NULL,
        record TEXT NOT NULL,
        UNIQUE (name, version)
    )",
    // A component is there when it stands here; its bytes may arrive before.
    "CREATE TABLE components (
        no INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        bytes INTEGER NOT NULL
    )",
    "CREATE TABLE component_chunks (
        no INTEGER PRIMARY KEY,
        digest BLOB NOT NULL,
        chunk INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (digest, chunk)
    )",
    "CREATE TABLE workflows (
        no INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        record TEXT NOT NULL,
        source TEXT NOT NULL,
        deployed TEXT NOT NULL
    )",
    "CREATE TABLE current_workflows (
        namespace TEXT NOT NULL,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        digest BLOB NOT NULL,
        PRIMARY KEY (namespace, name, version)
    ) WITHOUT ROWID",
];
