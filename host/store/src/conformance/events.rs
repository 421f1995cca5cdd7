//! Events: the inbox, who listens, and what is offered to whom.

use segue_model::event::EVENT_NAME_BYTES_MAX;
use segue_model::{RunId, Timestamp};

use super::Harness;
use super::fixtures::{change, commit, create_runs, creation, event, run_id};
use crate::check::BODY_BYTES_MAX;
use crate::{
    Accepted, CommitError, CommitRuns, Events, InboxEvent, InboxQuery, ListenerChange, ManualClock,
    NewEvent, RunCommit, Store, StoreError,
};

/// Within a call, between calls, and after a restart.
pub async fn events_are_accepted_once<H: Harness>() {
    let clock = ManualClock::new(Timestamp(5_000));
    let harness = H::fresh(clock.clone());
    let [a, b, other] = [("shop", "1"), ("shop", "2"), ("farm", "1")]
        .map(|(source, id)| event(source, id, "order"));
    let again = NewEvent {
        body: "\"another body\"".into(),
        kind: "other".to_owned(),
        ..a.clone()
    };
    let batch = vec![a.clone(), b.clone(), again.clone(), other.clone()];
    let accepted = harness.store().accept(batch).await.unwrap();
    assert_eq!(duplicates(&accepted), [false, false, true, false]);
    assert_eq!(accepted[2].number, accepted[0].number);
    let numbers = [&accepted[0], &accepted[1], &accepted[3]].map(|one| one.number);
    assert!(numbers.is_sorted() && numbers[0] > 0, "{numbers:?}");
    clock.advance_ms(10);
    let harness = harness.reopened();
    let repeated = harness
        .store()
        .accept(vec![again, b.clone()])
        .await
        .unwrap();
    assert_eq!(duplicates(&repeated), [true, true]);
    assert_eq!(repeated[0].number, numbers[0]);

    let inbox = all(harness.store()).await;
    let found: Vec<u64> = inbox.iter().map(|event| event.number).collect();
    assert_eq!(found, numbers);
    for (found, sent) in inbox.iter().zip([&a, &b, &other]) {
        let at = Timestamp(5_000);
        assert_eq!((found.accepted_at, &found.body), (at, &sent.body));
    }
    assert_eq!(harness.store().accept(Vec::new()).await.unwrap(), []);
}

/// A source and an id are not one text.
pub async fn source_and_id_are_kept_apart<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let pairs = [
        ("ab", "c"),
        ("a", "bc"),
        ("", "abc"),
        ("abc", ""),
        ("AB", "c"),
    ];
    let events = pairs.map(|(source, id)| event(source, id, "t"));
    let accepted = harness.store().accept(events.into()).await.unwrap();
    assert_eq!(duplicates(&accepted), [false; 5]);
}

/// Every selection of types, in pages of several sizes.
pub async fn the_inbox_is_read_by_number_and_type<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let kinds = ["a", "b", "c", "a", "ä\u{0}'\"", ""];
    let events: Vec<_> = (0..50)
        .map(|n: usize| event("s", &n.to_string(), kinds[n % 6]))
        .collect();
    accept(harness.store(), events.clone()).await;
    let harness = harness.reopened();
    let store = harness.store();
    let selections: [Option<&[&str]>; 7] = [
        None,
        Some(&["a"]),
        Some(&["c", "a", "c"]),
        Some(&["ä\u{0}'\"", ""]),
        Some(&["nothing", "b"]),
        Some(&["A"]),
        Some(&[]),
    ];
    for types in selections {
        let wanted = |event: &&NewEvent| types.is_none_or(|types| types.contains(&&*event.kind));
        let expected: Vec<_> = events
            .iter()
            .filter(wanted)
            .map(|e| e.body.clone())
            .collect();
        for size in [1, 3, 100] {
            let mut found = Vec::new();
            let mut after = 0;
            loop {
                let page = store.inbox(&query(after, types, size)).await.unwrap();
                assert!(page.len() <= size);
                let Some(last) = page.last() else { break };
                after = last.number;
                found.extend(bodies(&page));
            }
            assert_eq!(found, expected, "{types:?} by {size}");
        }
        let none = store.inbox(&query(0, types, 0)).await.unwrap();
        assert_eq!(none, []);
        let end = store.inbox(&query(u64::MAX, types, 9)).await.unwrap();
        assert_eq!(end, []);
    }
}

