//! The actor of one run: it alone owns the run's engine state.

use std::sync::Arc;

use segue_engine::{Attempt, Input, Plan, Run};
use segue_model::{Digest, Problem, Timestamp};
use segue_store::{ParentLink, RunRole};
use tokio::sync::oneshot;

use super::attempts::{Attempts, Finished};
use super::listening::Listening;
use super::pending::{Observed, Pending};
use super::registry::{Message, Place};
use crate::options::INBOX_LEN;
use crate::request::Started;
use crate::shared::Shared;
use crate::view::Gathered;

/// Drives one run.
pub(super) struct Actor {
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
    pub(super) run: Run,
    pub(super) plan: Arc<Plan>,
    /// The deployed workflow that the plan was made of.
    pub(super) deployed: Digest,
    /// Whom to tell of its end.
    pub(super) parent: Option<ParentLink>,
    /// What it does with its workflow.
    pub(super) role: RunRole,
    /// When it was created, where that was in this actor's life.
    pub(super) created_at: Option<Timestamp>,
    /// The number of the last journal entry that the store has.
    pub(super) durable: u64,
    /// What the engine did since.
    pub(super) pending: Pending,
    /// Attempts that may begin once everything before them is durable.
    pub(super) held: Vec<Attempt>,
    pub(super) attempts: Attempts,
    /// Events for its listeners.
    pub(super) listening: Listening,
    /// Answered once all events were looked at.
    pub(super) lookers: Vec<oneshot::Sender<()>>,
    /// Until then it stays in memory although nothing is in flight.
    pub(super) linger_until: Option<Timestamp>,
    /// The engine waits for the time.
    pub(super) clock_wanted: bool,
    /// The run ended its host before: commit after every input, so that progress is kept
    /// and the culprit stands alone.
    pub(super) careful: bool,
    /// The host shuts down: nothing new begins.
    pub(super) draining: bool,
    /// Its attempts, where all of them were made in this actor's life.
    pub(super) gathered: Option<Gathered>,
    /// Whoever started the run, until it is durable.
    pub(super) answer: Option<oneshot::Sender<Result<Started, Problem>>>,
}

/// How an actor ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Nothing is in flight: the store has everything.
    Left,
    /// What it has in memory is not what the store has: read again.
    Lost,
    /// The run is not this actor's to drive any more.
    Stopped,
}

/// What an actor hears.
enum Event {
    Drain,
    Told(Message),
    Finished(Box<Finished>),
    Clock,
    CommitDue,
    Lingered,
}

impl Actor {
    pub(super) fn new(
        shared: &Arc<Shared>,
        place: Place,
        run: Run,
        plan: Arc<Plan>,
        deployed: Digest,
    ) -> Actor {
        Actor {
            shared: Arc::clone(shared),
            place,
            durable: run.seq(),
            run,
            plan,
            deployed,
            parent: None,
            role: RunRole::Run,
            created_at: None,
            pending: Pending::default(),
            held: Vec::new(),
            attempts: Attempts::default(),
            listening: Listening::default(),
            lookers: Vec::new(),
            linger_until: None,
            clock_wanted: false,
            careful: false,
            draining: false,
            gathered: None,
            answer: None,
        }
    }

    pub(super) fn into_place(self) -> Place {
        self.place
    }

    /// Drives the run until it leaves memory.
    pub(super) async fn drive(&mut self) -> Exit {
        loop {
            if let Err(exit) = self.settle().await {
                return exit;
            }
            if self.pull().await {
                continue;
            }
            for looked in self.lookers.drain(..) {
                let _ = looked.send(());
            }
            if self.is_idle() && !self.lingers() && self.place.leave() {
                self.keep_cursors();
                return Exit::Left;
            }
            match self.next().await {
                Event::Drain => self.drain(),
                Event::Told(message) => self.hear(message),
                Event::Finished(finished) => self.finished(*finished),
                Event::Clock => {
                    self.clock_wanted = false;
                    self.feed(Input::Clock, None);
                    // A run of tasks that never wait must not keep others from their turn.
                    tokio::task::yield_now().await;
                }
                // The loop settles first.
                Event::CommitDue => {}
                Event::Lingered => self.linger_until = None,
            }
        }
    }

    /// Hears a message, and what else was said meanwhile: one commit for all of it.
    fn hear(&mut self, message: Message) {
        self.told(message);
        for _ in 1..INBOX_LEN {
            if self.careful || self.pending.urgent {
                return;
            }
            match self.place.inbox.try_recv() {
                Ok(message) => self.told(message),
                Err(_) => return,
            }
        }
    }

    /// Makes durable what must be, then begins what may.
    async fn settle(&mut self) -> Result<(), Exit> {
        if self.must_commit() {
            self.flush().await?;
        }
        if !self.pending.urgent && !self.draining {
            for attempt in std::mem::take(&mut self.held) {
                self.attempts.start(&self.shared, attempt);
            }
        }
        Ok(())
    }

    fn must_commit(&self) -> bool {
        if self.pending.is_empty() {
            return false;
        }
        let due = self.pending.due(self.shared.options.coalesce_ms);
        self.pending.urgent
            || self.draining
            || !self.run.is_in_flight()
            || due.is_some_and(|due| due <= self.shared.now())
    }

    /// Whether the run can leave memory: the store has everything, and nothing is in flight
    /// (or nothing will be begun again before the host is back).
    fn is_idle(&self) -> bool {
        self.pending.is_empty()
            && self.attempts.is_empty()
            && (self.draining || !self.run.is_in_flight())
    }

    /// Whether the run stays although it could leave: what it waits for comes often, and
    /// there is room.
    fn lingers(&self) -> bool {
        let crowded = self.shared.registry.len() > self.shared.options.runs_max / 2;
        self.linger_until.is_some() && !self.draining && !crowded && self.run.end().is_none()
    }

    async fn next(&mut self) -> Event {
        let due = self.pending.due(self.shared.options.coalesce_ms);
        let lingered = self.linger_until.filter(|_| self.is_idle());
        let shared = &self.shared;
        tokio::select! {
            biased;
            () = shared.tasks.draining(), if !self.draining => Event::Drain,
            Some(message) = self.place.inbox.recv() => Event::Told(message),
            finished = self.attempts.next(), if !self.attempts.is_empty() => Event::Finished(Box::new(finished)),
            () = std::future::ready(()), if self.clock_wanted && !self.draining => Event::Clock,
            () = shared.sleep_until(due.unwrap_or_default()), if due.is_some() => Event::CommitDue,
            () = shared.sleep_until(lingered.unwrap_or_default()), if lingered.is_some() => Event::Lingered,
        }
    }

    fn drain(&mut self) {
        self.draining = true;
        self.held.clear();
    }

    fn finished(&mut self, finished: Finished) {
        let Some((started_at, report)) = finished.report else {
            return;
        };
        let observed = Observed {
            at: self.shared.now(),
            started_at: Some(started_at),
            wall_us: Some(report.wall_us),
            held: Vec::new(),
        };
        let input = Input::Attempt {
            activity: finished.activity,
            attempt: finished.attempt,
            outcome: report.outcome,
            usage: report.usage,
        };
        // The outcome of an effectful step is durable before anything after it starts.
        if finished.effect == segue_model::EffectClass::Effectful && self.run.expects(&input) {
            self.pending.urgent = true;
        }
        self.feed(input, Some(observed));
    }
}
