//! What the engine did to a run since its last commit.

use std::collections::VecDeque;
use std::sync::Arc;

use segue_engine::{ActivityId, Entry, EntryError, Input, Note, Run};
use segue_model::{Digest, Problem, Timestamp};
use segue_store::{
    Fence, JournalRow, ListenerChange, NewRun, RowChange, RunCommit, RunStatus, StateRow,
    TimerChange,
};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::outward::{Outward, Utterance};
use crate::hub::RunEvent;
use crate::lifecycle::Event;
use crate::options::{COALESCED_BYTES_MAX, COALESCED_ENTRIES_MAX, WATCH_LEN};
use crate::view;

/// Times that were observed beside a journal entry. Nothing depends on them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Observed {
    /// When the entry was made, in milliseconds since 1970.
    pub(super) at: Timestamp,
    /// When the attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) started_at: Option<Timestamp>,
    /// How long the attempt took in wall-clock microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wall_us: Option<u64>,
    /// Activities whose attempts follow from the entry and were not begun, because the host
    /// was shutting down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) held: Vec<ActivityId>,
}

impl Observed {
    /// Nothing but the time.
    pub(super) fn at(at: Timestamp) -> Observed {
        Observed {
            at,
            started_at: None,
            wall_us: None,
            held: Vec::new(),
        }
    }

    /// What views show of it.
    pub(super) fn seen(&self) -> view::Observed {
        view::Observed {
            started_at: self.started_at,
            wall_us: self.wall_us,
        }
    }
}

/// Progress that is not durable yet, and what waits for it to be.
#[derive(Default)]
pub(super) struct Pending {
    /// Present until the run exists.
    pub(super) create: Option<NewRun>,
    journal: Vec<JournalRow>,
    payloads: Vec<(Digest, Arc<str>)>,
    bytes: usize,
    /// When the first of it was made.
    since: Option<Timestamp>,
    /// It must be durable before anything else is performed.
    pub(super) urgent: bool,
    /// Told to watchers once durable: the latest, as many as a watcher can get at once.
    notes: VecDeque<(u64, Note, Timestamp)>,
    /// Earlier ones, which nobody could get.
    notes_missed: u64,
    /// Answered once durable.
    pub(super) answers: Vec<Answer>,
    /// Events that were fed: their numbers in the inbox, and the entries that did.
    fed: Vec<(u64, u64)>,
    /// What is said to others, in order.
    said: Vec<Utterance>,
    /// Lifecycle events for whoever listens now: the latest, as [`Pending::notes`].
    lifecycle: VecDeque<Arc<Event>>,
}

/// Somebody who waits for something to be durable.
pub(super) enum Answer {
    /// Whoever gave an input.
    Done(oneshot::Sender<()>),
    /// Whoever answered a callback, and what became of that.
    Callback(
        oneshot::Sender<Option<Result<(), Problem>>>,
        Option<Result<(), Problem>>,
    ),
}

impl Answer {
    /// It is durable.
    pub(super) fn send(self) {
        match self {
            Answer::Done(done) => {
                let _ = done.send(());
            }
            Answer::Callback(done, verdict) => {
                let _ = done.send(verdict);
            }
        }
    }
}

impl Pending {
    /// The first progress of a new run.
    pub(super) fn creating(create: NewRun) -> Pending {
        Pending {
            create: Some(create),
            ..Pending::default()
        }
    }

    /// Adds an entry that was applied, with the large payloads that it brought.
    pub(super) fn add(
        &mut self,
        entry: &Entry,
        payloads: Vec<(Digest, Arc<str>)>,
        observed: &Observed,
    ) -> Result<(), EntryError> {
        let text: Arc<str> = entry.encode()?.into();
        let beside: Arc<str> = serde_json::to_string(observed)?.into();
        let stored: usize = payloads.iter().map(|(_, text)| text.len()).sum();
        self.bytes += text.len() + beside.len() + stored;
        self.payloads.extend(payloads);
        self.journal.push(JournalRow {
            seq: entry.seq,
            entry: text,
            observed: beside,
        });
        self.since.get_or_insert(observed.at);
        if let Input::Event { number, .. } = &entry.input {
            self.fed.push((*number, entry.seq));
        }
        Ok(())
    }

    /// Adds what others are told once it is durable.
    pub(super) fn say(&mut self, utterance: Utterance) {
        self.bytes += utterance.bytes();
        if let Utterance::Lifecycle(event) = &utterance {
            self.lifecycle.push_back(Arc::clone(event));
            if self.lifecycle.len() > WATCH_LEN {
                self.lifecycle.pop_front();
            }
        }
        self.said.push(utterance);
    }

