//! Random operations: whatever is done to a store, it answers as the one in memory does.

mod outside;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use segue_model::{RunId, Timestamp};

use super::Harness;
use super::fixtures::{change, digest, new_run, payload, put_row, run_id};
use crate::memory::MemoryStore;
use crate::{
    CommitError, Committed, Fence, ManualClock, NewRun, Page, ParentLink, RowChange, RunCommit,
    RunFilter, RunRole, RunStatus, SHARDS, Store, TimerChange, shard_of,
};
use outside::{Outside, Places, Said};

/// Sequences of operations, where `PROPTEST_CASES` does not say another number: few, because
/// each opens a store of its own.
const CASES: u32 = 40;

/// Operations of a sequence.
const OPERATIONS: usize = 60;

/// Runs, keys and payloads that the operations touch: few, so that they meet.
const RUNS: u64 = 6;
const TEXTS: [&str; 4] = ["a", "b", "c", "d"];

/// Runs the sequences; a failing one is shrunk to its shortest form.
pub fn agrees_with_memory<H: Harness>() {
    let config = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default(),
        None => Config::with_cases(CASES),
    };
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..config
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let sequences = vec(operation(), 1..OPERATIONS);
    let done = runner.run(&sequences, |operations| {
        runtime.block_on(compare::<H>(&operations))
    });
    assert!(done.is_ok(), "{}", done.unwrap_err());
}

async fn compare<H: Harness>(operations: &[Operation]) -> Result<(), TestCaseError> {
    let clock = ManualClock::new(Timestamp(100));
    let mut model = MemoryStore::new(clock.clone());
    let mut harness = H::fresh(clock.clone());
    for (n, operation) in operations.iter().enumerate() {
        match operation {
            Operation::Advance(ms) => clock.advance_ms(*ms),
            Operation::Reopen => {
                model = model.take_over();
                harness = harness.reopened();
            }
            _ => {
                // What a commit expects is taken from the model, so that both get the same.
                let seqs = seqs(&model).await;
                let expected = perform(&model, operation, &seqs).await;
                let found = perform(harness.store(), operation, &seqs).await;
                prop_assert_eq!(found, expected, "operation {} of {:?}", n, operations);
            }
        }
    }
    for run in 0..RUNS {
        let expected = everything(&model, run).await;
        prop_assert_eq!(
            everything(harness.store(), run).await,
            expected,
            "{:?}",
            operations
        );
    }
    prop_assert_eq!(
        outside::everything(harness.store()).await,
        outside::everything(&model).await,
        "{:?}",
        operations
    );
    Ok(())
}

#[derive(Clone, Debug)]
enum Operation {
    Commit(Vec<Change>),
    Read(u64),
    List(Listed, Option<u64>, usize),
    Journal(u64, u64, usize),
    Due(u64, usize),
    Recover(Option<u64>, usize),
    Forget(Vec<u64>),
    Outside(Outside),
    Advance(u64),
    Reopen,
}

/// Which runs to list.
#[derive(Clone, Debug)]
struct Listed {
    status: Option<RunStatus>,
    refund: Option<bool>,
    schedule: Option<bool>,
    parent: Option<u64>,
}

/// A commit, relative to what the store has.
#[derive(Clone, Debug)]
struct Change {
    run: u64,
    /// Off what it should be.
    seq_off: u64,
    fence_off: u64,
    create_wrong: bool,
    key: Option<usize>,
    refund: bool,
    schedule: bool,
    parent: Option<u64>,
    entries: u64,
    rows: Vec<(u32, bool)>,
    timers: Vec<(u64, Option<u64>)>,
    status: RunStatus,
    in_flight: bool,
    payloads: Vec<usize>,
    said: Said,
}

