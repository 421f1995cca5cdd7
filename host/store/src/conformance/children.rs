//! Children and schedules: links to parents, roles, and lists of them.

use segue_model::RunId;

use super::Harness;
use super::fixtures::{change, commit, create_runs, creation, digest, new_run, run_id};
use crate::{
    CommitRuns, ForgetRuns, ManualClock, NewRun, Page, ParentLink, ReadRuns, RunCommit, RunFilter,
    RunRole, RunStatus, Store,
};

/// Fixed by the first commit, and shown wherever a run is.
pub async fn a_run_keeps_its_parent_and_its_role<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 1).await;
    create(harness.store(), 2, Some((1, u64::MAX)), RunRole::Schedule).await;
    create(harness.store(), 3, Some((2, 0)), RunRole::Run).await;
    let later = change(&run_id(2), 1, 1, harness.store().fence());
    commit(harness.store(), later).await.unwrap();
    let harness = harness.reopened();
    for (run, parent, role) in [
        (1, None, RunRole::Run),
        (2, Some(link(1, u64::MAX)), RunRole::Schedule),
        (3, Some(link(2, 0)), RunRole::Run),
    ] {
        let summary = harness
            .store()
            .summary(&run_id(run))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (&summary.parent, summary.role),
            (&parent, role),
            "run {run}"
        );
        let loaded = harness.store().load(&run_id(run)).await.unwrap().unwrap();
        assert_eq!(loaded.summary, summary);
        let listed = list(harness.store(), &RunFilter::default(), 9).await;
        assert!(listed.contains(&run_id(run)));
    }
}

/// Each filter alone and with others, while statuses change, in pages of every size.
pub async fn lists_are_narrowed_by_role_and_by_parent<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 3).await;
    let roles = [RunRole::Run, RunRole::Run, RunRole::Schedule];
    let statuses = [RunStatus::Running, RunStatus::Waiting, RunStatus::Faulted];
    for n in 4..=63 {
        let parent = [Some(1), Some(2), None][n as usize / 3 % 3];
        let role = roles[n as usize % 3];
        create(store, n, parent.map(|parent| (parent, n)), role).await;
        let moved = RunCommit {
            status: statuses[n as usize / 9 % 3],
            ..change(&run_id(n), 1, 0, store.fence())
        };
        commit(store, moved).await.unwrap();
    }
    let harness = harness.reopened();
    let store = harness.store();
    let all = store
        .list(&RunFilter::default(), &page(None, 99))
        .await
        .unwrap();
    let mut narrowed = 0;
    for role in [None, Some(RunRole::Run), Some(RunRole::Schedule)] {
        for parent in [None, Some(1), Some(2), Some(3), Some(99)] {
            for status in [None, Some(RunStatus::Running), Some(RunStatus::Faulted)] {
                for name in [None, Some("order"), Some("refund")] {
                    let filter = RunFilter {
                        status,
                        name: name.map(str::to_owned),
                        role,
                        parent: parent.map(run_id),
                        namespace: None,
                    };
                    let matching = all.iter().filter(|summary| filter.matches(summary));
                    let expected: Vec<RunId> = matching.map(|one| one.run.clone()).collect();
                    for size in [1, 4, 100] {
                        assert_eq!(list(store, &filter, size).await, expected, "{filter:?}");
                    }
                    narrowed += usize::from(!expected.is_empty() && expected.len() < all.len());
                }
            }
        }
    }
    assert!(narrowed > 30, "only {narrowed} filters showed anything");
}

/// Who forgets a parent parts it from its children; they go on.
pub async fn children_outlive_a_forgotten_parent<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_runs(store, 2).await;
    for n in 3..=8 {
        create(store, n, Some((1 + n % 2, n)), RunRole::Run).await;
    }
    let ended = RunCommit {
        status: RunStatus::Cancelled,
        ..change(&run_id(2), 1, 1, store.fence())
    };
    commit(store, ended).await.unwrap();
    assert_eq!(store.forget(&[run_id(2)]).await.unwrap(), 1);
    let next = change(&run_id(3), 1, 1, store.fence());
    commit(store, next).await.unwrap();
    let harness = harness.reopened();
    let store = harness.store();
    for n in 3..=8 {
        let summary = store.summary(&run_id(n)).await.unwrap().unwrap();
        let expected = (n % 2 == 0).then(|| link(1, n));
        assert_eq!(summary.parent, expected, "run {n}");
    }
    let of = |parent| RunFilter {
        parent: Some(run_id(parent)),
        ..RunFilter::default()
    };
    assert_eq!(list(store, &of(2), 9).await, []);
    assert_eq!(list(store, &of(1), 9).await, [8, 6, 4].map(run_id));
    create_again(store, 2).await;
    assert_eq!(list(store, &of(2), 9).await, []);
}

async fn create_again(store: &impl Store, run: u64) {
    commit(store, creation(&run_id(run), store.fence()))
        .await
        .unwrap();
}

fn link(run: u64, child: u64) -> ParentLink {
    ParentLink {
        run: run_id(run),
        child,
    }
}

/// Creates a run of one of two workflows.
async fn create(store: &impl Store, n: u64, parent: Option<(u64, u64)>, role: RunRole) {
    let name = if n.is_multiple_of(2) {
        "order"
    } else {
        "refund"
    };
    let new = NewRun {
        workflow: format!("shop/{name}:1.0.0").parse().unwrap(),
        deployed: digest(name),
        parent: parent.map(|(run, child)| link(run, child)),
        role,
        ..new_run()
    };
    let one = RunCommit {
        create: Some(new),
        ..creation(&run_id(n), store.fence())
    };
    commit(store, one).await.unwrap();
}

fn page(before: Option<RunId>, limit: usize) -> Page {
    Page { before, limit }
}

/// A whole list, page by page.
async fn list(store: &impl Store, filter: &RunFilter, size: usize) -> Vec<RunId> {
    let mut listed: Vec<RunId> = Vec::new();
    loop {
        let next = page(listed.last().cloned(), size);
        let found = store.list(filter, &next).await.unwrap();
        if found.is_empty() {
            return listed;
        }
        listed.extend(found.into_iter().map(|summary| summary.run));
    }
}
