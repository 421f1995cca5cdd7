//! The journal, folded through the engine by hand.

use std::sync::Arc;

use segue_engine::{Entry, Plan, Run};
use segue_model::RunId;
use segue_store::{Deployments, ReadRuns, Store};

use crate::payloads::fill;

/// The plan that a run is pinned to.
async fn plan_of(store: &dyn Store, run: &RunId) -> Plan {
    let summary = ReadRuns::summary(store, run).await.unwrap().unwrap();
    let stored = Deployments::workflow(store, &summary.deployed)
        .await
        .unwrap();
    Plan::new(Arc::clone(&stored.unwrap().deployed)).unwrap()
}

/// The state rows that the journal of a run gives, by key.
pub(in crate::tests) async fn replayed_rows(store: &dyn Store, id: &RunId) -> Vec<(u32, String)> {
    let plan = plan_of(store, id).await;
    let mut run = Run::new(id.clone());
    for row in ReadRuns::journal(store, id, 1, usize::MAX).await.unwrap() {
        let mut entry = Entry::decode(&row.entry).unwrap();
        fill(store, &mut entry).await.unwrap();
        run.apply(&plan, &entry);
        assert_eq!(run.seq(), row.seq, "the engine did not take its own entry");
    }
    let changes = run.take_changes();
    let mut rows: Vec<(u32, String)> = changes
        .put
        .into_iter()
        .map(|(key, _, body)| (key, body))
        .collect();
    rows.sort();
    rows
}
