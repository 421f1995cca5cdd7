//! Lists of runs.

use segue_model::{RunId, WorkflowName};

use super::Harness;
use super::fixtures::{change, commit, create_runs, creation, digest, new_run, run_id};
use crate::{
    CommitRuns, ManualClock, NewRun, Page, ReadRuns, RunCommit, RunFilter, RunStatus, Store,
};

/// Without a filter, in pages of every size.
pub async fn runs_are_listed_newest_first_page_by_page<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 23).await;
    let harness = harness.reopened();
    for size in [1, 5, 23, 100] {
        let listed = walk(harness.store(), &RunFilter::default(), size).await;
        let expected: Vec<RunId> = (1..=23).rev().map(run_id).collect();
        assert_eq!(listed, expected, "pages of {size}");
    }
}

/// Each filter alone and all together, while statuses change.
pub async fn filters_narrow_a_list<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    create_zoo(store).await;
    for status in [None, Some(RunStatus::Running), Some(RunStatus::Faulted)] {
        for namespace in [None, Some("shop"), Some("farm")] {
            for name in [None, Some("order"), Some("cow"), Some("nothing")] {
                let filter = filter(status, namespace, name);
                let expected = zoo().into_iter().rev().filter(|(_, is, workflow)| {
                    status.is_none_or(|wish| wish == *is) && filter.matches_name(workflow)
                });
                let expected: Vec<RunId> = expected.map(|(run, _, _)| run).collect();
                assert_eq!(walk(store, &filter, 100).await, expected, "{filter:?}");
            }
        }
    }
    let moved = RunCommit {
        status: RunStatus::Cancelled,
        ..change(&run_id(1), 1, 1, store.fence())
    };
    commit(store, moved).await.unwrap();
    let cancelled = filter(Some(RunStatus::Cancelled), None, None);
    assert_eq!(walk(store, &cancelled, 9).await, [run_id(1)]);
}

/// Pages of a filtered list join without gap or repetition.
pub async fn paging_works_under_a_filter<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_zoo(harness.store()).await;
    for filter in [
        filter(None, Some("shop"), None),
        filter(Some(RunStatus::Running), None, None),
        filter(Some(RunStatus::Faulted), Some("farm"), Some("cow")),
    ] {
        let whole = walk(harness.store(), &filter, 1_000).await;
        assert!(whole.len() > 3);
        for size in [1, 2, 3, whole.len()] {
            assert_eq!(walk(harness.store(), &filter, size).await, whole);
        }
    }
}

/// Limits and bounds at the edge.
pub async fn a_page_of_nothing_is_empty<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    create_runs(harness.store(), 2).await;
    let running = filter(Some(RunStatus::Running), None, None);
    for filter in [RunFilter::default(), running] {
        let none = Page {
            before: None,
            limit: 0,
        };
        assert_eq!(harness.store().list(&filter, &none).await.unwrap(), []);
        let last = Page {
            before: Some(run_id(1)),
            limit: 9,
        };
        assert_eq!(harness.store().list(&filter, &last).await.unwrap(), []);
        let unknown = Page {
            before: Some(run_id(1_000)),
            limit: 9,
        };
        assert_eq!(
            harness.store().list(&filter, &unknown).await.unwrap().len(),
            2
        );
    }
}

/// The whole list, page by page.
async fn walk(store: &impl Store, filter: &RunFilter, size: usize) -> Vec<RunId> {
    let mut listed: Vec<RunId> = Vec::new();
    loop {
        let page = Page {
            before: listed.last().cloned(),
            limit: size,
        };
        let found = store.list(filter, &page).await.unwrap();
        assert!(found.len() <= size);
        assert!(found.iter().all(|summary| filter.matches(summary)));
        if found.is_empty() {
            return listed;
        }
        listed.extend(found.into_iter().map(|summary| summary.run));
    }
}

fn filter(status: Option<RunStatus>, namespace: Option<&str>, name: Option<&str>) -> RunFilter {
    RunFilter {
        status,
        namespace: namespace.map(str::to_owned),
        name: name.map(str::to_owned),
        ..RunFilter::default()
    }
}

/// Sixty runs of several workflows, versions and statuses.
fn zoo() -> Vec<(RunId, RunStatus, WorkflowName)> {
    let names = [
        "shop/order:1.0.0",
        "shop/order:1.0.1",
        "shop/refund:1.0.0",
        "farm/cow:2.0.0",
    ];
    let statuses = [RunStatus::Running, RunStatus::Waiting, RunStatus::Faulted];
    let runs = (0..60).map(|n: usize| {
        let name = names[n % names.len()].parse().unwrap();
        (run_id(n as u64 + 1), statuses[n % statuses.len()], name)
    });
    runs.collect()
}

async fn create_zoo(store: &impl Store) {
    for (run, status, workflow) in zoo() {
        let new = NewRun {
            deployed: digest(&workflow.to_string()),
            workflow,
            ..new_run()
        };
        let one = RunCommit {
            create: Some(new),
            status,
            ..creation(&run, store.fence())
        };
        commit(store, one).await.unwrap();
    }
}