    /// Takes the lifecycle events, in order.
    pub(super) fn take_lifecycle(&mut self) -> VecDeque<Arc<Event>> {
        std::mem::take(&mut self.lifecycle)
    }

    /// Adds what watchers are told once it is durable.
    pub(super) fn note(&mut self, seq: u64, note: Note, at: Timestamp) {
        self.notes.push_back((seq, note, at));
        if self.notes.len() >= WATCH_LEN {
            self.notes.pop_front();
            self.notes_missed += 1;
        }
    }

    /// Takes what watchers are told, in order.
    pub(super) fn take_events(&mut self) -> impl Iterator<Item = RunEvent> + use<> {
        let count = std::mem::take(&mut self.notes_missed);
        let missed = (count > 0).then_some(RunEvent::Missed { count });
        let notes = std::mem::take(&mut self.notes).into_iter();
        missed
            .into_iter()
            .chain(notes.map(|(seq, note, at)| RunEvent::Note { seq, note, at }))
    }

    /// Whether there is nothing to commit.
    pub(super) fn is_empty(&self) -> bool {
        self.journal.is_empty()
    }

    /// When it has to be committed at the latest; `None` where there is nothing.
    pub(super) fn due(&self, coalesce_ms: u64) -> Option<Timestamp> {
        let since = self.since?;
        if self.journal.len() >= COALESCED_ENTRIES_MAX || self.bytes >= COALESCED_BYTES_MAX {
            return Some(since);
        }
        Some(since.plus_ms(coalesce_ms))
    }

    /// Takes everything that is to be written, with what `outward` makes of it. Notes and
    /// answers stay until it is.
    pub(super) fn take_commit(
        &mut self,
        run: &mut Run,
        outward: &Outward<'_>,
        fence: Fence,
        durable: u64,
    ) -> RunCommit {
        let mut changes = run.take_changes();
        let mut payloads = std::mem::take(&mut self.payloads);
        payloads.append(&mut changes.payloads);
        let said = outward.tell(std::mem::take(&mut self.said), &changes, run);
        payloads.extend(said.payloads);
        let fed = std::mem::take(&mut self.fed);
        let put = changes.put.into_iter().map(|(key, version, body)| {
            RowChange::Put(StateRow {
                key,
                version,
                body: body.into(),
            })
        });
        let delete = changes.delete.into_iter().map(RowChange::Delete);
        self.bytes = 0;
        self.since = None;
        self.urgent = false;
        RunCommit {
            run: run.id().clone(),
            expected_seq: durable,
            fence,
            create: self.create.take(),
            journal: std::mem::take(&mut self.journal),
            rows: put.chain(delete).collect(),
            timers: changes.timers.into_iter().map(timer_change).collect(),
            listeners: changes.listeners.into_iter().map(listener_change).collect(),
            consumed: consumed(&changes.consumed, &fed),
            emitted: said.emitted,
            outbox: said.outbox,
            status: status(run),
            in_flight: run.is_in_flight(),
            payloads,
        }
    }
}

/// The consumed events, each with the first entry that fed it.
fn consumed(numbers: &[u64], fed: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let with_entry = numbers.iter().filter_map(|number| {
        let entry = fed.iter().find(|(fed, _)| fed == number);
        entry.copied()
    });
    with_entry.collect()
}

fn listener_change(change: segue_engine::ListenerChange) -> ListenerChange {
    match change {
        segue_engine::ListenerChange::Set {
            listen,
            types,
            since,
        } => ListenerChange::Set {
            listen: listen.0,
            types,
            since,
        },
        segue_engine::ListenerChange::Clear { listen } => {
            ListenerChange::Clear { listen: listen.0 }
        }
    }
}

fn timer_change(change: segue_engine::TimerChange) -> TimerChange {
    match change {
        segue_engine::TimerChange::Set { timer, at } => TimerChange::Set { timer: timer.0, at },
        segue_engine::TimerChange::Clear { timer } => TimerChange::Clear { timer: timer.0 },
    }
}

fn status(run: &Run) -> RunStatus {
    use segue_engine::Status;
    match run.status() {
        Status::Pending => RunStatus::Pending,
        Status::Running => RunStatus::Running,
        Status::Waiting => RunStatus::Waiting,
        Status::Suspended => RunStatus::Suspended,
        Status::Cancelled => RunStatus::Cancelled,
        Status::Faulted => RunStatus::Faulted,
        Status::Completed => RunStatus::Completed,
    }
}
