//! The in-memory store passes the conformance suite, and its planned faults strike.

use segue_store::conformance::Harness;
use segue_store::memory::{Fault, MemoryStore, Operation};
use segue_store::{
    CommitRuns, Events, InboxQuery, ManualClock, Outbox, ReadRuns, Secrets, StoreError, conformance,
};

struct Memory(MemoryStore);

impl Harness for Memory {
    type Store = MemoryStore;

    fn fresh(clock: ManualClock) -> Self {
        Memory(MemoryStore::new(clock))
    }

    fn store(&self) -> &MemoryStore {
        &self.0
    }

    fn reopened(self) -> Self {
        Memory(self.0.take_over())
    }
}

segue_store::conformance_suite!(Memory);

#[tokio::test]
async fn planned_faults_strike_the_commit_that_they_are_planned_for() {
    let store = MemoryStore::new(ManualClock::default());
    let create = |n| {
        let mut commit = conformance::change(&conformance::run_id(n), 0, 1, store.fence());
        commit.create = Some(conformance::new_run());
        vec![commit]
    };
    store.fail(Operation::Commit, 2, Fault::Full);
    store.fail(Operation::Commit, 3, Fault::Unacknowledged);
    assert!(store.commit(create(1)).await.is_ok());
    assert!(matches!(
        store.commit(create(2)).await,
        Err(StoreError::Full)
    ));
    assert!(matches!(
        store.commit(create(3)).await,
        Err(StoreError::Backend { .. })
    ));
    assert!(store.commit(create(4)).await.is_ok());
    for (run, there) in [(1, true), (2, false), (3, true), (4, true)] {
        let found = store.summary(&conformance::run_id(run)).await.unwrap();
        assert_eq!(found.is_some(), there, "run {run}");
    }
}

#[tokio::test]
async fn planned_faults_strike_the_outside_as_well() {
    let store = MemoryStore::new(ManualClock::default());
    let event = |id: &str| vec![conformance::event("s", id, "t")];
    let all = InboxQuery {
        after: 0,
        types: None,
        limit: 9,
    };
    store.fail(Operation::Accept, 1, Fault::Full);
    store.fail(Operation::Accept, 2, Fault::Unacknowledged);
    let refused = store.accept(event("1")).await;
    assert!(matches!(refused, Err(StoreError::Full)));
    let unknown = store.accept(event("2")).await;
    assert!(matches!(unknown, Err(StoreError::Backend { .. })));
    let again = store.accept(event("2")).await.unwrap();
    assert!(again[0].duplicate, "it was written, and nobody was told");
    store.fail(Operation::Offer, 1, Fault::Fails);
    assert!(store.inbox(&all).await.is_err());
    assert_eq!(store.inbox(&all).await.unwrap().len(), 1);
    store.fail(Operation::Outbox, 1, Fault::Fails);
    store.fail(Operation::Done, 1, Fault::Fails);
    store.fail(Operation::Secret, 1, Fault::Fails);
    assert!(store.outbox(0, 9).await.is_err());
    assert!(store.done(&[]).await.is_err());
    assert!(store.put_secret("n", vec![1]).await.is_err());
    assert_eq!(store.secret("n").await.unwrap(), None);
}
