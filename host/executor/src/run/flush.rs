//! The commit, and what may follow only from it.

use std::sync::Arc;

use segue_engine::ListenId;
use segue_model::Problem;
use segue_model::Timestamp;
use segue_model::problem::Kind;
use segue_store::{CommitError, ListenerChange, RunCommit, RunSummary, StoreError, TimerChange};

use super::actor::{Actor, Exit};
use super::outward::Outward;
use crate::options::{STORE_RETRY_MS, STORE_RETRY_MS_MAX};
use crate::refusal::{chain, store_problem};
use crate::request::Started;
use crate::view::{RunView, view};

impl Actor {
    /// Commits what is pending. Where the store fails, it is kept and tried again, for as
    /// long as the host lives; only a run that nobody was told of is given up.
    pub(super) async fn flush(&mut self) -> Result<(), Exit> {
        let fence = self.shared.store().fence();
        let shared = Arc::clone(&self.shared);
        let outward = Outward {
            plan: &self.plan,
            deployed: self.deployed,
            parent: self.parent.as_ref(),
            sinks: &shared.ports.sinks,
            public_url: &shared.options.public_url,
        };
        let commit = self
            .pending
            .take_commit(&mut self.run, &outward, fence, self.durable);
        let mut pause = STORE_RETRY_MS;
        let mut unsure = false;
        let at = loop {
            match self.try_commit(&commit).await {
                Ok(at) => break at,
                Err(Failure::Store(error)) if commit.create.is_some() => {
                    return Err(self.refuse_start(&error).await);
                }
                Err(Failure::Store(_)) => {
                    unsure = true;
                    self.shared.pause(pause).await;
                    pause = (pause * 2).min(STORE_RETRY_MS_MAX);
                }
                // When it was written nobody said: views read it again.
                Err(Failure::Run(error)) if unsure && is_done(&error, &commit) => {
                    self.gathered = None;
                    break self.shared.now();
                }
                Err(Failure::Run(error)) => return Err(self.refused(&commit, error)),
            }
        };
        self.shared.health.store_works();
        self.committed(&commit, at);
        Ok(())
    }

    async fn try_commit(&self, commit: &RunCommit) -> Result<Timestamp, Failure> {
        let results = match self.shared.store().commit(vec![commit.clone()]).await {
            Ok(results) => results,
            Err(error) => {
                self.shared.health.store_failed(&error, self.shared.now());
                return Err(Failure::Store(error));
            }
        };
        match results.into_iter().next() {
            Some(Ok(done)) => Ok(done.at),
            Some(Err(error)) => Err(Failure::Run(error)),
            None => Err(Failure::Store(StoreError::Damaged {
                what: "a commit came back without its result".to_owned(),
            })),
        }
    }

    /// Everything that was pending is durable: tell whoever waits for it.
    fn committed(&mut self, commit: &RunCommit, at: Timestamp) {
        self.durable = commit.last_seq();
        if let Some(answer) = self.answer.take() {
            let run = commit.run.clone();
            // Whoever asked may be gone; the run is there all the same.
            let _ = answer.send(Ok(Started { run, created: true }));
        }
        for answer in self.pending.answers.drain(..) {
            answer.send();
        }
        self.heard(commit);
        let next = commit.timers.iter().filter_map(|change| match change {
            TimerChange::Set { at, .. } => Some(*at),
            TimerChange::Clear { .. } => None,
        });
        if let Some(at) = next.min() {
            self.shared.bell.ring(at);
        }
        for event in self.pending.take_events() {
            self.shared.hub.publish(&commit.run, || event);
        }
        for event in self.pending.take_lifecycle() {
            self.shared.hub.publish_lifecycle(event);
        }
        if commit.status.is_ended() {
            tracing::info!(status = commit.status.name(), "the run has ended");
            let shared = Arc::clone(&self.shared);
            shared.hub.end(&commit.run, || self.ended_view(commit, at));
        }
    }

    /// What there is to see of a run that has ended, where all of it is in memory: whoever
    /// waits for it needs no store then.
    fn ended_view(&mut self, commit: &RunCommit, at: Timestamp) -> Option<RunView> {
        let gathered = self.gathered.take()?;
        let summary = RunSummary {
            run: commit.run.clone(),
            status: commit.status,
            seq: self.durable,
            created_at: self.created_at?,
            updated_at: at,
            deployed: self.deployed,
            workflow: self.plan.workflow().name.clone(),
            role: self.role,
            parent: self.parent.clone(),
        };
        Some(view(summary, &self.run, &self.plan, gathered, None))
    }

