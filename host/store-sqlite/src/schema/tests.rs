//! Migrations: from nothing, from a version before, refused, and killed after any statement.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use super::*;

/// Names the statement after which the child process kills itself.
const KILL_AFTER: &str = "SEGUE_TEST_KILL_AFTER";
/// The child's database.
const DATABASE: &str = "SEGUE_TEST_DATABASE";

const NOW: Timestamp = Timestamp(1_767_225_600_000);

/// One version more than there is.
const NEWER: &[Migration] = &[
    Migration {
        name: "one",
        statements: v1::STATEMENTS,
    },
    Migration {
        name: "two",
        statements: v2::STATEMENTS,
    },
    Migration {
        name: "three",
        statements: &[
            "ALTER TABLE runs ADD COLUMN more INTEGER",
            "CREATE TABLE extra (no INTEGER PRIMARY KEY)",
        ],
    },
];

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", "wal")
        .unwrap();
    connection
}

/// Tables, indexes and versions, as text.
fn shape(connection: &Connection) -> Vec<String> {
    let mut read = connection
        .prepare(
            "SELECT coalesce(sql, name) FROM sqlite_schema
             UNION ALL SELECT version || ' ' || name FROM migrations ORDER BY 1",
        )
        .unwrap();
    let rows = read.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn an_empty_database_gets_every_version_and_a_second_start_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = open(&directory.path().join("new.db"));
    migrate(&mut connection, NOW).unwrap();
    assert_eq!(version(&connection).unwrap(), SCHEMA_VERSION);
    let before = shape(&connection);
    migrate(&mut connection, NOW).unwrap();
    assert_eq!(shape(&connection), before);
}

/// Written by a host of version 1: runs of two workflows, two of them of one.
const OF_VERSION_1: &str = "
    INSERT INTO pins (no, deployed, namespace, name, version) VALUES
        (1, x'01', 'shop', 'order', '1.0.0'), (7, x'02', 'shop', 'refund', '1.0.0');
    INSERT INTO runs (id, pin, status, in_flight, seq, created_at, updated_at, recoveries, root)
        VALUES (x'0a', 1, 1, 1, 3, 10, 20, 0, 'root'), (x'0b', 7, 6, 0, 4, 10, 20, 0, NULL),
            (x'0c', 1, 2, 0, 5, 10, 20, 0, 'other');";

#[test]
fn a_database_of_version_1_keeps_its_runs() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = open(&directory.path().join("older.db"));
    migrate_with(&mut connection, &MIGRATIONS[..1], NOW, &mut |_| {}).unwrap();
    connection.execute_batch(OF_VERSION_1).unwrap();
    migrate(&mut connection, NOW).unwrap();
    let mut read = connection
        .prepare(
            "SELECT hex(id) || ' ' || name || ' ' || role || ' ' || seq || ' ' || events_after
             FROM runs JOIN pins ON pins.no = runs.pin
             WHERE parent IS NULL AND child IS NULL ORDER BY id",
        )
        .unwrap();
    let rows = read.query_map([], |row| row.get(0)).unwrap();
    let rows: Vec<String> = rows.map(Result::unwrap).collect();
    assert_eq!(
        rows,
        ["0A order 0 3 0", "0B refund 0 4 0", "0C order 0 5 0"]
    );
    // The same workflow as a schedule is another pin.
    let schedule = "INSERT INTO pins (deployed, namespace, name, version, role)
                    VALUES (x'01', 'shop', 'order', '1.0.0', ?1)";
    assert!(connection.execute(schedule, [0]).is_err());
    assert_eq!(connection.execute(schedule, [1]).unwrap(), 1);
}

#[test]
fn a_database_of_a_newer_host_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = open(&directory.path().join("newer.db"));
    migrate_with(&mut connection, NEWER, NOW, &mut |_| {}).unwrap();
    let before = shape(&connection);
    let refused = migrate(&mut connection, NOW);
    assert!(
        matches!(refused, Err(Failure::TooNew { found: 3, known: 2 })),
        "{refused:?}"
    );
    assert_eq!(shape(&connection), before);
}

#[test]
fn a_database_of_somebody_else_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = open(&directory.path().join("other.db"));
    connection.execute_batch("CREATE TABLE mine (a)").unwrap();
    let refused = migrate(&mut connection, NOW);
    assert!(matches!(refused, Err(Failure::Damaged(_))), "{refused:?}");
}

/// The other half of the next test: does nothing unless it is told to.
#[test]
fn child_that_kills_itself_while_it_migrates() {
    let (Ok(after), Some(path)) = (std::env::var(KILL_AFTER), std::env::var_os(DATABASE)) else {
        return;
    };
    let after: usize = after.parse().unwrap();
    let mut connection = open(Path::new(&path));
    let mut kill = |executed| {
        if executed == after {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
        }
    };
    migrate_with(&mut connection, NEWER, NOW, &mut kill).unwrap();
}

#[test]
fn a_migration_that_is_killed_after_any_statement_goes_on_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let mut whole = open(&directory.path().join("whole.db"));
    let mut statements = 0;
    migrate_with(&mut whole, NEWER, NOW, &mut |executed| {
        statements = executed
    })
    .unwrap();
    assert!(statements > 35);
    for after in 1..=statements {
        let path = directory.path().join(format!("{after}.db"));
        let status = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "schema::tests::child_that_kills_itself_while_it_migrates",
            ])
            .env(KILL_AFTER, after.to_string())
            .env(DATABASE, &path)
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(9), "after statement {after}");
        let mut connection = open(&path);
        let found = version(&connection).unwrap();
        assert!(found <= 3);
        migrate_with(&mut connection, NEWER, NOW, &mut |_| {}).unwrap();
        assert_eq!(shape(&connection), shape(&whole), "after statement {after}");
    }
}
