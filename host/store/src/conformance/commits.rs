//! Commits: batches, order, refusals.

use segue_model::{RunId, Timestamp};

use super::Harness;
use super::fixtures::{
    change, commit, create_runs, creation, event, new_run, payload, put_row, run_id, seqs,
};
use crate::check::KEY_BYTES_MAX;
use crate::{
    CommitError, CommitRuns, Events, Fence, ListenerChange, ManualClock, NewRun, Outbox, Page,
    ReadRuns, ReadTimers, RunCommit, RunFilter, RunStatus, SHARDS, TimerChange,
};

/// What a new run is read back as, before and after a restart.
pub async fn a_run_is_created_and_goes_on<H: Harness>() {
    let clock = ManualClock::new(Timestamp(5_000));
    let harness = H::fresh(clock.clone());
    let (store, run) = (harness.store(), run_id(1));
    assert_eq!(store.load(&run).await.unwrap(), None);
    let first = creation(&run, store.fence());
    assert_eq!(commit(store, first).await, Ok(1));
    clock.advance_ms(10);
    let second = RunCommit {
        status: RunStatus::Waiting,
        rows: vec![put_row(0, "{}")],
        ..change(&run, 1, 2, store.fence())
    };
    assert_eq!(commit(store, second).await, Ok(3));

    let harness = harness.reopened();
    let stored = harness.store().load(&run).await.unwrap().unwrap();
    let summary = &stored.summary;
    let new = new_run();
    assert_eq!((&summary.run, summary.seq), (&run, 3));
    assert_eq!(summary.status, RunStatus::Waiting);
    assert_eq!(
        (&summary.workflow, summary.deployed),
        (&new.workflow, new.deployed)
    );
    assert_eq!(
        (summary.created_at, summary.updated_at),
        (new.created_at, Timestamp(5_010))
    );
    assert_eq!(stored.rows.len(), 1);
    assert_eq!(
        harness.store().summary(&run).await.unwrap(),
        Some(stored.summary)
    );
}

/// A batch with one run of every kind that can fail, among runs that are good.
pub async fn one_bad_run_never_fails_its_batch<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let fence = store.fence();
    create_runs(store, 6).await;
    let keyed = |n| {
        let mut one = creation(&run_id(n), fence);
        one.create = Some(NewRun {
            key: Some(("key".to_owned(), payload("request").0)),
            ..new_run()
        });
        one
    };
    assert_eq!(commit(store, keyed(7)).await, Ok(1));

    let mut misnumbered = change(&run_id(3), 1, 2, fence);
    misnumbered.journal[1].seq = 4;
    let batch = vec![
        change(&run_id(1), 1, 1, fence),
        change(&run_id(2), 9, 1, fence),
        misnumbered,
        change(&run_id(4), 1, 1, Fence(fence.0 + 1)),
        creation(&run_id(5), fence),
        change(&run_id(99), 0, 1, fence),
        keyed(8),
        change(&run_id(6), 1, 1, fence),
    ];
    let results = seqs(store.commit(batch).await.unwrap());
    let expected = [
        Ok(2),
        Err(CommitError::Stale {
            run: run_id(2),
            expected: 9,
            found: 1,
        }),
        Err(CommitError::Numbering {
            run: run_id(3),
            expected: 2,
        }),
        Err(CommitError::Fenced {
            run: run_id(4),
            token: Fence(fence.0 + 1),
        }),
        Err(CommitError::Existence {
            run: run_id(5),
            exists: true,
        }),
        Err(CommitError::Existence {
            run: run_id(99),
            exists: false,
        }),
        Err(CommitError::KeyTaken {
            owner: run_id(7),
            fingerprint: payload("request").0,
        }),
        Ok(2),
    ];
    assert_eq!(results, expected);
    let harness = harness.reopened();
    for (run, seq) in [(1, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2)] {
        let summary = harness.store().summary(&run_id(run)).await.unwrap();
        assert_eq!(summary.unwrap().seq, seq, "run {run}");
    }
    assert_eq!(harness.store().summary(&run_id(8)).await.unwrap(), None);
}

/// Large batches are not answered out of order.
pub async fn results_stand_in_the_order_of_the_batch<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 100).await;
    let batch = (1..=100).rev().map(|n| {
        let expected = if n % 3 == 0 { 7 } else { 1 };
        change(&run_id(n), expected, n % 5, store.fence())
    });
    let results = seqs(store.commit(batch.collect()).await.unwrap());
    for (n, result) in (1..=100).rev().zip(results) {
        let stale = CommitError::Stale {
            run: run_id(n),
            expected: 7,
            found: 1,
        };
        let seq = 1 + n % 5;
        let expected = if n % 3 == 0 { Err(stale) } else { Ok(seq) };
        assert_eq!(result, expected);
    }
}

