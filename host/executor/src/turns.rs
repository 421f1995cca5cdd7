//! Turns: of those who want to do the same thing (start a run with one idempotency key, load one
//! component), one does it and the others wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Turn = Arc<tokio::sync::Mutex<()>>;

/// The keys that somebody holds or waits for just now. There are never more than callers.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Turn>>);

/// The turn of one caller.
pub(crate) struct Held<'k> {
    keys: &'k Turns,
    key: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for the key's turn.
    pub(crate) async fn hold(&self, key: &str) -> Held<'_> {
        let turn = Arc::clone(self.turns().entry(key.to_owned()).or_default());
        // Made first, so that a caller who goes away while waiting leaves nothing behind.
        let mut held = Held {
            keys: self,
            key: key.to_owned(),
            guard: None,
        };
        held.guard = Some(turn.lock_owned().await);
        held
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<String, Turn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.guard = None;
        let mut turns = self.keys.turns();
        if turns
            .get(&self.key)
            .is_some_and(|turn| Arc::strong_count(turn) == 1)
        {
            turns.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_is_forgotten_when_its_last_turn_is_over() {
        let keys = Turns::default();
        let first = keys.hold("a").await;
        let mut second = Box::pin(keys.hold("a"));
        assert!(futures_poll(&mut second).await.is_none());
        drop(first);
        drop(second.await);
        let mut waiting = Box::pin(keys.hold("b"));
        drop(futures_poll(&mut waiting).await);
        drop(waiting);
        assert!(keys.turns().is_empty());
    }

    /// Polls once.
    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = std::future::ready(()) => None,
        }
    }
}
