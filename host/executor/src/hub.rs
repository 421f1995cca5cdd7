//! Live events of runs, for whoever watches. Nothing here is needed for correctness.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use segue_engine::Note;
use segue_model::{RunId, Timestamp};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::lifecycle::Event;
use crate::options::WATCH_LEN;
use crate::view::RunView;

/// Something that happened to a run just now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum RunEvent {
    /// The run moved on. Told only when it is durable.
    Note {
        /// The number of the journal entry that it follows from.
        seq: u64,
        /// What happened.
        note: Note,
        /// When it was observed.
        at: Timestamp,
    },
    /// A step logged. Told at once, and never stored.
    Log {
        /// The task, as a JSON pointer.
        task: String,
        /// Which attempt.
        attempt: u32,
        /// `trace`, `debug`, `info`, `warn`, `error` or `critical`.
        level: String,
        /// What the step gave as context; `stdout` and `stderr` for those.
        context: String,
        /// The message.
        message: String,
    },
    /// A step says how far it is. Told at once, and never stored.
    Progress {
        /// The task, as a JSON pointer.
        task: String,
        /// Which attempt.
        attempt: u32,
        /// Between 0 and 1 where it is known.
        fraction: Option<f64>,
        /// The message.
        message: String,
    },
    /// The watcher was too slow.
    Missed {
        /// How many events it did not get.
        count: u64,
    },
}

/// The live stream of one run, from the moment it was asked for. It is bounded: a watcher
/// that lags behind misses events and is told how many.
pub struct Watch {
    events: broadcast::Receiver<Arc<RunEvent>>,
    ending: Ending,
}

/// Tells when a run has ended.
pub(crate) struct Ending(Arc<Topic>);

impl Ending {
    /// Returns when the run has durably ended, with its view where its actor had all of it in
    /// memory. It never does where the run had ended before this was asked for.
    pub(crate) async fn wait(&self) -> Option<Arc<RunView>> {
        let mut ended = self.0.ended.subscribe();
        // The sender lives in the topic that this holds.
        let ended = ended.wait_for(|end| matches!(end, End::Ended(_))).await;
        match ended.as_deref() {
            Ok(End::Ended(view)) => view.clone(),
            _ => None,
        }
    }
}

impl Watch {
    /// The next event; `None` once the run has ended and every event was given. A run that
    /// had ended before it was watched gives none and never ends: ask for its view as well.
    pub async fn next(&mut self) -> Option<RunEvent> {
        tokio::select! {
            biased;
            event = self.events.recv() => match event {
                Ok(event) => Some(Arc::unwrap_or_clone(event)),
                Err(RecvError::Lagged(count)) => Some(RunEvent::Missed { count }),
                Err(RecvError::Closed) => None,
            },
            // Biased: events that were published before the end are given first.
            _ = self.ending.wait() => None,
        }
    }
}

/// Where the events of one run are published while somebody watches it.
struct Topic {
    /// Made with the first watcher: whoever only waits for the end needs no room for events.
    events: OnceLock<broadcast::Sender<Arc<RunEvent>>>,
    ended: watch::Sender<End>,
    run: RunId,
    hub: Weak<Topics>,
}

/// Whether a run has durably ended.
enum End {
    NotYet,
    /// With what there is to see of it, where that was at hand.
    Ended(Option<Arc<RunView>>),
}

type Topics = Mutex<HashMap<RunId, Weak<Topic>>>;

impl Drop for Topic {
    fn drop(&mut self) {
        if let Some(topics) = self.hub.upgrade() {
            let mut topics = topics.lock().unwrap_or_else(PoisonError::into_inner);
            // A new topic may have taken the place meanwhile.
            if topics.get(&self.run).is_some_and(|t| t.strong_count() == 0) {
                topics.remove(&self.run);
            }
        }
    }
}

/// All topics. A run has one only while somebody watches it.
#[derive(Default)]
pub(crate) struct Hub(Arc<Topics>, Lives);

/// The lifecycle events of all runs, for whoever watches.
struct Lives(broadcast::Sender<Arc<Event>>);

impl Default for Lives {
    fn default() -> Self {
        Lives(broadcast::Sender::new(WATCH_LEN))
    }
}

/// The live stream of the lifecycle events of all runs. It is bounded: a watcher that lags
/// behind misses events and is told how many.
pub struct LifecycleWatch(broadcast::Receiver<Arc<Event>>);

