//! Waking runs that may want an event.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use segue_model::RunId;
use segue_store::{InboxQuery, StoreError};
use tokio::sync::{Notify, oneshot};

use crate::options::STORE_RETRY_MS_MAX;
use crate::refusal::chain;
use crate::run::{self, Message};
use crate::shared::Shared;

/// Runs that are woken at once.
const PAGE: usize = 256;
/// How long a run that could not be woken is left alone, in milliseconds: the host has no
/// room, or its inbox is full.
const AGAIN_MS: u64 = 1_000;

/// The types of events that came, for which nobody was woken yet.
#[derive(Default)]
pub(crate) struct Waker {
    kinds: Mutex<BTreeSet<String>>,
    rung: Notify,
}

impl Waker {
    /// Events of these types are durable.
    pub(crate) fn wake(&self, kinds: impl IntoIterator<Item = String>) {
        let mut waiting = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(kinds);
        if !waiting.is_empty() {
            self.rung.notify_one();
        }
    }

    fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.kinds.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Wakes runs until the host drains.
pub(crate) async fn run(shared: Arc<Shared>) {
    tokio::select! {
        biased;
        () = shared.tasks.draining() => {}
        () = async {
            loop {
                shared.waker.rung.notified().await;
                for kind in shared.waker.take() {
                    wake(&shared, &kind).await;
                }
            }
        } => {}
    }
}

async fn wake(shared: &Arc<Shared>, kind: &str) {
    let mut after = None;
    loop {
        match shared.store().listeners(kind, after.as_ref(), PAGE).await {
            Ok(runs) => {
                let more = runs.len() == PAGE;
                after = look(shared, runs).await;
                if !more {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "listeners cannot be read; trying again");
                shared.pause(STORE_RETRY_MS_MAX).await;
            }
        }
    }
}

/// Lets every run that listens look whether there is something for it: events may have come
/// of which it was not told, because the host ended. Runs until it is through.
pub(crate) async fn look_around(shared: Arc<Shared>) {
    tokio::select! {
        biased;
        () = shared.tasks.draining() => {}
        result = all_look(&shared) => {
            if let Err(error) = result {
                let why = chain(&error);
                shared.health.trouble(format!(
                    "runs that listen could not be told of earlier events: {why}"
                ));
            }
        }
    }
}

async fn all_look(shared: &Arc<Shared>) -> Result<(), StoreError> {
    let any = InboxQuery {
        after: 0,
        types: None,
        limit: 1,
    };
    if shared.store().inbox(&any).await?.is_empty() {
        return Ok(());
    }
    let mut after = None;
    loop {
        let runs = shared.store().listening(after.as_ref(), PAGE).await?;
        let more = runs.len() == PAGE;
        after = look(shared, runs).await;
        if !more {
            return Ok(());
        }
    }
}

/// Lets these runs look, and waits until they have; gives the last of them.
async fn look(shared: &Arc<Shared>, runs: Vec<RunId>) -> Option<RunId> {
    let last = runs.last().cloned();
    let mut waiting = runs;
    loop {
        let sent: Vec<_> = waiting
            .into_iter()
            .map(|run| (send(shared, &run), run))
            .collect();
        waiting = Vec::new();
        for (answer, run) in sent {
            let looked = match answer {
                Some(answer) => answer.await.is_ok(),
                None => false,
            };
            if !looked && is_active(shared, &run).await {
                waiting.push(run);
            }
        }
        if waiting.is_empty() {
            return last;
        }
        tracing::debug!(
            runs = waiting.len(),
            "runs could not be woken; trying again"
        );
        shared.pause(AGAIN_MS).await;
    }
}

fn send(shared: &Arc<Shared>, run: &RunId) -> Option<oneshot::Receiver<()>> {
    let (done, answer) = oneshot::channel();
    run::send(shared, run, Message::Look { done }).ok()?;
    Some(answer)
}

/// A run that ended, or cannot be read at all, needs not be woken.
async fn is_active(shared: &Shared, run: &RunId) -> bool {
    match shared.store().load(run).await {
        Ok(Some(stored)) if stored.summary.status.is_ended() => false,
        Ok(Some(stored)) => run::restore(shared, &stored).await.is_ok(),
        Ok(None) => false,
        Err(_) => true,
    }
}
