//! Forgetting runs.

use segue_model::Timestamp;

use super::Harness;
use super::fixtures::{
    change, commit, create_runs, creation, digest, event, new_run, put_row, run_id,
};
use crate::{
    CommitRuns, Events, ForgetRuns, ListenerChange, ManualClock, NewRun, Page, ReadRuns,
    ReadTimers, RunCommit, RunFilter, RunRole, RunStatus, SHARDS, TimerChange,
};

/// Whatever else is asked for is left alone.
pub async fn only_runs_that_ended_are_forgotten<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 7).await;
    let runs: Vec<_> = (1..=8).map(run_id).collect();
    for (run, status) in runs.iter().zip(RunStatus::ALL) {
        let one = RunCommit {
            status,
            ..change(run, 1, 0, store.fence())
        };
        commit(store, one).await.unwrap();
    }
    assert_eq!(store.forget(&runs).await.unwrap(), 3);
    assert_eq!(store.forget(&runs).await.unwrap(), 0);
    let harness = harness.reopened();
    for (run, status) in runs.iter().zip(RunStatus::ALL) {
        let left = harness.store().summary(run).await.unwrap();
        assert_eq!(left.is_none(), status.is_ended(), "{status:?}");
    }
}

/// The id and the key may be used again, and nothing of the former run shows up.
pub async fn a_forgotten_run_leaves_nothing_behind<H: Harness>() {
    let harness = H::fresh(ManualClock::new(Timestamp(9_000)));
    let store = harness.store();
    let run = run_id(1);
    let keyed = || RunCommit {
        create: Some(NewRun {
            key: Some(("key".to_owned(), digest("request"))),
            ..new_run()
        }),
        ..creation(&run, store.fence())
    };
    commit(store, keyed()).await.unwrap();
    let accepted = store.accept(vec![event("s", "1", "t")]).await.unwrap();
    let listens = |since| ListenerChange::Set {
        listen: 1,
        types: Some(vec!["t".to_owned()]),
        since,
    };
    let whole = RunCommit {
        listeners: vec![listens(1)],
        consumed: vec![(accepted[0].number, 1)],
        rows: vec![put_row(0, "{}"), put_row(1, "{}")],
        timers: vec![TimerChange::Set {
            timer: 1,
            at: Timestamp(5),
        }],
        status: RunStatus::Completed,
        in_flight: true,
        ..change(&run, 1, 5, store.fence())
    };
    commit(store, whole).await.unwrap();
    assert_eq!(store.forget(std::slice::from_ref(&run)).await.unwrap(), 1);

    assert_eq!(store.load(&run).await.unwrap(), None);
    assert_eq!(store.journal(&run, 1, 9).await.unwrap(), []);
    assert_eq!(store.key_owner("key").await.unwrap(), None);
    assert_eq!(store.due(0..SHARDS, 9).await.unwrap(), []);
    assert_eq!(store.begin_recovery(None, 9).await.unwrap(), []);
    assert_eq!(store.listeners("t", None, 9).await.unwrap(), []);
    assert_eq!(store.listening(None, 9).await.unwrap(), []);
    assert_eq!(store.offers(&run, 1, 0, 9).await.unwrap(), []);
    let all = Page {
        before: None,
        limit: 9,
    };
    assert_eq!(store.list(&RunFilter::default(), &all).await.unwrap(), []);

    assert_eq!(commit(store, keyed()).await, Ok(1));
    let stored = store.load(&run).await.unwrap().unwrap();
    assert_eq!(stored.rows, []);
    assert_eq!(store.journal(&run, 1, 9).await.unwrap().len(), 1);

    // The event is from before its time; one that comes now was not consumed by it.
    let listening = RunCommit {
        listeners: vec![listens(99)],
        ..change(&run, 1, 1, store.fence())
    };
    commit(store, listening).await.unwrap();
    store.accept(vec![event("s", "2", "t")]).await.unwrap();
    let offers = store.offers(&run, 1, 0, 9).await.unwrap();
    assert_eq!(offers.len(), 1);
    assert!(offers[0].number > accepted[0].number);
}

/// Oldest first, page by page; open runs, schedules and what ended later never show up.
pub async fn runs_that_ended_before_a_time_are_found<H: Harness>() {
    let created = 1_767_225_600_000;
    let clock = ManualClock::new(Timestamp(created + 1_000));
    let harness = H::fresh(clock.clone());
    let store = harness.store();
    create_runs(store, 5).await;
    let schedule = RunCommit {
        create: Some(NewRun {
            role: RunRole::Schedule,
            ..new_run()
        }),
        ..creation(&run_id(6), store.fence())
    };
    commit(store, schedule).await.unwrap();
    for n in [3, 1, 6, 4, 5] {
        clock.advance_ms(10);
        let end = RunCommit {
            status: RunStatus::Completed,
            ..change(&run_id(n), 1, 0, store.fence())
        };
        commit(store, end).await.unwrap();
    }
    let harness = harness.reopened();
    let store = harness.store();
    let before = Timestamp(created + 1_050);
    let all = store.ended(before, None, 9).await.unwrap();
    assert_eq!(
        all,
        [1, 3, 4].map(run_id),
        "5 ended at that time, 2 not at all"
    );
    let first = store.ended(before, None, 1).await.unwrap();
    assert_eq!(first, [run_id(1)]);
    let rest = store.ended(before, first.last(), 9).await.unwrap();
    assert_eq!(rest, [3, 4].map(run_id));
}
