//! The pump: reads the outbox, performs what stands there, removes what was done.

use std::sync::Arc;

use segue_model::Timestamp;
use segue_store::OutboxItem;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::child;
use super::item::{Item, Lane};
use super::lanes::{Lanes, Next, Task};
use crate::options::{STORE_RETRY_MS, STORE_RETRY_MS_MAX};
use crate::refusal::chain;
use crate::shared::Shared;

/// Items that are read at once.
const PAGE: usize = 256;
/// Items that are performed at once: most wait for one commit each, which the store gathers.
const PERFORMED_MAX: usize = 128;
/// Items that wait in memory; beyond it, the rest waits in the store.
const HELD_MAX: usize = 1_024;
/// Items that are removed at once.
const DONE_BATCH: usize = 512;
/// How long the removal of done items may wait for others, in milliseconds. What a crash
/// keeps from being removed is done again, which changes nothing.
const DONE_MS: u64 = 50;
/// The longest pause of a lane to a sink that fails, in milliseconds.
const SINK_RETRY_MS_MAX: u64 = 60_000;

/// Tells the pump that a commit wrote items.
#[derive(Default)]
pub(crate) struct Bell(Notify);

impl Bell {
    /// There is something in the outbox.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }
}

/// How performing an item ended.
enum Verdict {
    /// It is done.
    Done,
    /// It must be tried again.
    Again {
        /// Why.
        why: String,
        /// How many events of a delivery are delivered.
        delivered: usize,
    },
}

/// Runs until the host drains.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut pump = Pump {
        shared: Arc::clone(&shared),
        lanes: Lanes::default(),
        performing: JoinSet::new(),
        read_to: 0,
        drained: false,
        done: Vec::new(),
        done_due: None,
    };
    tokio::select! {
        biased;
        () = shared.tasks.draining() => {}
        () = pump.run() => {}
    }
}

struct Pump {
    shared: Arc<Shared>,
    lanes: Lanes,
    /// Items whose lanes stand still meanwhile.
    performing: JoinSet<(Task, Verdict)>,
    /// The number of the last item that was read: what was read once is never read again,
    /// but for what only a number was kept of.
    read_to: u64,
    /// The last read found nothing more.
    drained: bool,
    done: Vec<u64>,
    done_due: Option<Timestamp>,
}

impl Pump {
    async fn run(&mut self) {
        loop {
            let rested = self.lanes.wake(self.shared.now());
            self.begin().await;
            if !self.drained && self.lanes.held() < HELD_MAX {
                self.read().await;
                continue;
            }
            let done_due = self.done_due;
            let shared = &self.shared;
            tokio::select! {
                biased;
                Some(ended) = self.performing.join_next(), if !self.performing.is_empty() => {
                    match ended {
                        Ok((task, verdict)) => self.ended(task, verdict),
                        // A defect of the host: the item stays for the next one.
                        Err(error) => self.shared.health.trouble(format!(
                            "an item of the outbox could not be performed: {error}"
                        )),
                    }
                }
                () = shared.outbox.0.notified() => self.drained = false,
                () = shared.sleep_until(rested.unwrap_or_default()), if rested.is_some() => {}
                () = shared.sleep_until(done_due.unwrap_or_default()), if done_due.is_some() => {
                    self.remove().await;
                }
            }
            if self.done.len() >= DONE_BATCH {
                self.remove().await;
            }
        }
    }

    async fn read(&mut self) {
        match self.shared.store().outbox(self.read_to, PAGE).await {
            Ok(items) => {
                self.drained = items.len() < PAGE;
                for item in items {
                    self.read_to = item.number;
                    if let Some(task) = self.decode(&item) {
                        self.lanes.add(task);
                    }
                }
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the outbox cannot be read; trying again");
                self.shared.pause(STORE_RETRY_MS_MAX).await;
            }
        }
    }

    /// What cannot be read was written by another version: it stays for a host that can.
    fn decode(&self, item: &OutboxItem) -> Option<Task> {
        match serde_json::from_str::<Item>(&item.body) {
            Ok(decoded) => Some(Task {
                number: item.number,
                run: item.run.clone(),
                item: decoded,
                delivered: 0,
            }),
            Err(error) => {
                self.shared.health.trouble(format!(
                    "item {} of the outbox, of run {}, cannot be read: {error}",
                    item.number, item.run
                ));
                None
            }
        }
    }

