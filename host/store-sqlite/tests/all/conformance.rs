//! The conformance suite over SQLite.

use segue_store::ManualClock;
use segue_store::conformance::Harness;
use segue_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

struct Sqlite {
    store: SqliteStore,
    clock: ManualClock,
    directory: TempDir,
}

impl Harness for Sqlite {
    type Store = SqliteStore;

    fn fresh(clock: ManualClock) -> Self {
        let directory = TempDir::new().unwrap();
        Sqlite {
            store: open(&directory, &clock),
            clock,
            directory,
        }
    }

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    fn reopened(self) -> Self {
        let Sqlite {
            store,
            clock,
            directory,
        } = self;
        drop(store);
        Sqlite {
            store: open(&directory, &clock),
            clock,
            directory,
        }
    }
}

fn open(directory: &TempDir, clock: &ManualClock) -> SqliteStore {
    // A short log, so that it is copied back and started anew within a case.
    let options = Options {
        checkpoint_pages: 50,
        log_reserve_bytes: 256 << 10,
        ..Options::default()
    };
    SqliteStore::open(directory.path(), &options, clock.clone()).unwrap()
}

segue_store::conformance_suite!(Sqlite);
