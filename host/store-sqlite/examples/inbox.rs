//! How fast a long inbox answers.
//!
//! `cargo run --release -p segue-store-sqlite --example inbox [EVENTS] [LISTENERS] [DIRECTORY]`
//!
//! Events of a hundred types are accepted in batches; then runs listen, one of them to any
//! type; then it is measured what the host does for each event that comes, and for each
//! listener that is set.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement: it reads the clock, prints, and ends where something fails"
)]

use std::time::{Duration, Instant};

use segue_store::conformance::{change, event, new_run, run_id};
use segue_store::{
    CommitRuns, Events, InboxQuery, ListenerChange, ManualClock, NewEvent, Outbox, RunCommit,
};
use segue_store_sqlite::{Options, SqliteStore};

const TYPES: u64 = 100;
/// Events that one call brings.
const BATCH: u64 = 500;
/// Bytes of an event's data.
const DATA_BYTES: usize = 300;
/// How often each question is asked.
const TIMES: u64 = 1_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| {
        let next = arguments.next();
        next.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (events, listeners) = (number(1_000_000), number(10_000));
    let parent = arguments.next().unwrap_or_else(|| ".".to_owned());
    let directory = tempfile::tempdir_in(parent).unwrap();
    let clock = ManualClock::default();
    let store = SqliteStore::open(directory.path(), &Options::default(), clock.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        create(&store, listeners).await;
        fill(&store, &clock, events).await;
        listen(&store, listeners).await;
        ask(&store, events, listeners).await;
        empty(&store, &clock, events).await;
    });
}

async fn create(store: &SqliteStore, runs: u64) {
    let create = (1..=runs).map(|n| RunCommit {
        create: Some(new_run()),
        ..change(&run_id(n), 0, 1, store.fence())
    });
    store.commit(create.collect()).await.unwrap();
}

async fn fill(store: &SqliteStore, clock: &ManualClock, events: u64) {
    let begun = Instant::now();
    for first in (0..events).step_by(BATCH as usize) {
        let batch = (first..first + BATCH).map(numbered);
        store.accept(batch.collect()).await.unwrap();
        clock.advance_ms(1);
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "accepted {events} events, {:.0} each second",
        events as f64 / seconds
    );
}

async fn listen(store: &SqliteStore, runs: u64) {
    let begun = Instant::now();
    for n in 1..=runs {
        let set = ListenerChange::Set {
            listen: 1,
            types: (n > 1).then(|| vec![kind(n), kind(n + 1)]),
            since: 1,
        };
        let one = RunCommit {
            listeners: vec![set],
            outbox: vec!["\"item\"".into()],
            ..change(&run_id(n), 1, 1, store.fence())
        };
        store.commit(vec![one]).await.unwrap();
    }
    let each = begun.elapsed() / u32::try_from(runs).unwrap();
    println!("set {runs} listeners, {each:?} each commit");
}

async fn ask(store: &SqliteStore, events: u64, runs: u64) {
    let mut times = Vec::new();
    for n in 0..TIMES {
        let begun = Instant::now();
        store.accept(vec![numbered(events + n)]).await.unwrap();
        times.push(begun.elapsed());
    }
    report("accept one event", times);
    let mut times = Vec::new();
    for n in 0..TIMES {
        let begun = Instant::now();
        let found = store.listeners(&kind(n), None, 256).await.unwrap();
        times.push(begun.elapsed());
        assert!(!found.is_empty());
    }
    report("256 listeners of a type", times);
    for (what, run) in [("of two types", None), ("of any type", Some(1))] {
        for (place, after) in [("at the start", 0), ("at the end", events - 50)] {
            let mut times = Vec::new();
            for n in 0..TIMES {
                let run = run_id(run.unwrap_or(2 + n % (runs - 1)));
                let begun = Instant::now();
                let found = store.offers(&run, 1, after, 16).await.unwrap();
                times.push(begun.elapsed());
                assert!(!found.is_empty());
            }
            report(&format!("16 offers {what} {place}"), times);
        }
    }
    let mut times = Vec::new();
    for n in 0..TIMES {
        let query = InboxQuery {
            after: n * (events / TIMES),
            types: None,
            limit: 100,
        };
        let begun = Instant::now();
        store.inbox(&query).await.unwrap();
        times.push(begun.elapsed());
    }
    report("100 events of the inbox", times);
    let mut times = Vec::new();
    let mut after = 0;
    while let Some(last) = store.outbox(after, 100).await.unwrap().last() {
        let begun = Instant::now();
        let items = store.outbox(after, 100).await.unwrap();
        let numbers: Vec<u64> = items.iter().map(|item| item.number).collect();
        store.done(&numbers).await.unwrap();
        times.push(begun.elapsed());
        after = last.number;
    }
    report("100 items read and done", times);
}

async fn empty(store: &SqliteStore, clock: &ManualClock, events: u64) {
    clock.advance_ms(events);
    let before = segue_store::Clock::now(store);
    let mut times = Vec::new();
    for _ in 0..TIMES.min(events / 1_000) {
        let begun = Instant::now();
        assert_eq!(store.expire(before, 1_000).await.unwrap(), 1_000);
        times.push(begun.elapsed());
    }
    report("1000 events removed", times);
}

fn numbered(n: u64) -> NewEvent {
    let mut one = event("load", &n.to_string(), &kind(n));
    one.body = format!("{{\"id\":\"{n}\",\"data\":\"{}\"}}", "d".repeat(DATA_BYTES)).into();
    one
}

fn kind(n: u64) -> String {
    format!("com.example.type-{}", n % TYPES)
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| {
        let index = ((times.len() - 1) as f64 * share) as usize;
        times.get(index).unwrap().as_secs_f64() * 1e3
    };
    println!(
        "{what:32} p50 {:8.3} ms  p99 {:8.3} ms  max {:8.3} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
