//! What the in-memory store holds, and how a commit changes it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use segue_model::{Digest, RunId, Timestamp, WorkflowName};
use semver::Version;

use super::inbox::Inbox;
use crate::check;
use crate::commit::{
    CommitError, Committed, Fence, JournalRow, NewRun, RowChange, RunCommit, RunRole, StateRow,
    TimerChange,
};
use crate::deployed::{PluginRecord, StoredWorkflow};
use crate::outbox::OutboxItem;
use crate::read::{KeyOwner, RunSummary};

/// Everything.
pub(super) struct Data {
    /// The token of the present owner.
    pub(super) fence: Fence,
    pub(super) runs: BTreeMap<RunId, Run>,
    pub(super) keys: HashMap<String, KeyOwner>,
    /// All timers by time. The same as those in [`Run::timers`].
    pub(super) timers: BTreeSet<(Timestamp, RunId, u64)>,
    /// Payloads, each with the number of runs that refer to it.
    pub(super) payloads: HashMap<Digest, (Arc<str>, usize)>,
    pub(super) inbox: Inbox,
    pub(super) outbox: BTreeMap<u64, OutboxItem>,
    /// The number of the last outbox item.
    outbox_last: u64,
    /// Sealed secrets by name, each with when it was put.
    pub(super) secrets: BTreeMap<String, (Vec<u8>, Timestamp)>,
    pub(super) plugins: BTreeMap<(String, Version), PluginRecord>,
    pub(super) components: HashMap<Digest, Arc<[u8]>>,
    pub(super) workflows: HashMap<Digest, StoredWorkflow>,
    pub(super) current: BTreeMap<WorkflowName, Digest>,
}

/// One run.
pub(super) struct Run {
    pub(super) summary: RunSummary,
    pub(super) in_flight: bool,
    pub(super) recoveries: u32,
    pub(super) rows: BTreeMap<u32, StateRow>,
    pub(super) journal: Vec<JournalRow>,
    /// Events with numbers up to this one are from before its time.
    pub(super) events_after: u64,
    timers: BTreeMap<u64, Timestamp>,
    payloads: HashSet<Digest>,
    key: Option<String>,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            fence: Fence(1),
            runs: BTreeMap::new(),
            keys: HashMap::new(),
            timers: BTreeSet::new(),
            payloads: HashMap::new(),
            inbox: Inbox::default(),
            outbox: BTreeMap::new(),
            outbox_last: 0,
            secrets: BTreeMap::new(),
            plugins: BTreeMap::new(),
            components: HashMap::new(),
            workflows: HashMap::new(),
            current: BTreeMap::new(),
        }
    }
}

impl Data {
    /// Commits one run, or changes nothing.
    pub(super) fn commit(
        &mut self,
        commit: RunCommit,
        now: Timestamp,
    ) -> Result<Committed, CommitError> {
        let found = self.runs.get(&commit.run).map(|run| run.summary.seq);
        check::check(&commit, self.fence, found)?;
        self.check_key(&commit)?;
        let seq = commit.last_seq();
        if let Some(new) = commit.create {
            self.create(&commit.run, new);
        }
        let Some(run) = self.runs.get_mut(&commit.run) else {
            // The check saw it.
            return Err(CommitError::Existence {
                run: commit.run,
                exists: false,
            });
        };
        run.summary.seq = seq;
        run.summary.status = commit.status;
        run.summary.updated_at = now;
        run.in_flight = commit.in_flight;
        run.recoveries = 0;
        run.journal.extend(commit.journal);
        for change in commit.rows {
            match change {
                RowChange::Put(row) => drop(run.rows.insert(row.key, row)),
                RowChange::Delete(key) => drop(run.rows.remove(&key)),
            }
        }
        for change in commit.timers {
            run.change_timer(change, &mut self.timers);
        }
        for (digest, text) in commit.payloads {
            if run.payloads.insert(digest) {
                self.payloads.entry(digest).or_insert((text, 0)).1 += 1;
            }
        }
        for change in commit.listeners {
            self.inbox.change_listener(&commit.run, change);
        }
        for (number, entry) in commit.consumed {
            self.inbox.consume(&commit.run, number, entry);
        }
        for event in commit.emitted {
            self.inbox.accept(event, now);
        }
        for body in commit.outbox {
            self.put_out(&commit.run, body);
        }
        Ok(Committed { seq, at: now })
    }