    /// Begins what may begin.
    async fn begin(&mut self) {
        while self.performing.len() < PERFORMED_MAX {
            match self.lanes.next() {
                None => return,
                Some(Next::Task(task)) => self.perform(*task),
                Some(Next::Read(lane, number)) => self.read_one(lane, number).await,
            }
        }
    }

    async fn read_one(&mut self, lane: Lane, number: u64) {
        match self.shared.store().outbox(number - 1, 1).await {
            Ok(items) => {
                let found = items.first().filter(|item| item.number == number);
                match found.and_then(|item| self.decode(item)) {
                    Some(task) => self.perform(task),
                    None => self.lanes.finished(&lane),
                }
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the outbox cannot be read; trying again");
                let until = self.shared.now().plus_ms(STORE_RETRY_MS_MAX);
                self.lanes.unread(lane, number, until);
            }
        }
    }

    fn perform(&mut self, task: Task) {
        let shared = Arc::clone(&self.shared);
        self.performing.spawn(Box::pin(async move {
            let verdict = perform(&shared, &task).await;
            (task, verdict)
        }));
    }

    fn ended(&mut self, mut task: Task, verdict: Verdict) {
        match verdict {
            Verdict::Done => {
                let lane = task.item.lane(&task.run);
                self.lanes.finished(&lane);
                self.done.push(task.number);
                let due = self.shared.now().plus_ms(DONE_MS);
                self.done_due.get_or_insert(due);
            }
            Verdict::Again { why, delivered } => {
                tracing::debug!(run = %task.run, item = task.number, why, "to be done again");
                task.delivered = delivered;
                let longest = match task.item {
                    Item::Deliver { .. } => SINK_RETRY_MS_MAX,
                    _ => STORE_RETRY_MS_MAX,
                };
                let now = self.shared.now();
                self.lanes.failed(task, now, |failures| {
                    let doubled = STORE_RETRY_MS << (failures - 1).min(16);
                    doubled.min(longest)
                });
            }
        }
    }

    /// Removes what was done. Where the store fails, it is kept and tried again.
    async fn remove(&mut self) {
        self.done_due = None;
        if self.done.is_empty() {
            return;
        }
        match self.shared.store().done(&self.done).await {
            Ok(()) => self.done.clear(),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the outbox cannot be written; trying again");
                self.shared.health.store_failed(&error, self.shared.now());
                self.done_due = Some(self.shared.now().plus_ms(STORE_RETRY_MS_MAX));
            }
        }
    }
}

async fn perform(shared: &Arc<Shared>, task: &Task) -> Verdict {
    let done = match &task.item {
        Item::StartChild {
            start,
            deployed,
            trace_parent,
        } => {
            let asked = child::Asked {
                parent: &task.run,
                start,
                deployed,
                trace_parent: trace_parent.as_deref(),
            };
            child::start(shared, &asked).await
        }
        Item::CancelChild { key, .. } => child::cancel(shared, key).await,
        Item::TellParent(link) => child::tell_parent(shared, &task.run, link).await,
        Item::Deliver { sink, events } => return deliver(shared, sink, events, task).await,
    };
    match done {
        Ok(()) => Verdict::Done,
        Err(problem) => Verdict::Again {
            why: problem.to_string(),
            delivered: 0,
        },
    }
}

async fn deliver(
    shared: &Shared,
    sink: &str,
    events: &[Box<serde_json::value::RawValue>],
    task: &Task,
) -> Verdict {
    let Some(port) = shared.ports.sinks.iter().find(|port| port.name() == sink) else {
        tracing::warn!(
            sink,
            "events for a sink that is no longer configured are dropped"
        );
        return Verdict::Done;
    };
    for (delivered, event) in events.iter().enumerate().skip(task.delivered) {
        if let Err(problem) = port.deliver(event.get()).await {
            tracing::warn!(sink, %problem, "an event could not be delivered; trying again");
            let why = problem.to_string();
            return Verdict::Again { why, delivered };
        }
    }
    Verdict::Done
}
