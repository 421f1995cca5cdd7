//! Version 2 of the schema: events, the outbox, children, schedules, secrets.

pub(super) const STATEMENTS: &[&str] = &[
    // A run's role stands with its pin, so that lists by role are ranges as all others are.
    "CREATE TABLE pins_with_role (
        no INTEGER PRIMARY KEY,
        deployed BLOB NOT NULL,
        namespace TEXT NOT NULL,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        role INTEGER NOT NULL,
        UNIQUE (deployed, namespace, name, version, role)
    )",
    "INSERT INTO pins_with_role (no, deployed, namespace, name, version, role)
     SELECT no, deployed, namespace, name, version, 0 FROM pins",
    "DROP TABLE pins",
    "ALTER TABLE pins_with_role RENAME TO pins",
    // The id of the run that started it, and its number there.
    "ALTER TABLE runs ADD COLUMN parent BLOB",
    "ALTER TABLE runs ADD COLUMN child INTEGER",
    // Events with numbers up to this one are from before the run's time.
    "ALTER TABLE runs ADD COLUMN events_after INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX runs_of_parent ON runs (parent, status, id, pin) WHERE parent IS NOT NULL",
    // The inbox. `mark` is what an event is told from others by; numbers are never used again,
    // also when the table is empty.
    "CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        mark BLOB NOT NULL UNIQUE,
        type TEXT NOT NULL,
        accepted_at INTEGER NOT NULL,
        body TEXT NOT NULL
    )",
    "CREATE INDEX events_by_type ON events (type)",
    "CREATE INDEX events_by_time ON events (accepted_at)",
    // Listeners are found in order of their runs' ids; `types` is a JSON array, or NULL for
    // any type.
    "CREATE TABLE listeners (
        run BLOB NOT NULL,
        listen INTEGER NOT NULL,
        since INTEGER NOT NULL,
        types TEXT,
        PRIMARY KEY (run, listen)
    ) WITHOUT ROWID",
    // One row for each type of a listener: a text, or the number 0 for any type.
    "CREATE TABLE listener_types (
        type NOT NULL,
        run BLOB NOT NULL,
        listen INTEGER NOT NULL,
        PRIMARY KEY (type, run, listen)
    ) WITHOUT ROWID",
    // Which entry of a run consumed an event first.
    "CREATE TABLE consumed (
        event INTEGER NOT NULL,
        run INTEGER NOT NULL,
        entry INTEGER NOT NULL,
        PRIMARY KEY (event, run)
    ) WITHOUT ROWID",
    "CREATE INDEX consumed_by_run ON consumed (run)",
    "CREATE TABLE outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL,
        body TEXT NOT NULL
    )",
    "CREATE INDEX outbox_by_run ON outbox (run)",
    "CREATE TABLE secrets (
        no INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        sealed BLOB NOT NULL,
        updated_at INTEGER NOT NULL
    )",
];
