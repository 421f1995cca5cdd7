//! Putting, listing, deleting and revealing secrets.

use std::sync::Arc;

use segue_store::{SecretRecord, Secrets};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::keys::HostKeys;
use crate::name::is_secret_name;
use crate::seal::{is_current, open, seal};

/// The most bytes of a secret, as JSON: a certificate with its key has a few kilobytes.
pub const SECRET_BYTES_MAX: usize = 64 << 10;
/// The most levels of a secret that is an object.
pub const SECRET_DEPTH_MAX: usize = 16;

/// Keeps secrets in a store that never sees them. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn Secrets>,
    keys: Arc<HostKeys>,
}

/// The JSON text of a secret, wiped from memory when it is dropped. It prints as nothing.
pub struct SecretText(Zeroizing<Vec<u8>>);

impl SecretText {
    /// The value.
    pub fn value(&self) -> Option<Value> {
        serde_json::from_slice(&self.0).ok()
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({:?})", self.keys)
    }
}

impl Vault {
    /// A vault over a store, with the host's keys.
    pub fn new(store: Arc<dyn Secrets>, keys: HostKeys) -> Self {
        Vault {
            store,
            keys: Arc::new(keys),
        }
    }

    /// Stores a secret, or replaces it. It is durable when this returns.
    pub async fn put(&self, name: &str, value: &Value) -> Result<(), VaultError> {
        let sealed = self.seal(name, value)?;
        Ok(self.store.put_secret(name, sealed).await?)
    }

    /// What the store keeps of a secret, for those who write to it themselves.
    pub fn seal(&self, name: &str, value: &Value) -> Result<Vec<u8>, VaultError> {
        check_name(name)?;
        seal(&self.keys, name, &checked(value)?)
    }

    /// The names of all secrets, in order, and when each was put.
    pub async fn list(&self) -> Result<Vec<SecretRecord>, VaultError> {
        Ok(self.store.secrets().await?)
    }

    /// Deletes a secret; says whether it was there.
    pub async fn delete(&self, name: &str) -> Result<bool, VaultError> {
        check_name(name)?;
        Ok(self.store.delete_secret(name).await?)
    }

    /// The value of a secret. For the egress alone.
    pub async fn reveal(&self, name: &str) -> Result<Option<SecretText>, VaultError> {
        match self.store.secret(name).await? {
            Some(sealed) => Ok(Some(SecretText(open(&self.keys, name, &sealed)?))),
            None => Ok(None),
        }
    }

    /// Seals with the present key what was sealed with an older one, and says how many those
    /// were. Afterwards the older keys can be thrown away. A secret that does not open ends it:
    /// its key must not be thrown away.
    pub async fn reseal(&self) -> Result<usize, VaultError> {
        let mut resealed = 0;
        for record in self.store.secrets().await? {
            let Some(sealed) = self.store.secret(&record.name).await? else {
                continue;
            };
            if !is_current(&self.keys, &sealed) {
                let value = open(&self.keys, &record.name, &sealed)?;
                let sealed = seal(&self.keys, &record.name, &value)?;
                self.store.put_secret(&record.name, sealed).await?;
                resealed += 1;
            }
        }
        Ok(resealed)
    }
}

fn check_name(name: &str) -> Result<(), VaultError> {
    match is_secret_name(name) {
        true => Ok(()),
        false => Err(VaultError::Name {
            name: name.to_owned(),
        }),
    }
}

fn checked(value: &Value) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let refuse = |detail: String| Err(VaultError::Value { detail });
    match value {
        Value::String(text) if text.is_empty() => return refuse("it is empty".to_owned()),
        Value::Object(members) if members.is_empty() => {
            return refuse("it has no members".to_owned());
        }
        Value::String(_) | Value::Object(_) => {}
        Value::Null => return refuse("it is null".to_owned()),
        Value::Bool(_) => return refuse("it is true or false".to_owned()),
        Value::Number(_) => return refuse("it is a number; write it as a string".to_owned()),
        Value::Array(_) => return refuse("it is an array".to_owned()),
    }
    if too_deep(value, SECRET_DEPTH_MAX) {
        return refuse("it nests deeper".to_owned());
    }
    let text = Zeroizing::new(value.to_string().into_bytes());
    match text.len() {
        0..=SECRET_BYTES_MAX => Ok(text),
        bytes => refuse(format!("it has {bytes} bytes")),
    }
}

