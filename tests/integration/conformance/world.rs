//! A run without a world: inputs are fed as they fall due, in virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_engine::{Effect, Input, Note, Plan, Run, RunEnd, Start, TimerChange, TimerId};
use segue_model::ir::{Deployed, Workflow};
use segue_model::{Digest, Payload, RunId, Seed, Timestamp};
use serde_json::Value;

/// What came of a run.
pub(super) struct Played {
    pub(super) end: RunEnd,
    /// The tasks in the order in which they were entered, by name.
    pub(super) tasks: Vec<String>,
    /// Virtual milliseconds from start to end.
    pub(super) took_ms: u64,
}

/// Inputs after which a scenario counts as endless.
const INPUTS_MAX: usize = 10_000;
const BEGIN: Timestamp = Timestamp(1_790_000_000_000);

/// Runs a workflow that calls no steps to its end.
pub(super) fn run(workflow: Workflow, input: Value) -> Result<Played, String> {
    let deployed = Arc::new(Deployed {
        workflow,
        pins: Vec::new(),
    });
    let plan = Plan::new(deployed).map_err(|error| error.to_string())?;
    let mut world = World::new();
    world.feed(
        &plan,
        Input::Start(Start {
            deployed: Digest::of(b"conformance"),
            input: Payload::new(input),
            seed: Seed([1; 32]),
            trace_parent: None,
            role: segue_engine::Role::Run,
        }),
    );
    for _ in 0..INPUTS_MAX {
        if let Some(end) = world.run.end().cloned() {
            let took_ms = world.now.since(BEGIN);
            return Ok(Played {
                end,
                tasks: world.tasks,
                took_ms,
            });
        }
        if std::mem::take(&mut world.wants_clock) {
            world.feed(&plan, Input::Clock);
            continue;
        }
        let next = world.timers.iter().min_by_key(|(id, at)| (**at, **id));
        let Some((timer, at)) = next.map(|(id, at)| (*id, *at)) else {
            return Err("the run waits for nothing and has not ended".to_owned());
        };
        world.now = world.now.max(at);
        world.feed(&plan, Input::Timer { timer });
    }
    Err("the run does not end".to_owned())
}

struct World {
    run: Run,
    now: Timestamp,
    timers: BTreeMap<TimerId, Timestamp>,
    tasks: Vec<String>,
    wants_clock: bool,
}

impl World {
    fn new() -> World {
        World {
            run: Run::new(RunId::new(BEGIN.0, [1; 10])),
            now: BEGIN,
            timers: BTreeMap::new(),
            tasks: Vec::new(),
            wants_clock: false,
        }
    }

    fn feed(&mut self, plan: &Plan, input: Input) {
        let entry = self.run.stamp(plan, input, self.now);
        for effect in self.run.apply(plan, &entry) {
            match effect {
                Effect::Note(Note::TaskStarted { task, .. }) => {
                    let name = task.rsplit('/').next().unwrap_or_default();
                    self.tasks.push(name.replace("~1", "/").replace("~0", "~"));
                }
                Effect::ReadClock => self.wants_clock = true,
                _ => {}
            }
        }
        for change in self.run.take_changes().timers {
            match change {
                TimerChange::Set { timer, at } => self.timers.insert(timer, at),
                TimerChange::Clear { timer } => self.timers.remove(&timer),
            };
        }
    }
}
