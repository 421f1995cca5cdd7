//! Sealed secrets.

use segue_model::Timestamp;

use super::Harness;
use crate::check::{SECRET_BYTES_MAX, SECRET_NAME_BYTES_MAX};
use crate::{ManualClock, SecretRecord, Secrets, StoreError};

/// By name, to the byte, and listed in order.
pub async fn secrets_are_kept_replaced_and_deleted<H: Harness>() {
    let clock = ManualClock::new(Timestamp(100));
    let harness = H::fresh(clock.clone());
    let store = harness.store();
    assert_eq!(store.secret("b").await.unwrap(), None);
    let bytes: Vec<u8> = (0..=255).collect();
    for name in ["b", "a.c", "ä", ""] {
        store.put_secret(name, bytes.clone()).await.unwrap();
    }
    clock.advance_ms(5);
    store.put_secret("b", Vec::new()).await.unwrap();
    let harness = harness.reopened();
    let store = harness.store();
    assert_eq!(store.secret("b").await.unwrap(), Some(Vec::new()));
    assert_eq!(store.secret("a.c").await.unwrap(), Some(bytes));
    assert_eq!(store.secret("B").await.unwrap(), None);
    let record = |name: &str, at| SecretRecord {
        name: name.to_owned(),
        updated_at: Timestamp(at),
    };
    let listed = [
        record("", 100),
        record("a.c", 100),
        record("b", 105),
        record("ä", 100),
    ];
    assert_eq!(store.secrets().await.unwrap(), listed);

    assert!(store.delete_secret("a.c").await.unwrap());
    assert!(!store.delete_secret("a.c").await.unwrap());
    let harness = harness.reopened();
    assert_eq!(harness.store().secret("a.c").await.unwrap(), None);
    assert_eq!(harness.store().secrets().await.unwrap().len(), 3);
}

/// Whoever may put secrets decides how large they are.
pub async fn secrets_that_are_too_large_are_refused<H: Harness>() {
    let harness = H::fresh(ManualClock::default());
    let store = harness.store();
    let (name, sealed) = ("n".repeat(SECRET_NAME_BYTES_MAX), vec![7; SECRET_BYTES_MAX]);
    store.put_secret(&name, sealed.clone()).await.unwrap();
    assert_eq!(store.secret(&name).await.unwrap(), Some(sealed.clone()));
    let longer = store.put_secret(&format!("{name}n"), vec![7]).await;
    assert!(matches!(longer, Err(StoreError::Refused { .. })));
    let larger = store.put_secret("n", [sealed, vec![7]].concat()).await;
    assert!(matches!(larger, Err(StoreError::Refused { .. })));
    assert_eq!(store.secrets().await.unwrap().len(), 1);
}
