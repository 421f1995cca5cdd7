//! Secrets, sealed: the store never sees a value.

use async_trait::async_trait;
use segue_model::Timestamp;

use crate::error::StoreError;

/// Keeps sealed secrets. All writes are durable when they return.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Inserts or replaces a secret.
    async fn put_secret(&self, name: &str, sealed: Vec<u8>) -> Result<(), StoreError>;

    /// A sealed secret.
    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// All names, in order.
    async fn secrets(&self) -> Result<Vec<SecretRecord>, StoreError>;

    /// Removes a secret; says whether it was there.
    async fn delete_secret(&self, name: &str) -> Result<bool, StoreError>;
}

/// A secret as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRecord {
    /// Its name.
    pub name: String,
    /// When it was last put (the store's time).
    pub updated_at: Timestamp,
}