fn operation() -> impl Strategy<Value = Operation> {
    let run = 0..RUNS;
    prop_oneof![
        12 => vec(commit_change(), 1..4).prop_map(Operation::Commit),
        2 => run.clone().prop_map(Operation::Read),
        3 => (listed(), proptest::option::of(0..RUNS + 2), 0..8usize)
            .prop_map(|(listed, before, limit)| Operation::List(listed, before, limit)),
        2 => (run.clone(), 0..12u64, 0..6usize)
            .prop_map(|(run, from, limit)| Operation::Journal(run, from, limit)),
        2 => (run.clone(), 0..5usize).prop_map(|(run, limit)| Operation::Due(run, limit)),
        2 => (proptest::option::of(run.clone()), 0..5usize)
            .prop_map(|(after, limit)| Operation::Recover(after, limit)),
        3 => vec(run, 1..4).prop_map(Operation::Forget),
        10 => outside::operation().prop_map(Operation::Outside),
        2 => (1..50u64).prop_map(Operation::Advance),
        1 => Just(Operation::Reopen),
    ]
}

fn status() -> impl Strategy<Value = RunStatus> {
    proptest::sample::select(RunStatus::ALL.as_slice())
}

fn listed() -> impl Strategy<Value = Listed> {
    let parts = (
        proptest::option::of(status()),
        any::<Option<bool>>(),
        any::<Option<bool>>(),
        proptest::option::weighted(0.3, 0..RUNS),
    );
    parts.prop_map(|(status, refund, schedule, parent)| Listed {
        status,
        refund,
        schedule,
        parent,
    })
}

fn commit_change() -> impl Strategy<Value = Change> {
    let rarely = |most: u64| prop_oneof![9 => Just(0), 1 => 1..=most];
    let head = (0..RUNS, rarely(2), rarely(1), proptest::bool::weighted(0.1));
    let key = proptest::option::of(0..TEXTS.len());
    let new = (
        key,
        any::<bool>(),
        any::<bool>(),
        proptest::option::of(0..RUNS),
    );
    let rows = vec((0..3u32, proptest::bool::weighted(0.7)), 0..3);
    let timers = vec((0..3u64, proptest::option::of(50..400u64)), 0..3);
    let body = (0..4u64, rows, timers, vec(0..TEXTS.len(), 0..3));
    let end = (status(), any::<bool>(), outside::said());
    (head, new, body, end).prop_map(|(head, new, body, (status, in_flight, said))| Change {
        run: head.0,
        seq_off: head.1,
        fence_off: head.2,
        create_wrong: head.3,
        key: new.0,
        refund: new.1,
        schedule: new.2,
        parent: new.3,
        entries: body.0,
        rows: body.1,
        timers: body.2,
        payloads: body.3,
        status,
        in_flight,
        said,
    })
}

/// Does an operation; the answer as text, with what may differ between stores left out.
async fn perform(store: &impl Store, operation: &Operation, seqs: &[Option<u64>]) -> String {
    match operation {
        Operation::Commit(changes) => {
            let places = Places::of(store).await;
            let commits = changes.iter().map(|one| one.commit(store.fence(), seqs));
            let batch = changes.iter().zip(commits);
            let batch = batch.map(|(one, commit)| one.said.say(&places, commit));
            let results = store.commit(batch.collect()).await.unwrap();
            let results: Vec<_> = results.into_iter().map(without_token).collect();
            format!("{results:?}")
        }
        Operation::Read(run) => everything(store, *run).await,
        Operation::List(listed, before, limit) => {
            let filter = RunFilter {
                status: listed.status,
                namespace: listed.refund.map(|_| "shop".to_owned()),
                name: listed.refund.map(|refund| name(refund).to_owned()),
                role: listed.schedule.map(role),
                parent: listed.parent.map(run_id),
            };
            let before = before.map(run_id);
            let page = Page {
                before,
                limit: *limit,
            };
            format!("{:?}", store.list(&filter, &page).await.unwrap())
        }
        Operation::Journal(run, from, limit) => {
            format!(
                "{:?}",
                store.journal(&run_id(*run), *from, *limit).await.unwrap()
            )
        }
        Operation::Due(run, limit) => due(store, &run_id(*run), *limit).await,
        Operation::Recover(after, limit) => {
            let after = after.map(run_id);
            let found = store.begin_recovery(after.as_ref(), *limit).await;
            format!("{:?}", found.unwrap())
        }
        Operation::Forget(runs) => {
            let runs: Vec<RunId> = runs.iter().map(|run| run_id(*run)).collect();
            format!("{}", store.forget(&runs).await.unwrap())
        }
        Operation::Outside(operation) => outside::perform(store, operation).await,
        Operation::Advance(_) | Operation::Reopen => String::new(),
    }
}