/// What a commit emits is accepted with it, as often as the commit is tried.
pub async fn what_a_run_emits_is_in_the_inbox<H: Harness>() {
    let harness = H::fresh(ManualClock::new(Timestamp(70)));
    let store = harness.store();
    create_runs(store, 1).await;
    accept(store, vec![event("s", "known", "t")]).await;
    let emits = |expected_seq, names: &[&str]| RunCommit {
        emitted: names.iter().map(|id| event("s", id, "t")).collect(),
        ..change(&run_id(1), expected_seq, 1, store.fence())
    };
    let refused = commit(store, emits(7, &["refused"])).await;
    assert!(refused.is_err());
    commit(store, emits(1, &["one", "known", "two"]))
        .await
        .unwrap();
    commit(store, emits(2, &["two", "three"])).await.unwrap();
    let harness = harness.reopened();
    let inbox = all(harness.store()).await;
    let expected = ["known", "one", "two", "three"].map(|id| event("s", id, "t").body);
    assert_eq!(bodies(&inbox), expected);
    assert!(inbox.iter().all(|event| event.accepted_at == Timestamp(70)));
    let again = harness.store().accept(vec![event("s", "one", "t")]).await;
    assert!(again.unwrap()[0].duplicate);
}

/// A run's place in the inbox is that of its first commit, whenever it begins to listen.
pub async fn a_run_is_offered_what_came_after_it_began<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    accept(store, vec![event("s", "before", "t")]).await;
    let first = RunCommit {
        emitted: vec![event("s", "own", "t")],
        ..creation(&run_id(1), store.fence())
    };
    commit(store, first).await.unwrap();
    accept(
        store,
        vec![event("s", "after", "t"), event("s", "other", "u")],
    )
    .await;
    commit(store, creation(&run_id(2), store.fence()))
        .await
        .unwrap();
    accept(store, vec![event("s", "late", "t")]).await;
    for run in [1, 2] {
        listen(store, run, vec![set(5, Some(&["t"]), 1), set(6, None, 1)]).await;
    }
    let harness = harness.reopened();
    let store = harness.store();
    assert_eq!(offered(store, 1, 5).await, ["own", "after", "late"]);
    assert_eq!(
        offered(store, 1, 6).await,
        ["own", "after", "other", "late"]
    );
    assert_eq!(offered(store, 2, 5).await, ["late"]);
    assert_eq!(offered(store, 2, 6).await, ["late"]);
}

/// Offers are paged by number, and need a listener that is there.
pub async fn offers_are_paged_and_need_their_listener<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 2).await;
    let events = (0..30).map(|n| event("s", &n.to_string(), ["a", "b", "c"][n % 3]));
    accept(store, events.collect()).await;
    let changes = vec![set(1, Some(&["a", "c", "a"]), 1), set(2, Some(&[]), 1)];
    listen(store, 1, changes).await;
    let whole = store.offers(&run_id(1), 1, 0, 100).await.unwrap();
    assert_eq!(whole.len(), 20);
    let mut paged: Vec<InboxEvent> = Vec::new();
    loop {
        let after = paged.last().map_or(0, |event| event.number);
        let page = store.offers(&run_id(1), 1, after, 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        paged.extend(page);
    }
    assert_eq!(paged, whole);
    assert_eq!(store.offers(&run_id(1), 1, 0, 0).await.unwrap(), []);
    assert_eq!(store.offers(&run_id(1), 1, u64::MAX, 9).await.unwrap(), []);
    for (run, listener) in [(1, 2), (1, 3), (2, 1), (9, 1)] {
        let found = store.offers(&run_id(run), listener, 0, 9).await.unwrap();
        assert_eq!(found, [], "run {run}, listener {listener}");
    }
    listen(store, 1, vec![ListenerChange::Clear { listen: 1 }]).await;
    assert_eq!(store.offers(&run_id(1), 1, 0, 9).await.unwrap(), []);
}

/// Listeners that are active at once both get an event; one that is set later does not.
pub async fn what_was_consumed_before_a_listener_is_not_offered<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 2).await;
    let events = ["a", "b", "c"].map(|id| event("s", id, "t"));
    let numbers = accept(store, events.into()).await;
    listen(store, 1, vec![set(1, None, 3), set(2, Some(&["t"]), 5)]).await;
    listen(store, 2, vec![set(1, None, 9)]).await;
    let consume = |consumed| RunCommit {
        consumed,
        ..change(&run_id(1), 1, 0, store.fence())
    };
    // The first entry counts, in whatever order they are told.
    let first = vec![
        (numbers[0], 4),
        (numbers[1], 6),
        (numbers[1], 5),
        (numbers[0], 8),
    ];
    commit(store, consume(first)).await.unwrap();
    let harness = harness.reopened();
    let store = harness.store();
    assert_eq!(offered(store, 1, 1).await, ["a", "b", "c"]);
    assert_eq!(offered(store, 1, 2).await, ["c"]);
    assert_eq!(offered(store, 2, 1).await, ["a", "b", "c"]);
    let one = store.offers(&run_id(1), 2, 0, 1).await.unwrap();
    assert_eq!(
        one[0].number, numbers[2],
        "a page is not filled with what is left out"
    );
    listen(store, 1, vec![set(1, Some(&["t"]), 4)]).await;
    assert_eq!(offered(store, 1, 1).await, ["b", "c"]);
}