/// What a watcher of lifecycle events gets.
#[derive(Clone, Debug)]
pub enum LifecycleEvent {
    /// An event. Told only when what it tells of is durable.
    Event(Arc<Event>),
    /// The watcher was too slow, and did not get so many.
    Missed(u64),
}

impl LifecycleWatch {
    /// The next event; `None` once the host has ended.
    pub async fn next(&mut self) -> Option<LifecycleEvent> {
        match self.0.recv().await {
            Ok(event) => Some(LifecycleEvent::Event(event)),
            Err(RecvError::Lagged(count)) => Some(LifecycleEvent::Missed(count)),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Hub {
    /// Watches a run from now on.
    pub(crate) fn watch(&self, run: &RunId) -> Watch {
        let ending = self.ending(run);
        let events = ending
            .0
            .events
            .get_or_init(|| broadcast::Sender::new(WATCH_LEN));
        Watch {
            events: events.subscribe(),
            ending,
        }
    }

    /// Watches the lifecycle events of all runs from now on.
    pub(crate) fn watch_lifecycle(&self) -> LifecycleWatch {
        LifecycleWatch(self.1.0.subscribe())
    }

    /// Whether somebody watches lifecycle events.
    pub(crate) fn lifecycle_is_heard(&self) -> bool {
        self.1.0.receiver_count() > 0
    }

    /// Tells whoever watches lifecycle events.
    pub(crate) fn publish_lifecycle(&self, event: Arc<Event>) {
        // Without a receiver there is nobody to tell.
        let _ = self.1.0.send(event);
    }

    /// Waits for the end of a run from now on.
    pub(crate) fn ending(&self, run: &RunId) -> Ending {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = topics.get(run).and_then(Weak::upgrade).unwrap_or_else(|| {
            let topic = Arc::new(Topic {
                events: OnceLock::new(),
                ended: watch::Sender::new(End::NotYet),
                run: run.clone(),
                hub: Arc::downgrade(&self.0),
            });
            topics.insert(run.clone(), Arc::downgrade(&topic));
            topic
        });
        Ending(topic)
    }

    /// Tells whoever watches the run.
    pub(crate) fn publish(&self, run: &RunId, event: impl FnOnce() -> RunEvent) {
        let topic = self.topic(run);
        if let Some(events) = topic.as_ref().and_then(|topic| topic.events.get()) {
            // Without a receiver there is nobody to tell.
            let _ = events.send(Arc::new(event()));
        }
    }

    /// Tells whoever watches the run that it has durably ended. `view` is asked for where
    /// somebody does.
    pub(crate) fn end(&self, run: &RunId, view: impl FnOnce() -> Option<RunView>) {
        if let Some(topic) = self.topic(run) {
            topic.ended.send_replace(End::Ended(view().map(Arc::new)));
        }
    }

    fn topic(&self, run: &RunId) -> Option<Arc<Topic>> {
        let topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        topics.get(run).and_then(Weak::upgrade)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunId {
        RunId::new(1, [7; 10])
    }

    fn progress(n: usize) -> RunEvent {
        RunEvent::Progress {
            task: "/do/0/a".to_owned(),
            attempt: 1,
            fraction: None,
            message: n.to_string(),
        }
    }

    #[tokio::test]
    async fn a_watcher_gets_every_event_and_then_the_end() {
        let hub = Hub::default();
        let mut watch = hub.watch(&run());
        hub.publish(&run(), || progress(1));
        hub.publish(&run(), || progress(2));
        hub.end(&run(), || None);
        assert_eq!(watch.next().await, Some(progress(1)));
        assert_eq!(watch.next().await, Some(progress(2)));
        assert_eq!(watch.next().await, None);
    }

    #[tokio::test]
    async fn a_slow_watcher_is_told_how_many_it_missed() {
        let hub = Hub::default();
        let mut watch = hub.watch(&run());
        let other = hub.watch(&run());
        for n in 0..WATCH_LEN + 5 {
            hub.publish(&run(), || progress(n));
        }
        assert_eq!(watch.next().await, Some(RunEvent::Missed { count: 5 }));
        assert_eq!(watch.next().await, Some(progress(5)));
        drop((watch, other));
        assert!(hub.0.lock().unwrap().is_empty());
    }
}
