//! Cancel safety: callers may drop a call at any moment.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use super::Harness;
use super::fixtures::{change, create_runs, creation, event, put_row, run_id};
use crate::{CommitRuns, Events, InboxQuery, ManualClock, Page, ReadRuns, RunCommit, RunFilter};

/// Commits that were dropped after 0, 1, 2 … polls. A later commit was acknowledged, so
/// what became of the dropped ones is decided.
pub async fn a_dropped_commit_is_whole_or_absent<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    for n in 1..=60 {
        let polls = n % 4;
        let runs = [2 * n, 2 * n + 1].map(|n| RunCommit {
            rows: vec![put_row(0, "root"), put_row(1, "scope")],
            ..creation(&run_id(n), store.fence())
        });
        drop_after(polls, store.commit(runs.into()));
    }
    create_runs(store, 1).await;
    let harness = harness.reopened();
    let mut whole = 0;
    for n in 2..=121 {
        let Some(stored) = harness.store().load(&run_id(n)).await.unwrap() else {
            continue;
        };
        whole += 1;
        assert_eq!((stored.summary.seq, stored.rows.len()), (1, 2), "run {n}");
        let next = change(&run_id(n), 1, 1, harness.store().fence());
        let results = harness.store().commit(vec![next]).await.unwrap();
        assert!(results[0].is_ok());
    }
    assert!(
        whole > 0,
        "no dropped commit happened: the case shows nothing"
    );
}

/// Calls that were dropped accept all of their events or none, and nothing out of order.
pub async fn a_dropped_accept_is_whole_or_absent<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let pair = |n: u64| {
        ["a", "b"]
            .map(|side| event(side, &n.to_string(), "t"))
            .to_vec()
    };
    for n in 1..=60 {
        drop_after(n % 4, store.accept(pair(n)));
    }
    store.accept(pair(61)).await.unwrap();
    let harness = harness.reopened();
    let all = InboxQuery {
        after: 0,
        types: None,
        limit: 1_000,
    };
    let found = harness.store().inbox(&all).await.unwrap();
    let mut found = found.iter().map(|event| &*event.body).peekable();
    let mut whole = 0;
    for n in 1..=61 {
        let pair = pair(n);
        if found.peek() == Some(&&*pair[0].body) {
            found.next();
            assert_eq!(found.next(), Some(&*pair[1].body), "call {n}");
            whole += 1;
        }
    }
    assert_eq!(found.next(), None, "out of order, or half there");
    assert!(
        whole > 1,
        "no dropped call happened: the case shows nothing"
    );
}

/// A reader that goes away gives back what it took.
pub async fn dropped_reads_do_no_harm<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 3).await;
    for n in 0..200 {
        drop_after(n % 3, store.load(&run_id(1)));
        drop_after(n % 3, store.begin_recovery(None, 1));
    }
    let all = Page {
        before: None,
        limit: 9,
    };
    let listed = store.list(&RunFilter::default(), &all).await.unwrap();
    assert_eq!(listed.len(), 3);
}

fn drop_after(polls: u64, future: impl Future) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if future.as_mut().poll(&mut context).is_ready() {
            return;
        }
    }
}
