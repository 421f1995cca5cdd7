//! What the cases commit.

use std::sync::Arc;

use segue_model::ir::Deployed;
use segue_model::{Digest, PluginDescriptor, RunId, Timestamp, WorkflowName};
use serde_json::json;

use crate::{
    CommitError, Committed, Fence, JournalRow, NewEvent, NewRun, PluginRecord, RowChange,
    RunCommit, RunRole, RunStatus, StateRow, Store, StoredWorkflow, WorkflowRecord,
};

/// The id of the `n`-th run: later ones have greater ids.
pub fn run_id(n: u64) -> RunId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    RunId::new(1_767_225_600_000 + n, random)
}

/// A digest that stands for `text`.
pub fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// A large payload that says `text`.
pub fn payload(text: &str) -> (Digest, Arc<str>) {
    let json = json!(text.repeat(2_000 / text.len().max(1))).to_string();
    (digest(&json), json.into())
}

/// A run of `shop/order:1.0.0`, without a key.
pub fn new_run() -> NewRun {
    NewRun {
        workflow: "shop/order:1.0.0".parse().unwrap(),
        deployed: digest("shop/order"),
        key: None,
        created_at: Timestamp(1_767_225_600_000),
        parent: None,
        role: RunRole::Run,
    }
}

/// A running run's next commit, of `entries` journal entries and nothing else.
pub fn change(run: &RunId, expected_seq: u64, entries: u64, fence: Fence) -> RunCommit {
    let journal = (1..=entries).map(|n| JournalRow {
        seq: expected_seq + n,
        entry: format!("{{\"entry\":{}}}", expected_seq + n).into(),
        observed: format!("{{\"at\":{n}}}").into(),
    });
    RunCommit {
        run: run.clone(),
        expected_seq,
        fence,
        create: None,
        journal: journal.collect(),
        rows: Vec::new(),
        timers: Vec::new(),
        listeners: Vec::new(),
        consumed: Vec::new(),
        emitted: Vec::new(),
        outbox: Vec::new(),
        status: RunStatus::Running,
        in_flight: false,
        payloads: Vec::new(),
    }
}

/// The first commit of a run, of one journal entry.
pub(super) fn creation(run: &RunId, fence: Fence) -> RunCommit {
    RunCommit {
        create: Some(new_run()),
        ..change(run, 0, 1, fence)
    }
}

/// A put of a state row.
pub fn put_row(key: u32, body: &str) -> RowChange {
    RowChange::Put(StateRow {
        key,
        version: 3,
        body: body.into(),
    })
}

/// An event whose body says what it is.
pub fn event(source: &str, id: &str, kind: &str) -> NewEvent {
    let body = json!({"specversion": "1.0", "source": source, "id": id, "type": kind});
    NewEvent {
        source: source.to_owned(),
        id: id.to_owned(),
        kind: kind.to_owned(),
        body: body.to_string().into(),
    }
}

/// Commits one run.
pub(super) async fn commit(store: &impl Store, commit: RunCommit) -> Result<u64, CommitError> {
    let mut results = seqs(store.commit(vec![commit]).await.unwrap());
    assert_eq!(results.len(), 1);
    results.remove(0)
}

/// The numbers of the last entries: the time of a commit is the clock's.
pub(super) fn seqs(results: Vec<Result<Committed, CommitError>>) -> Vec<Result<u64, CommitError>> {
    let seq = |result: Result<Committed, CommitError>| result.map(|done| done.seq);
    results.into_iter().map(seq).collect()
}

/// Creates runs 1 to `count`, each with one journal entry.
pub(super) async fn create_runs(store: &impl Store, count: u64) {
    let runs = (1..=count).map(|n| creation(&run_id(n), store.fence()));
    for result in store.commit(runs.collect()).await.unwrap() {
        assert_eq!(result.map(|done| done.seq), Ok(1));
    }
}

/// A plugin whose component is `component`.
pub fn plugin(name: &str, version: &str, component: &[u8]) -> PluginRecord {
    PluginRecord {
        descriptor: PluginDescriptor {
            name: name.to_owned(),
            version: version.parse().unwrap(),
            description: Some("counts".to_owned()),
            digest: Digest::of(component),
            size_bytes: component.len() as u64,
            world: "segue:plugin/steps@0.1.0".to_owned(),
            imports: vec!["wasi:io/poll@0.2.12".to_owned()],
            capabilities: Vec::new(),
            producers: Vec::new(),
            steps: Vec::new(),
        },
        deployed_at: Timestamp(1_767_225_600_000),
    }
}

/// A workflow that was deployed from `source`.
pub fn workflow(name: &str, source: &str) -> StoredWorkflow {
    let name: WorkflowName = name.parse().unwrap();
    let deployed: Deployed = serde_json::from_value(json!({
        "workflow": {
            "ir_version": 1,
            "name": name,
            "definition": {"source": source},
            "input": {}, "output": {},
            "body": 0, "tasks": [], "blocks": [], "expressions": [], "schemas": [], "steps": [],
        },
        "pins": [],
    }))
    .unwrap();
    StoredWorkflow {
        record: WorkflowRecord {
            name,
            title: Some("An order".to_owned()),
            digest: digest(&format!("deployed {source}")),
            source_digest: digest(source),
            deployed_at: Timestamp(1_767_225_600_000),
        },
        source: source.into(),
        deployed: Arc::new(deployed),
    }
}
