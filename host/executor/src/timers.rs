//! Timers: one loop that sleeps until the next one is due and wakes its run.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use segue_engine::{Input, TimerId};
use segue_model::{RunId, Timestamp};
use segue_store::{DueTimer, SHARDS, StoreError};
use tokio::sync::{Notify, oneshot};

use crate::options::TIMER_BATCH;
use crate::refusal::chain;
use crate::run::{self, Message};
use crate::shared::Shared;

/// How long a timer whose run could not take it is set aside, in milliseconds: its run has
/// too much to do, the host has no room for it, or it cannot be read.
const ASIDE_MS: u64 = 1_000;

/// While timers are set aside, the store cannot tell when the next other one is due: the
/// loop looks this often, in milliseconds.
const ASIDE_LOOK_MS: u64 = 100;

/// Timers that are set aside at most; beyond it, the rest waits its turn in the store.
const ASIDE_MAX: usize = 10_000;

/// Wakes the loop when an earlier timer was set than the one that it sleeps for.
pub(crate) struct Bell {
    rung: Notify,
    /// What the loop sleeps for, in milliseconds since 1970. While it looks, everything is
    /// earlier, so that a timer which is set meanwhile is never missed.
    planned: AtomicU64,
}

impl Default for Bell {
    fn default() -> Self {
        Bell {
            rung: Notify::new(),
            planned: AtomicU64::new(u64::MAX),
        }
    }
}

impl Bell {
    /// A timer was durably set.
    pub(crate) fn ring(&self, at: Timestamp) {
        if at.0 < self.planned.load(Ordering::SeqCst) {
            self.rung.notify_one();
        }
    }

    fn look(&self) {
        self.planned.store(u64::MAX, Ordering::SeqCst);
    }

    fn plan(&self, until: Option<Timestamp>) {
        let until = until.map_or(u64::MAX, |until| until.0);
        self.planned.store(until, Ordering::SeqCst);
    }
}

/// Runs until the host drains.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut timers = Timers {
        shared: Arc::clone(&shared),
        aside: HashMap::new(),
    };
    tokio::select! {
        biased;
        () = shared.tasks.draining() => {}
        () = timers.run() => {}
    }
}

struct Timers {
    shared: Arc<Shared>,
    /// Due, but their runs could not take them; and when to try again.
    aside: HashMap<(RunId, u64), Timestamp>,
}

impl Timers {
    async fn run(&mut self) {
        loop {
            self.shared.bell.look();
            match self.round().await {
                Ok(until) => self.sleep(until).await,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "timers cannot be read");
                    self.shared.pause(ASIDE_MS).await;
                }
            }
        }
    }

    /// Fires what is due; says how long there is nothing more to do, `None` where nothing
    /// is planned at all.
    async fn round(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let now = self.shared.now();
        self.aside.retain(|_, again| *again > now);
        loop {
            let limit = TIMER_BATCH + self.aside.len();
            let mut due = self.shared.store().due(0..SHARDS, limit).await?;
            due.retain(|timer| !self.aside.contains_key(&(timer.run.clone(), timer.timer)));
            if due.is_empty() {
                break;
            }
            self.fire(due).await;
            if self.aside.len() >= ASIDE_MAX {
                break;
            }
        }
        if !self.aside.is_empty() {
            return Ok(Some(self.shared.now().plus_ms(ASIDE_LOOK_MS)));
        }
        self.shared.store().next_due(0..SHARDS).await
    }

    /// Wakes the runs of these timers and waits until each has committed what follows: only
    /// then is the timer gone from the store.
    async fn fire(&mut self, due: Vec<DueTimer>) {
        let sent: Vec<_> = due
            .into_iter()
            .map(|timer| (send(&self.shared, &timer), timer))
            .collect();
        for (answer, timer) in sent {
            let fired = match answer {
                Some(answer) => answer.await.is_ok(),
                None => false,
            };
            if !fired {
                tracing::debug!(run = %timer.run, "a timer is set aside");
                let again = self.shared.now().plus_ms(ASIDE_MS);
                self.aside.insert((timer.run, timer.timer), again);
            }
        }
    }

    async fn sleep(&self, until: Option<Timestamp>) {
        self.shared.bell.plan(until);
        tokio::select! {
            () = self.shared.sleep_until(until.unwrap_or_default()), if until.is_some() => {}
            () = self.shared.bell.rung.notified() => {}
        }
    }
}

fn send(shared: &Arc<Shared>, due: &DueTimer) -> Option<oneshot::Receiver<()>> {
    let (done, answer) = oneshot::channel();
    let input = Input::Timer {
        timer: TimerId(due.timer),
    };
    let message = Message::Input {
        input: Box::new(input),
        done,
    };
    run::send(shared, &due.run, message).ok()?;
    Some(answer)
}
