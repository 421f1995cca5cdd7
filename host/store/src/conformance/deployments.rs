//! Deployments.

use std::sync::Arc;

use segue_model::Digest;

use super::Harness;
use super::fixtures::{digest, plugin, workflow};
use crate::{Deployments, ManualClock, StoreError, StoredWorkflow};

/// Storing a plugin again changes nothing.
pub async fn plugins_are_stored_once<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let component: Arc<[u8]> = b"component".as_slice().into();
    let first = plugin("count", "1.0.0", &component);
    assert_eq!(
        harness
            .store()
            .component(&first.descriptor.digest)
            .await
            .unwrap(),
        None
    );
    let mut again = first.clone();
    again.deployed_at.0 += 1;
    for record in [&first, &again] {
        harness
            .store()
            .put_plugin(record.clone(), Arc::clone(&component))
            .await
            .unwrap();
    }
    let harness = harness.reopened();
    assert_eq!(
        harness.store().plugins().await.unwrap(),
        std::slice::from_ref(&first)
    );
    let found = harness
        .store()
        .component(&first.descriptor.digest)
        .await
        .unwrap();
    assert_eq!(found, Some(component));
    assert_eq!(
        harness.store().component(&digest("other")).await.unwrap(),
        None
    );
}

/// A version that was deployed never changes; another version may have the same component.
pub async fn another_component_of_the_same_version_is_a_conflict<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let (one, two): (Arc<[u8]>, Arc<[u8]>) = (b"one".as_slice().into(), b"two".as_slice().into());
    let first = plugin("count", "1.0.0", &one);
    store
        .put_plugin(first.clone(), Arc::clone(&one))
        .await
        .unwrap();
    let conflict = store
        .put_plugin(plugin("count", "1.0.0", &two), Arc::clone(&two))
        .await;
    let names = |what: &str| what.contains("count") && what.contains("1.0.0");
    assert!(
        matches!(&conflict, Err(StoreError::Exists { what, digest })
            if names(what) && *digest == Digest::of(&one)),
        "{conflict:?}"
    );
    assert_eq!(store.plugins().await.unwrap(), std::slice::from_ref(&first));
    let second = plugin("count", "1.0.1", &one);
    store.put_plugin(second.clone(), one).await.unwrap();
    assert_eq!(store.plugins().await.unwrap(), [first, second]);
}

/// By name as text, by version as versions are ordered.
pub async fn plugins_are_listed_by_name_and_version<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let component: Arc<[u8]> = b"component".as_slice().into();
    let order = [
        ("a", "1.9.0"),
        ("a", "1.10.0-rc.1"),
        ("a", "1.10.0"),
        ("b", "0.1.0"),
    ];
    let sorted: Vec<_> = order
        .map(|(name, version)| plugin(name, version, &component))
        .into();
    for n in [2, 3, 0, 1] {
        harness
            .store()
            .put_plugin(sorted[n].clone(), Arc::clone(&component))
            .await
            .unwrap();
    }
    assert_eq!(harness.store().plugins().await.unwrap(), sorted);
}

/// Components of sizes around those in which a store may cut them.
pub async fn large_components_come_back_whole<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let mut stored = Vec::new();
    for size in [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000] {
        let component: Arc<[u8]> = (0..size).map(|n: usize| (n * 31 / 7) as u8).collect();
        let record = plugin("large", &format!("{size}.0.0"), &component);
        harness
            .store()
            .put_plugin(record, Arc::clone(&component))
            .await
            .unwrap();
        stored.push(component);
    }
    let harness = harness.reopened();
    for component in stored {
        let found = harness
            .store()
            .component(&Digest::of(&component))
            .await
            .unwrap();
        assert!(found == Some(component));
    }
}

/// Deploying makes current, also what was deployed before.
pub async fn the_last_workflow_of_a_version_is_current<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let name = "shop/order:1.0.0";
    let [first, second] = ["one", "two"].map(|source| workflow(name, source));
    let newer = workflow("shop/order:1.10.0", "three");
    let older = workflow("shop/order:1.9.0", "four");
    assert_eq!(store.current(&first.record.name).await.unwrap(), None);
    for put in [&newer, &first, &second, &older] {
        store.put_workflow(put.clone()).await.unwrap();
    }
    let listed = [&second, &older, &newer].map(|workflow| workflow.record.clone());
    assert_eq!(store.workflows().await.unwrap(), listed);
    assert_eq!(
        store.current(&first.record.name).await.unwrap(),
        Some(second.record)
    );
    store.put_workflow(first.clone()).await.unwrap();
    let harness = harness.reopened();
    let current = harness.store().current(&first.record.name).await.unwrap();
    assert_eq!(current.as_ref(), Some(&first.record));
    let unknown = "farm/order:1.0.0".parse().unwrap();
    assert_eq!(harness.store().current(&unknown).await.unwrap(), None);
}

/// Runs stay pinned to digests that are no longer current.
pub async fn workflows_come_back_whole<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let first = workflow("shop/order:1.0.0", "one");
    let second = workflow("shop/order:1.0.0", "two");
    for put in [&first, &second] {
        harness.store().put_workflow(put.clone()).await.unwrap();
    }
    let mut commented = StoredWorkflow {
        source: "one # with a comment".into(),
        ..first.clone()
    };
    commented.record.source_digest = digest("one # with a comment");
    commented.record.deployed_at.0 += 1;
    harness
        .store()
        .put_workflow(commented.clone())
        .await
        .unwrap();
    let harness = harness.reopened();
    for put in [commented, second] {
        let found = harness.store().workflow(&put.record.digest).await.unwrap();
        assert_eq!(found, Some(put));
    }
    assert_eq!(
        harness.store().workflow(&digest("other")).await.unwrap(),
        None
    );
}