/// Due timers of all shards (where some are left out, only their times: those of one moment
/// come in any order) and of one shard.
async fn due(store: &impl Store, run: &RunId, limit: usize) -> String {
    let shard = shard_of(run);
    let mut all = store.due(0..SHARDS, 1_000).await.unwrap();
    all.sort_by(|a, b| (a.at, &a.run, a.timer).cmp(&(b.at, &b.run, b.timer)));
    let some = store.due(0..SHARDS, limit).await.unwrap();
    let times: Vec<_> = some.iter().map(|timer| timer.at).collect();
    let next = store.next_due(0..SHARDS).await.unwrap();
    let own = store.next_due(shard..shard + 1).await.unwrap();
    format!("{all:?} {times:?} {next:?} {own:?}")
}

/// All that can be read of a run.
async fn everything(store: &impl Store, n: u64) -> String {
    let run = run_id(n);
    let stored = store.load(&run).await.unwrap();
    let journal = store.journal(&run, 0, 1_000).await.unwrap();
    let mut texts = Vec::new();
    for text in TEXTS {
        texts.push(store.payloads(&[payload(text).0]).await.is_ok());
    }
    let mut keys = Vec::new();
    for key in TEXTS {
        keys.push(store.key_owner(key).await.unwrap());
    }
    let offers = outside::offers(store, n).await;
    format!(
        "{stored:?} {journal:?} {texts:?} {keys:?} {offers} {:?}",
        store.now()
    )
}

/// The number of each run's last entry, where it exists.
async fn seqs(store: &impl Store) -> Vec<Option<u64>> {
    let mut seqs = Vec::new();
    for run in 0..RUNS {
        let found = store.summary(&run_id(run)).await.unwrap();
        seqs.push(found.map(|summary| summary.seq));
    }
    seqs
}

/// Tokens may be counted differently.
fn without_token(result: Result<Committed, CommitError>) -> Result<Committed, CommitError> {
    match result {
        Err(CommitError::Fenced { run, .. }) => Err(CommitError::Fenced {
            run,
            token: Fence(0),
        }),
        other => other,
    }
}

fn name(refund: bool) -> &'static str {
    if refund { "refund" } else { "order" }
}

fn role(schedule: bool) -> RunRole {
    if schedule {
        RunRole::Schedule
    } else {
        RunRole::Run
    }
}

impl Change {
    fn commit(&self, fence: Fence, seqs: &[Option<u64>]) -> RunCommit {
        let found = seqs[self.run as usize];
        let fence = Fence(fence.0 - self.fence_off);
        let rows = self.rows.iter().map(|(key, put)| {
            if *put {
                put_row(*key, &format!("{} {key} {}", self.run, self.entries))
            } else {
                RowChange::Delete(*key)
            }
        });
        let timers = self.timers.iter().map(|(timer, at)| match at {
            Some(at) => TimerChange::Set {
                timer: *timer,
                at: Timestamp(*at),
            },
            None => TimerChange::Clear { timer: *timer },
        });
        let base = found.unwrap_or(0) + self.seq_off;
        RunCommit {
            create: (found.is_none() != self.create_wrong).then(|| self.new_run()),
            rows: rows.collect(),
            timers: timers.collect(),
            status: self.status,
            in_flight: self.in_flight,
            payloads: self.payloads.iter().map(|n| payload(TEXTS[*n])).collect(),
            ..change(&run_id(self.run), base, self.entries, fence)
        }
    }

    fn new_run(&self) -> NewRun {
        let workflow = format!("shop/{}:1.0.0", name(self.refund));
        NewRun {
            deployed: digest(&workflow),
            workflow: workflow.parse().unwrap(),
            key: self.key.map(|n| (TEXTS[n].to_owned(), digest(TEXTS[n]))),
            role: role(self.schedule),
            parent: self.parent.map(|run| ParentLink {
                run: run_id(run),
                child: self.entries,
            }),
            ..new_run()
        }
    }
}