    fn put_out(&mut self, run: &RunId, body: Arc<str>) {
        self.outbox_last += 1;
        let item = OutboxItem {
            number: self.outbox_last,
            run: run.clone(),
            body,
        };
        self.outbox.insert(item.number, item);
    }

    fn check_key(&self, commit: &RunCommit) -> Result<(), CommitError> {
        let key = commit.create.as_ref().and_then(|new| new.key.as_ref());
        match key.and_then(|(key, _)| self.keys.get(key)) {
            Some(owner) => Err(CommitError::KeyTaken {
                owner: owner.run.clone(),
                fingerprint: owner.fingerprint,
            }),
            None => Ok(()),
        }
    }

    fn create(&mut self, id: &RunId, new: NewRun) {
        let key = new.key.map(|(key, fingerprint)| {
            let run = id.clone();
            self.keys.insert(key.clone(), KeyOwner { run, fingerprint });
            key
        });
        let run = Run {
            summary: RunSummary {
                run: id.clone(),
                workflow: new.workflow,
                deployed: new.deployed,
                status: crate::RunStatus::Pending,
                seq: 0,
                created_at: new.created_at,
                updated_at: new.created_at,
                parent: new.parent,
                role: new.role,
            },
            in_flight: false,
            recoveries: 0,
            rows: BTreeMap::new(),
            journal: Vec::new(),
            events_after: self.inbox.last(),
            timers: BTreeMap::new(),
            payloads: HashSet::new(),
            key,
        };
        self.runs.insert(id.clone(), run);
    }

    /// Runs that ended before a time, by their ids, which begin with the time of creation.
    pub(super) fn ended(
        &self,
        before: Timestamp,
        after: Option<&RunId>,
        limit: usize,
    ) -> Vec<RunId> {
        let ended = self.runs.values().filter(|run| {
            let summary = &run.summary;
            let is_run = summary.role == RunRole::Run;
            is_run && summary.status.is_ended() && summary.updated_at < before
        });
        let ids = ended.map(|run| run.summary.run.clone());
        let mut ids: Vec<RunId> = ids
            .filter(|id| after.is_none_or(|after| id > after))
            .collect();
        ids.sort_unstable();
        ids.truncate(limit);
        ids
    }

    /// Removes a run that has ended, with all that is only its own. Says whether it did.
    pub(super) fn forget(&mut self, id: &RunId) -> bool {
        let ended = |run: &Run| run.summary.status.is_ended();
        let busy = self.outbox.values().any(|item| item.run == *id);
        if busy || !self.runs.get(id).is_some_and(ended) {
            return false;
        }
        let Some(run) = self.runs.remove(id) else {
            return false;
        };
        if let Some(key) = run.key {
            self.keys.remove(&key);
        }
        for (timer, at) in run.timers {
            self.timers.remove(&(at, id.clone(), timer));
        }
        for digest in run.payloads {
            if let Some((_, runs)) = self.payloads.get_mut(&digest) {
                *runs -= 1;
                if *runs == 0 {
                    self.payloads.remove(&digest);
                }
            }
        }
        self.inbox.forget(id);
        for child in self.runs.values_mut() {
            let parent = &mut child.summary.parent;
            parent.take_if(|link| link.run == *id);
        }
        true
    }
}

impl Run {
    fn change_timer(&mut self, change: TimerChange, all: &mut BTreeSet<(Timestamp, RunId, u64)>) {
        let (timer, at) = match change {
            TimerChange::Set { timer, at } => (timer, Some(check::timer_time(at))),
            TimerChange::Clear { timer } => (timer, None),
        };
        let run = &self.summary.run;
        if let Some(before) = self.timers.remove(&timer) {
            all.remove(&(before, run.clone(), timer));
        }
        if let Some(at) = at {
            self.timers.insert(timer, at);
            all.insert((at, run.clone(), timer));
        }
    }
}
