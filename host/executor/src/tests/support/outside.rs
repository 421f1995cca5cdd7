//! What a store keeps of the outside world, passed on as it is.

use async_trait::async_trait;
use segue_model::{RunId, Timestamp};
use segue_store::{
    Accepted, Events, InboxEvent, InboxQuery, NewEvent, Outbox, OutboxItem, SecretRecord, Secrets,
    StoreError,
};

use super::store::LoggingStore;

#[async_trait]
impl Events for LoggingStore {
    async fn accept(&self, events: Vec<NewEvent>) -> Result<Vec<Accepted>, StoreError> {
        self.inner.accept(events).await
    }

    async fn inbox(&self, query: &InboxQuery) -> Result<Vec<InboxEvent>, StoreError> {
        self.inner.inbox(query).await
    }

    async fn offers(
        &self,
        run: &RunId,
        listen: u64,
        after: u64,
        limit: usize,
    ) -> Result<Vec<InboxEvent>, StoreError> {
        self.inner.offers(run, listen, after, limit).await
    }

    async fn listeners(
        &self,
        kind: &str,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        self.inner.listeners(kind, after, limit).await
    }

    async fn listening(
        &self,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<RunId>, StoreError> {
        self.inner.listening(after, limit).await
    }

    async fn expire(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.inner.expire(before, limit).await
    }
}

#[async_trait]
impl Outbox for LoggingStore {
    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxItem>, StoreError> {
        self.inner.outbox(after, limit).await
    }

    async fn done(&self, numbers: &[u64]) -> Result<(), StoreError> {
        self.inner.done(numbers).await
    }
}

#[async_trait]
impl Secrets for LoggingStore {
    async fn put_secret(&self, name: &str, sealed: Vec<u8>) -> Result<(), StoreError> {
        self.inner.put_secret(name, sealed).await
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.secret(name).await
    }

    async fn secrets(&self) -> Result<Vec<SecretRecord>, StoreError> {
        self.inner.secrets().await
    }

    async fn delete_secret(&self, name: &str) -> Result<bool, StoreError> {
        self.inner.delete_secret(name).await
    }
}