/// By type and in pages; each run once, however many of its listeners match.
pub async fn listeners_are_found_by_type<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 9).await;
    listen(
        store,
        7,
        vec![set(1, Some(&["a", "b"]), 1), set(2, Some(&["a"]), 1)],
    )
    .await;
    listen(store, 3, vec![set(1, None, 1), set(2, Some(&["a"]), 1)]).await;
    listen(store, 5, vec![set(u64::MAX, Some(&["b"]), 1)]).await;
    listen(store, 4, vec![set(1, None, 1)]).await;
    listen(store, 8, vec![set(1, Some(&["c"]), 1)]).await;
    listen(store, 8, vec![set(1, Some(&["", "0"]), 1)]).await;
    listen(store, 2, vec![set(1, None, 1), set(2, Some(&["a"]), 1)]).await;
    let clear = |listen| ListenerChange::Clear { listen };
    listen(store, 2, vec![clear(1), clear(2), clear(77)]).await;
    listen(store, 1, vec![set(3, Some(&[]), 1)]).await;
    let harness = harness.reopened();
    let store = harness.store();
    for (kind, expected) in [
        ("a", &[3, 4, 7][..]),
        ("b", &[3, 4, 5, 7]),
        ("c", &[3, 4]),
        ("", &[3, 4, 8]),
        ("0", &[3, 4, 8]),
        ("A", &[3, 4]),
    ] {
        let expected: Vec<RunId> = expected.iter().map(|run| run_id(*run)).collect();
        let found = store.listeners(kind, None, 99).await.unwrap();
        assert_eq!(found, expected, "{kind:?}");
        let first = store.listeners(kind, None, 1).await.unwrap();
        assert_eq!(first, expected[..1]);
        let rest = store.listeners(kind, Some(&run_id(3)), 99).await.unwrap();
        assert_eq!(rest, expected[1..]);
        assert_eq!(store.listeners(kind, None, 0).await.unwrap(), []);
    }
    let expected = [1, 3, 4, 5, 7, 8].map(run_id);
    assert_eq!(store.listening(None, 99).await.unwrap(), expected);
    let page = store.listening(Some(&run_id(3)), 2).await.unwrap();
    assert_eq!(page, expected[2..4]);
    assert_eq!(store.listening(Some(&run_id(8)), 2).await.unwrap(), []);
}

/// More listeners than a page, of one run and of many.
pub async fn many_listeners_are_found_page_by_page<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 300).await;
    let own = (0..2_000).map(|n| set(n, Some(&["t"]), 1));
    listen(store, 7, own.collect()).await;
    let others = (1..=300).map(|run| RunCommit {
        listeners: vec![set(1, (run % 2 == 0).then_some(&["t"][..]), 1)],
        ..change(&run_id(run), 1, 0, store.fence())
    });
    for result in store.commit(others.collect()).await.unwrap() {
        result.unwrap();
    }
    let mut found: Vec<RunId> = Vec::new();
    loop {
        let page = store.listeners("t", found.last(), 70).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found, (1..=300).map(run_id).collect::<Vec<_>>());
    let clear = (0..2_000).map(|listen| ListenerChange::Clear { listen });
    listen(store, 7, clear.collect()).await;
    let left = store.listening(Some(&run_id(6)), 2).await.unwrap();
    assert_eq!(left, [8, 9].map(run_id));
}

