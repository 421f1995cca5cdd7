//! What an event stream gives next: first from the journal, then live, then the end.

use std::collections::VecDeque;

use axum::response::sse::Event;
use segue_executor::{JournalView, RunEvent, RunStatus, Watch};
use segue_model::{Problem, RunId, Timestamp};
use serde_json::{Value, json};

use super::position::Position;
use crate::limits::EVENTS_BATCH;
use crate::state::ApiState;

/// The state of one stream.
pub(super) struct Feed {
    state: ApiState,
    run: RunId,
    watch: Watch,
    /// Behind everything that was given or stands in `ready`.
    position: Position,
    ready: VecDeque<Event>,
    phase: Phase,
}

enum Phase {
    /// Reading what is durable already. `ended` is whether nothing can come after it.
    Journal { ended: bool },
    /// Waiting for what happens.
    Live,
    /// Everything was given.
    Over,
}

impl Feed {
    pub(super) fn new(
        state: ApiState,
        run: RunId,
        watch: Watch,
        position: Position,
        status: RunStatus,
    ) -> Self {
        let ended = status.is_ended();
        Feed {
            state,
            run,
            watch,
            position,
            ready: VecDeque::new(),
            phase: Phase::Journal { ended },
        }
    }

    /// The next event; `None` after the last, or when the service closes.
    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            match self.phase {
                Phase::Journal { ended } => self.read_journal(ended).await,
                Phase::Live => self.follow().await,
                Phase::Over => return None,
            }
        }
    }

    /// Reads a batch of entries; at the end of the journal, goes on to what comes after it.
    async fn read_journal(&mut self, ended: bool) {
        let from = self.position.next_entry();
        match self.state.host.journal(&self.run, from, EVENTS_BATCH).await {
            Ok(entries) => {
                let whole = entries.len() < EVENTS_BATCH;
                entries.iter().for_each(|entry| self.add_entry(entry));
                match (whole, ended) {
                    (false, _) => {}
                    (true, false) => self.phase = Phase::Live,
                    (true, true) => self.finish().await,
                }
            }
            Err(problem) => self.fail(&problem),
        }
    }

    async fn follow(&mut self) {
        let state = self.state.clone();
        let event = tokio::select! {
            event = self.watch.next() => event,
            () = state.closed() => {
                self.phase = Phase::Over;
                return;
            }
        };
        match event {
            Some(RunEvent::Note { seq, note, at }) => {
                self.add_live(seq, &at.rfc3339(), &json!(note))
            }
            Some(event @ RunEvent::Log { .. }) => self.add("log", None, &json!(event)),
            Some(event @ RunEvent::Progress { .. }) => self.add("progress", None, &json!(event)),
            Some(event @ RunEvent::Missed { .. }) => {
                self.add("missed", None, &json!(event));
                self.phase = Phase::Journal { ended: false };
            }
            None => self.phase = Phase::Journal { ended: true },
        }
    }

    fn add_entry(&mut self, entry: &JournalView) {
        let at = observed_at(entry);
        for (index, note) in entry.events.iter().enumerate() {
            if !self.position.has(entry.seq, index) {
                self.add_note(entry.seq, index, &at, &json!(note));
            }
        }
        self.position = Position::after_entry(entry.seq);
    }

    /// The notes of an entry are told in their order, and only when they are durable. Where
    /// the reader has an entry whole, the journal gave it before the live stream did.
    fn add_live(&mut self, seq: u64, at: &str, note: &Value) {
        if let Some(index) = self.position.next_note(seq) {
            self.add_note(seq, index, at, note);
        }
    }

    fn add_note(&mut self, seq: u64, index: usize, at: &str, note: &Value) {
        let id = Position::after_note(seq, index);
        let data = json!({ "seq": seq, "index": index, "at": at, "note": note });
        self.add("note", Some(id), &data);
        self.position = id;
    }

    async fn finish(&mut self) {
        match self.state.host.run(&self.run).await {
            Ok(view) => {
                let data = json!({ "status": view.status });
                self.add("end", Some(Position::END), &data);
                self.phase = Phase::Over;
            }
            Err(problem) => self.fail(&problem),
        }
    }

    /// The reader comes back with the id of what it has.
    fn fail(&mut self, problem: &Problem) {
        self.add("problem", None, &json!(problem));
        self.phase = Phase::Over;
    }

    fn add(&mut self, name: &str, id: Option<Position>, data: &Value) {
        let event = Event::default().event(name).data(data.to_string());
        self.ready.push_back(match id {
            Some(id) => event.id(id.to_string()),
            None => event,
        });
    }
}

/// When an entry was observed; the time that the engine was given where nobody noted it.
fn observed_at(entry: &JournalView) -> String {
    let observed = entry.observed.get("at").and_then(Value::as_u64);
    observed.map_or_else(|| entry.now.clone(), |ms| Timestamp(ms).rfc3339())
}
