//! Idempotency keys.

use super::Harness;
use super::fixtures::{commit, creation, digest, new_run, run_id, seqs};
use crate::{CommitError, CommitRuns, Fence, KeyOwner, ManualClock, NewRun, ReadRuns, RunCommit};

/// The key's owner and fingerprint are remembered; a second run of that key is refused.
pub async fn a_key_belongs_to_its_first_run<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    assert_eq!(store.key_owner("k").await.unwrap(), None);
    let first = keyed(1, "k", "request 1", store.fence());
    assert_eq!(commit(store, first).await, Ok(1));
    let harness = harness.reopened();
    let store = harness.store();
    let second = keyed(2, "k", "request 2", store.fence());
    let taken = CommitError::KeyTaken {
        owner: run_id(1),
        fingerprint: digest("request 1"),
    };
    assert_eq!(commit(store, second).await, Err(taken));
    assert_eq!(store.summary(&run_id(2)).await.unwrap(), None);
    let owner = KeyOwner {
        run: run_id(1),
        fingerprint: digest("request 1"),
    };
    assert_eq!(store.key_owner("k").await.unwrap(), Some(owner));
    assert_eq!(store.key_owner("K").await.unwrap(), None);
    let other = keyed(3, "K", "request 1", store.fence());
    assert_eq!(commit(store, other).await, Ok(1));
    let none = creation(&run_id(4), store.fence());
    assert_eq!(commit(store, none).await, Ok(1));
}

/// Callers that come at the same moment may be committed together.
pub async fn a_key_is_taken_within_a_batch<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let runs = (1..=5).map(|n| keyed(n, "k", "request", store.fence()));
    let results = seqs(store.commit(runs.collect()).await.unwrap());
    assert_eq!(results[0], Ok(1));
    let taken = CommitError::KeyTaken {
        owner: run_id(1),
        fingerprint: digest("request"),
    };
    assert!(
        results[1..]
            .iter()
            .all(|result| *result == Err(taken.clone()))
    );
}

/// The key of a refused run is free for the next one.
pub async fn a_refused_run_takes_no_key<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let refused = RunCommit {
        expected_seq: 3,
        ..keyed(1, "k", "request", store.fence())
    };
    assert!(commit(store, refused).await.is_err());
    assert_eq!(store.key_owner("k").await.unwrap(), None);
    let next = keyed(2, "k", "request", store.fence());
    assert_eq!(commit(store, next).await, Ok(1));
}

fn keyed(n: u64, key: &str, request: &str, fence: Fence) -> RunCommit {
    RunCommit {
        create: Some(NewRun {
            key: Some((key.to_owned(), digest(request))),
            ..new_run()
        }),
        ..creation(&run_id(n), fence)
    }
}