/// Goes no deeper than it may.
fn too_deep(value: &Value, levels: usize) -> bool {
    let mut inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => return false,
    };
    match levels.checked_sub(1) {
        Some(left) => inner.any(|value| too_deep(value, left)),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use segue_model::Timestamp;
    use segue_store::StoreError;
    use serde_json::json;
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Kept(Mutex<BTreeMap<String, Vec<u8>>>);

    #[async_trait]
    impl Secrets for Kept {
        async fn put_secret(&self, name: &str, sealed: Vec<u8>) -> Result<(), StoreError> {
            self.0.lock().unwrap().insert(name.to_owned(), sealed);
            Ok(())
        }
        async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(self.0.lock().unwrap().get(name).cloned())
        }
        async fn secrets(&self) -> Result<Vec<SecretRecord>, StoreError> {
            let names = self.0.lock().unwrap();
            let record = |name: &String| SecretRecord {
                name: name.clone(),
                updated_at: Timestamp(0),
            };
            Ok(names.keys().map(record).collect())
        }
        async fn delete_secret(&self, name: &str) -> Result<bool, StoreError> {
            Ok(self.0.lock().unwrap().remove(name).is_some())
        }
    }

    fn keys(numbers: &[u8]) -> HostKeys {
        let lines = numbers.iter().map(|n| format!("{n:02x}").repeat(32) + "\n");
        HostKeys::parse(&lines.collect::<String>()).unwrap()
    }

    fn vault() -> (Vault, Arc<Kept>) {
        let kept = Arc::new(Kept::default());
        (Vault::new(kept.clone(), keys(&[1])), kept)
    }

    async fn value(vault: &Vault, name: &str) -> Option<Value> {
        vault.reveal(name).await.unwrap()?.value()
    }

    #[tokio::test]
    async fn a_secret_is_put_replaced_listed_and_deleted() {
        let (vault, _) = vault();
        vault
            .put("mail", &json!({"user": "u", "password": "p"}))
            .await
            .unwrap();
        vault.put("mail", &json!("text")).await.unwrap();
        vault.put("api-key", &json!("k")).await.unwrap();
        assert_eq!(value(&vault, "mail").await, Some(json!("text")));
        assert_eq!(value(&vault, "gone").await, None);
        let names: Vec<_> = vault
            .list()
            .await
            .unwrap()
            .into_iter()
            .map(|r| r.name)
            .collect();
        assert_eq!(names, ["api-key", "mail"]);
        assert!(vault.delete("mail").await.unwrap());
        assert!(!vault.delete("mail").await.unwrap());
        assert_eq!(value(&vault, "mail").await, None);
    }

    #[tokio::test]
    async fn the_store_sees_no_value_and_nothing_prints_one() {
        let (vault, kept) = vault();
        vault.put("mail", &json!("hunter2 hunter2")).await.unwrap();
        let sealed = kept.0.lock().unwrap()["mail"].clone();
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        let revealed = vault.reveal("mail").await.unwrap();
        assert!(!format!("{vault:?} {revealed:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn names_and_values_are_checked_without_repeating_the_value() {
        let (vault, _) = vault();
        let name = vault.put("a.b", &json!("x")).await;
        assert!(matches!(name, Err(VaultError::Name { .. })));
        let deep = (0..SECRET_DEPTH_MAX).fold(json!("x"), |inner, _| json!({"m": inner}));
        assert!(vault.put("deep", &deep).await.is_ok());
        for bad in [
            json!(null),
            json!(4711),
            json!(["hunter2"]),
            json!(""),
            json!({}),
            json!("hunter2".repeat(10_000)),
            json!({"m": deep}),
        ] {
            let error = vault.put("mail", &bad).await.unwrap_err();
            assert!(matches!(error, VaultError::Value { .. }));
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let most = "x".repeat(SECRET_BYTES_MAX - 2);
        assert!(vault.put("most", &json!(most)).await.is_ok());
    }

    #[tokio::test]
    async fn keys_are_rotated_without_losing_a_secret() {
        let (old, kept) = vault();
        old.put("a", &json!("1")).await.unwrap();
        old.put("b", &json!("2")).await.unwrap();
        let both = Vault::new(kept.clone(), keys(&[2, 1]));
        both.put("b", &json!("3")).await.unwrap();
        assert_eq!(both.reseal().await.unwrap(), 1);
        assert_eq!(both.reseal().await.unwrap(), 0);
        let new = Vault::new(kept, keys(&[2]));
        assert_eq!(value(&new, "a").await, Some(json!("1")));
        assert_eq!(value(&new, "b").await, Some(json!("3")));
        assert!(matches!(
            old.reveal("a").await,
            Err(VaultError::WrongKey { .. })
        ));
        assert!(matches!(
            old.reseal().await,
            Err(VaultError::WrongKey { .. })
        ));
    }

    #[tokio::test]
    async fn a_secret_cannot_be_moved_to_another_name() {
        let (vault, kept) = vault();
        vault.put("a", &json!("1")).await.unwrap();
        {
            let mut all = kept.0.lock().unwrap();
            let sealed = all["a"].clone();
            all.insert("b".to_owned(), sealed);
        }
        assert!(matches!(
            vault.reveal("b").await,
            Err(VaultError::Damaged { .. })
        ));
    }
}