/// The oldest first, in batches; notes of consumption go with their events, numbers never
/// come again, and what expired may be accepted anew.
pub async fn old_events_expire<H: Harness>() {
    let clock = ManualClock::new(Timestamp(1_000));
    let harness = H::fresh(clock.clone());
    let store = harness.store();
    create_runs(store, 1).await;
    let mut numbers = Vec::new();
    for id in ["a", "b", "c", "d"] {
        numbers.extend(accept(store, vec![event("s", id, "t")]).await);
        clock.advance_ms(10);
    }
    listen(store, 1, vec![set(1, None, 9)]).await;
    let consumed = RunCommit {
        consumed: vec![(numbers[0], 5), (numbers[3], 5)],
        ..change(&run_id(1), 1, 0, store.fence())
    };
    commit(store, consumed).await.unwrap();
    assert_eq!(store.expire(Timestamp(1_000), 9).await.unwrap(), 0);
    assert_eq!(store.expire(Timestamp(1_021), 0).await.unwrap(), 0);
    assert_eq!(store.expire(Timestamp(1_021), 2).await.unwrap(), 2);
    assert_eq!(offered(store, 1, 1).await, ["c"]);
    assert_eq!(store.expire(Timestamp(1_021), 2).await.unwrap(), 1);
    assert_eq!(store.expire(Timestamp(1_021), 2).await.unwrap(), 0);
    let harness = harness.reopened();
    let store = harness.store();
    let left = all(store).await;
    assert_eq!(
        left.iter().map(|e| e.number).collect::<Vec<_>>(),
        numbers[3..]
    );

    // Consumed once, gone, and here again: it is another event.
    assert_eq!(store.expire(Timestamp(9_000), 9).await.unwrap(), 1);
    let harness = harness.reopened();
    let store = harness.store();
    let again = accept(store, vec![event("s", "d", "t"), event("s", "a", "t")]).await;
    assert!(again[0] > numbers[3], "{again:?} after {numbers:?}");
    assert_eq!(offered(store, 1, 1).await, ["d", "a"]);
    // A note of an event that is not there would never be removed: it is not kept.
    let late = RunCommit {
        consumed: vec![(numbers[1], 5), (again[1] + 1, 5)],
        ..change(&run_id(1), 1, 0, store.fence())
    };
    commit(store, late).await.unwrap();
    let next = accept(store, vec![event("s", "e", "t")]).await;
    assert!(next[0] > again[1]);
    assert_eq!(offered(store, 1, 1).await, ["d", "a", "e"]);
}

/// Outsiders control the sizes of events.
pub async fn events_that_are_too_large_are_refused<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let long = |bytes: usize| "x".repeat(bytes);
    let longest = long(EVENT_NAME_BYTES_MAX);
    let largest = NewEvent {
        body: long(BODY_BYTES_MAX).into(),
        ..event(&longest, &longest, &longest)
    };
    let too_long = long(EVENT_NAME_BYTES_MAX + 1);
    let refused = [
        event(&too_long, "i", "t"),
        event("s", &too_long, "t"),
        event("s", "i", &too_long),
        NewEvent {
            body: long(BODY_BYTES_MAX + 1).into(),
            ..event("s", "i", "t")
        },
    ];
    for one in refused {
        let emits = RunCommit {
            emitted: vec![one.clone()],
            ..creation(&run_id(1), store.fence())
        };
        let found = commit(store, emits).await;
        assert!(
            matches!(found, Err(CommitError::Refused { .. })),
            "{found:?}"
        );
        let found = store.accept(vec![event("s", "good", "t"), one]).await;
        assert!(
            matches!(found, Err(StoreError::Refused { .. })),
            "{found:?}"
        );
    }
    assert_eq!(all(store).await, []);
    accept(store, vec![largest.clone()]).await;
    assert_eq!(bodies(&all(store).await), [largest.body]);
}

/// Accepts events that are new; their numbers.
async fn accept(store: &impl Store, events: Vec<NewEvent>) -> Vec<u64> {
    let accepted = store.accept(events).await.unwrap();
    assert!(accepted.iter().all(|one| !one.duplicate));
    accepted.iter().map(|one| one.number).collect()
}

fn duplicates(accepted: &[Accepted]) -> Vec<bool> {
    accepted.iter().map(|one| one.duplicate).collect()
}

fn query(after: u64, types: Option<&[&str]>, limit: usize) -> InboxQuery {
    InboxQuery {
        after,
        types: types.map(|types| types.iter().map(|kind| (*kind).to_owned()).collect()),
        limit,
    }
}

async fn all(store: &impl Store) -> Vec<InboxEvent> {
    store.inbox(&query(0, None, 1_000)).await.unwrap()
}

fn bodies(events: &[InboxEvent]) -> Vec<std::sync::Arc<str>> {
    events.iter().map(|event| event.body.clone()).collect()
}

fn set(listen: u64, types: Option<&[&str]>, since: u64) -> ListenerChange {
    ListenerChange::Set {
        listen,
        types: types.map(|types| types.iter().map(|kind| (*kind).to_owned()).collect()),
        since,
    }
}

async fn listen(store: &impl Store, run: u64, listeners: Vec<ListenerChange>) {
    let one = RunCommit {
        listeners,
        ..change(&run_id(run), 1, 0, store.fence())
    };
    commit(store, one).await.unwrap();
}

/// The ids of the events that are offered to a listener, all of source `s`.
async fn offered(store: &impl Store, run: u64, listener: u64) -> Vec<String> {
    let found = store.offers(&run_id(run), listener, 0, 1_000).await;
    let ids = found.unwrap().into_iter().map(|event| {
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
        body["id"].as_str().unwrap().to_owned()
    });
    ids.collect()
}
