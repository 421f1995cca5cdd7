//! Timers.

use segue_model::Timestamp;
use segue_model::time::TIMESTAMP_MAX;

use super::Harness;
use super::fixtures::{change, commit, create_runs, run_id};
use crate::{DueTimer, ManualClock, ReadTimers, RunCommit, SHARDS, Store, TimerChange, shard_of};

const ALL: std::ops::Range<u16> = 0..SHARDS;

/// The store's clock alone decides.
pub async fn timers_are_due_by_the_stores_time<H: Harness>() {
    let clock = ManualClock::new(Timestamp(1_000));
    let harness = H::fresh(clock.clone());
    create_runs(harness.store(), 2).await;
    set(harness.store(), 1, &[(4, 2_000), (9, 1_500)]).await;
    set(harness.store(), 2, &[(4, 1_700)]).await;
    let harness = harness.reopened();
    let store = harness.store();
    assert_eq!(store.due(ALL, 9).await.unwrap(), []);
    assert_eq!(store.next_due(ALL).await.unwrap(), Some(Timestamp(1_500)));
    clock.advance_to(Timestamp(1_499));
    assert_eq!(store.due(ALL, 9).await.unwrap(), []);
    clock.advance_to(Timestamp(1_500));
    assert_eq!(store.due(ALL, 9).await.unwrap(), [due(1, 9, 1_500)]);
    clock.advance_to(Timestamp(9_000));
    let all = [due(1, 9, 1_500), due(2, 4, 1_700), due(1, 4, 2_000)];
    assert_eq!(store.due(ALL, 9).await.unwrap(), all);
    assert_eq!(store.due(ALL, 2).await.unwrap(), all[..2]);
    assert_eq!(store.due(ALL, 0).await.unwrap(), []);
}

/// A timer is known by its run and number.
pub async fn timers_are_replaced_and_cleared<H: Harness>() {
    let harness = H::fresh(ManualClock::new(Timestamp(9_000)));
    let store = harness.store();
    create_runs(store, 2).await;
    set(store, 1, &[(1, 100), (2, 200), (u64::MAX, 300)]).await;
    set(store, 2, &[(1, 150)]).await;
    set(store, 1, &[(1, 400)]).await;
    let left = [
        due(2, 1, 150),
        due(1, 2, 200),
        due(1, u64::MAX, 300),
        due(1, 1, 400),
    ];
    assert_eq!(store.due(ALL, 9).await.unwrap(), left);
    let clear = |timer| TimerChange::Clear { timer };
    change_timers(store, 1, vec![clear(2), clear(77), clear(u64::MAX)]).await;
    assert_eq!(
        store.due(ALL, 9).await.unwrap(),
        [due(2, 1, 150), due(1, 1, 400)]
    );
    change_timers(
        store,
        2,
        vec![
            clear(1),
            TimerChange::Set {
                timer: 1,
                at: Timestamp(8),
            },
        ],
    )
    .await;
    assert_eq!(store.next_due(ALL).await.unwrap(), Some(Timestamp(8)));
    change_timers(store, 2, vec![clear(1)]).await;
    change_timers(store, 1, vec![clear(1)]).await;
    assert_eq!(store.next_due(ALL).await.unwrap(), None);
    assert_eq!(store.due(ALL, 9).await.unwrap(), []);
}

/// Every timer is found under its shard and under no other.
pub async fn timers_belong_to_the_shard_of_their_run<H: Harness>() {
    let harness = H::fresh(ManualClock::new(Timestamp(9_000)));
    let store = harness.store();
    create_runs(store, 20).await;
    for run in 1..=20 {
        set(store, run, &[(1, 100 + run)]).await;
    }
    for run in 1..=20 {
        let shard = shard_of(&run_id(run));
        let found = store.due(shard..shard + 1, 99).await.unwrap();
        assert!(found.contains(&due(run, 1, 100 + run)));
        assert!(found.iter().all(|timer| shard_of(&timer.run) == shard));
        let below = store.due(0..shard, 99).await.unwrap();
        assert!(below.iter().all(|timer| shard_of(&timer.run) < shard));
        let above = store.due(shard + 1..SHARDS, 99).await.unwrap();
        assert_eq!(below.len() + found.len() + above.len(), 20);
        let next = store.next_due(shard..shard + 1).await.unwrap();
        assert_eq!(next, found.first().map(|timer| timer.at));
        assert_eq!(store.next_due(shard..shard).await.unwrap(), None);
    }
}

/// A time that cannot be written as a date is not lost.
pub async fn timers_far_away_are_held_at_the_last_date<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    set(harness.store(), 1, &[(1, u64::MAX)]).await;
    let next = harness.store().next_due(ALL).await.unwrap();
    assert_eq!(next, Some(TIMESTAMP_MAX));
}

/// More than one page of anything.
pub async fn many_timers_come_earliest_first<H: Harness>() {
    let harness = H::fresh(ManualClock::new(Timestamp(1_000_000)));
    create_runs(harness.store(), 1).await;
    let scattered: Vec<_> = (0..3_000).map(|n| (n, (n * 7_919) % 3_000)).collect();
    set(harness.store(), 1, &scattered).await;
    let found = harness.store().due(ALL, 5_000).await.unwrap();
    let times: Vec<u64> = found.iter().map(|timer| timer.at.0).collect();
    assert_eq!(times, (0..3_000).collect::<Vec<_>>());
    let some = harness.store().due(ALL, 10).await.unwrap();
    assert_eq!(some, found[..10]);
}

fn due(run: u64, timer: u64, at: u64) -> DueTimer {
    DueTimer {
        run: run_id(run),
        timer,
        at: Timestamp(at),
    }
}

async fn set(store: &impl Store, run: u64, timers: &[(u64, u64)]) {
    let set = timers.iter().map(|(timer, at)| TimerChange::Set {
        timer: *timer,
        at: Timestamp(*at),
    });
    change_timers(store, run, set.collect()).await;
}

async fn change_timers(store: &impl Store, run: u64, timers: Vec<TimerChange>) {
    let one = RunCommit {
        timers,
        ..change(&run_id(run), 1, 0, store.fence())
    };
    commit(store, one).await.unwrap();
}