/// Later commits of a run in a batch build on its earlier ones.
pub async fn a_run_may_stand_in_a_batch_more_than_once<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let (run, fence) = (run_id(1), store.fence());
    let batch = vec![
        creation(&run, fence),
        change(&run, 1, 2, fence),
        change(&run, 1, 1, fence),
        change(&run, 3, 0, fence),
    ];
    let stale = CommitError::Stale {
        run: run.clone(),
        expected: 1,
        found: 3,
    };
    let expected = [Ok(1), Ok(3), Err(stale), Ok(3)];
    assert_eq!(seqs(store.commit(batch).await.unwrap()), expected);
}

/// Nothing of a refused commit can be seen: rows, journal, timers, payloads, status.
pub async fn a_refused_commit_leaves_nothing_behind<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 1).await;
    let before = store.load(&run_id(1)).await.unwrap();
    let full = |run: &RunId, expected_seq| RunCommit {
        rows: vec![put_row(0, "{}"), put_row(1, "{}")],
        timers: vec![TimerChange::Set {
            timer: 1,
            at: Timestamp(1),
        }],
        status: RunStatus::Completed,
        in_flight: true,
        payloads: vec![payload("refused")],
        listeners: vec![ListenerChange::Set {
            listen: 1,
            types: None,
            since: 1,
        }],
        emitted: vec![event("s", "refused", "t")],
        outbox: vec!["\"refused\"".into()],
        ..change(run, expected_seq, 2, store.fence())
    };
    let refused = vec![full(&run_id(1), 5), full(&run_id(2), 0)];
    for result in store.commit(refused).await.unwrap() {
        assert!(result.is_err());
    }
    let harness = harness.reopened();
    let store = harness.store();
    assert_eq!(store.load(&run_id(1)).await.unwrap(), before);
    assert_eq!(store.load(&run_id(2)).await.unwrap(), None);
    assert_eq!(store.journal(&run_id(1), 1, 9).await.unwrap().len(), 1);
    assert_eq!(store.next_due(0..SHARDS).await.unwrap(), None);
    assert!(store.payloads(&[payload("refused").0]).await.is_err());
    assert_eq!(store.begin_recovery(None, 9).await.unwrap(), []);
    assert_eq!(store.listening(None, 9).await.unwrap(), []);
    assert_eq!(store.outbox(0, 9).await.unwrap(), []);
    let accepted = store.accept(vec![event("s", "refused", "t")]).await;
    assert!(!accepted.unwrap()[0].duplicate);
    let all = Page {
        before: None,
        limit: 9,
    };
    let ended = RunFilter {
        status: Some(RunStatus::Completed),
        ..RunFilter::default()
    };
    assert_eq!(store.list(&ended, &all).await.unwrap(), []);
}

/// A new owner's token is greater, and the old one's commits change nothing.
pub async fn tokens_of_earlier_owners_are_refused<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    let old = harness.store().fence();
    let harness = harness.reopened();
    let store = harness.store();
    assert!(store.fence() > old, "{:?} after {old:?}", store.fence());
    let fenced = |run| Err(CommitError::Fenced { run, token: old });
    assert_eq!(
        commit(store, change(&run_id(1), 1, 1, old)).await,
        fenced(run_id(1))
    );
    assert_eq!(
        commit(store, creation(&run_id(2), old)).await,
        fenced(run_id(2))
    );
    assert_eq!(store.summary(&run_id(2)).await.unwrap(), None);
    let good = change(&run_id(1), 1, 1, store.fence());
    assert_eq!(commit(store, good).await, Ok(2));
}

/// Outsiders control the length of a key.
pub async fn what_is_too_large_is_refused<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let keyed = |n, length| {
        let mut one = creation(&run_id(n), store.fence());
        one.create = Some(NewRun {
            key: Some(("k".repeat(length), payload("request").0)),
            ..new_run()
        });
        one
    };
    let batch = vec![keyed(1, KEY_BYTES_MAX), keyed(2, KEY_BYTES_MAX + 1)];
    let results = seqs(store.commit(batch).await.unwrap());
    assert_eq!(results[0], Ok(1));
    assert!(matches!(&results[1], Err(CommitError::Refused { run, .. }) if *run == run_id(2)));
}

/// Nothing to do is done at once.
pub async fn an_empty_batch_is_no_error<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    assert_eq!(harness.store().commit(Vec::new()).await.unwrap(), []);
}

/// A probe is repeatable and changes nothing that can be read.
pub async fn a_store_says_that_it_takes_writes<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    for _ in 0..3 {
        harness.store().probe().await.unwrap();
    }
    let all = Page {
        before: None,
        limit: 9,
    };
    let list = harness.store().list(&RunFilter::default(), &all).await;
    assert_eq!(list.unwrap(), []);
}