    /// Others have something to do now.
    fn heard(&mut self, commit: &RunCommit) {
        for change in &commit.listeners {
            match change {
                ListenerChange::Set { listen, .. } => self.listening.stored(ListenId(*listen)),
                ListenerChange::Clear { listen } => self.listening.forget(ListenId(*listen)),
            }
        }
        if !commit.outbox.is_empty() {
            self.shared.outbox.ring();
        }
        if !commit.emitted.is_empty() {
            let kinds = commit.emitted.iter().map(|event| event.kind.clone());
            self.shared.waker.wake(kinds);
        }
    }

    /// The store failed before the run existed. Whoever started it is refused; should the
    /// store have written it all the same, the run is not left lying.
    async fn refuse_start(&mut self, error: &StoreError) -> Exit {
        self.reply(Err(store_problem(error)));
        let mut pause = STORE_RETRY_MS;
        loop {
            match self.shared.store().summary(self.run.id()).await {
                Ok(None) => return Exit::Stopped,
                Ok(Some(_)) => return Exit::Lost,
                Err(_) if self.shared.tasks.is_draining() => return Exit::Stopped,
                Err(_) => self.shared.pause(pause).await,
            }
            pause = (pause * 2).min(STORE_RETRY_MS_MAX);
        }
    }

    /// The store does not take this run's commit.
    fn refused(&mut self, commit: &RunCommit, error: CommitError) -> Exit {
        let run = &commit.run;
        let fingerprint = |commit: &RunCommit| {
            let key = commit.create.as_ref()?.key.as_ref();
            key.map(|(_, fingerprint)| *fingerprint)
        };
        match error {
            CommitError::KeyTaken {
                owner,
                fingerprint: theirs,
            } => {
                let same = fingerprint(commit) == Some(theirs);
                self.reply(if same {
                    let run = owner;
                    Ok(Started {
                        run,
                        created: false,
                    })
                } else {
                    Err(key_reused(&owner.to_string()))
                });
                Exit::Stopped
            }
            CommitError::Stale { .. } if commit.create.is_none() => {
                tracing::error!(error = %chain(&error), "another writer was there first");
                Exit::Lost
            }
            CommitError::Fenced { .. } => {
                let why = "another host owns the store now: this one must be restarted";
                let problem = Problem::new(Kind::StoreUnavailable, why);
                self.shared.health.store_lost(problem.clone());
                self.reply(Err(problem));
                Exit::Stopped
            }
            CommitError::Refused { .. } => {
                self.reply(Err(Problem::new(Kind::LimitReached, chain(&error))));
                let why = chain(&error);
                self.shared
                    .health
                    .trouble(format!("run {run} stopped: {why}"));
                Exit::Stopped
            }
            CommitError::Stale { .. }
            | CommitError::Existence { .. }
            | CommitError::Numbering { .. } => {
                self.reply(Err(Problem::new(Kind::Internal, chain(&error))));
                tracing::error!(error = %chain(&error), "the run was stopped");
                Exit::Stopped
            }
        }
    }

    fn reply(&mut self, answer: Result<Started, Problem>) {
        if let Some(sender) = self.answer.take() {
            let _ = sender.send(answer);
        }
    }
}

/// Why a commit failed.
enum Failure {
    /// The store as a whole.
    Store(StoreError),
    /// This run's own part.
    Run(CommitError),
}

/// Whether the store refuses a commit because it has it already: an earlier try failed
/// without saying that it had been written, and nobody else writes this run.
fn is_done(error: &CommitError, commit: &RunCommit) -> bool {
    match error {
        CommitError::Stale { found, .. } => *found == commit.last_seq(),
        CommitError::Existence { exists, .. } => *exists && commit.create.is_some(),
        _ => false,
    }
}

/// The refusal of a request whose idempotency key belongs to another one.
pub(crate) fn key_reused(owner: &str) -> Problem {
    Problem::new(
        Kind::KeyReused,
        format!(
            "the idempotency key was used for another request, which started {owner}: use a new key for a new request"
        ),
    )
    .with("run", owner)
}
